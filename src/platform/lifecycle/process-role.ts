/** What a process does: everything, HTTP alone, or background work alone. */
export type ProcessRole = 'all' | 'api' | 'worker';

export const PROCESS_ROLE = Symbol('ProcessRole');
