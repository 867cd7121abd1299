import { createHash, createHmac } from 'node:crypto';

/** What an erasure removed, in a form that proves it without naming anybody. Receipts are chained: each carries the hash of the one before. */
export interface Receipt {
  receiptId: string;
  kind: 'user' | 'visitor';
  /** Keyed hash of the person's id: who has the id can have it checked, nobody can read it back. */
  subjectHash: string;
  /** Records removed, by section. */
  counts: Record<string, number>;
  at: string;
  previousHash: string | null;
}

/** The receipt's own hash: SHA-256 over its content in fixed order, the hash before it included. */
export const hashOfReceipt = (receipt: Receipt): string => {
  const counts = Object.entries(receipt.counts).sort(([a], [b]) => (a < b ? -1 : 1));
  const content = [receipt.receiptId, receipt.kind, receipt.subjectHash, counts, receipt.at, receipt.previousHash];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
};

/** How a receipt names a person: HMAC-SHA-256 of `user:ID` or `visitor:ID` under the installation's secret, in hex. */
export const hashOfSubject = (secret: string, subject: string): string =>
  createHmac('sha256', secret).update(subject).digest('hex');

/** Name of that secret in the table `secrets`. */
export const SUBJECT_SECRET = 'erasure-salt';
