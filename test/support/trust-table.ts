import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** What one suite of `test/trust` did; the last two must be 0. */
export interface TrustRow {
  what: string;
  faults: number;
  requests: number;
  badInputs: number;
  acknowledged: number;
  lost: number;
  doubled: number;
}

/** Adds a row to the table that `npm run test:trust` prints in the end; printed at once when a suite runs by itself. */
export const noteTrust = (row: Partial<TrustRow> & { what: string }): void => {
  const whole: TrustRow = { faults: 0, requests: 0, badInputs: 0, acknowledged: 0, lost: 0, doubled: 0, ...row };
  const file = process.env.VITRINE_TRUST_TABLE;
  if (file === undefined) {
    console.log(`trust: ${JSON.stringify(whole)}`);
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(whole)}\n`);
};
