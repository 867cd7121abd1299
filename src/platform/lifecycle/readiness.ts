/** Whether a condition holds now: true, or in words what is still missing. */
export type Condition = () => true | string | Promise<true | string>;

/** What has to hold before this process may be sent traffic. Modules add named conditions in `onModuleInit`. */
export class Readiness {
  private readonly conditions = new Map<string, Condition>();

  /** Adds (or replaces) a condition. */
  add(name: string, condition: Condition): void {
    this.conditions.set(name, condition);
  }

  /** All conditions, with what is missing for those that do not hold. */
  async check(): Promise<{ ready: boolean; conditions: { name: string; ready: boolean; detail: string | null }[] }> {
    const conditions = await Promise.all(
      [...this.conditions].map(async ([name, condition]) => {
        const found = await Promise.resolve()
          .then(condition)
          .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
        return { name, ready: found === true, detail: found === true ? null : found };
      }),
    );
    return { ready: conditions.every(({ ready }) => ready), conditions };
  }
}
