/** One thing looked at: well, worth knowing, or to be mended before the shop can rely on it. */
export interface Examined {
  name: string;
  state: 'good' | 'remark' | 'bad';
  says: string;
}
