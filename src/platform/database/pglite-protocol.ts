/** What the database's thread is started with. */
export interface PgliteThreadData {
  /** A folder, or null for a database in memory. */
  folder: string | null;
  /** A blank database as one tar file, so that a new one need not be initialised (2.8 s become 0.5 s). */
  template: string | null;
  /** Where to leave such a template when there was none. */
  saveTemplate: string | null;
}

export type PgliteRequest =
  | { id: number; do: 'query'; text: string; values: readonly unknown[] }
  | { id: number; do: 'script'; text: string }
  | { id: number; do: 'listen'; channel: string }
  | { id: number; do: 'unlisten'; channel: string }
  | { id: number; do: 'dump' }
  | { id: number; do: 'close' };

/** A PostgreSQL error in the fields that `pg` gives it. */
export interface PlainDatabaseError {
  message: string;
  code?: string;
  detail?: string;
  hint?: string;
  severity?: string;
  position?: string;
  schema?: string;
  table?: string;
  column?: string;
  constraint?: string;
}

export type PgliteReply =
  | { is: 'ready' }
  | { is: 'failed'; message: string }
  | { is: 'result'; id: number; rows: Record<string, unknown>[]; rowCount: number; bytes: string[] }
  | { is: 'dumped'; id: number; data: ArrayBuffer }
  | { is: 'error'; id: number; error: PlainDatabaseError }
  | { is: 'notification'; channel: string; payload: string };
