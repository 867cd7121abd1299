export const PROCESS_ROLE = Symbol('ProcessRole');

/** What this process does: `api` answers HTTP, `worker` runs jobs, `all` both. */
export type ProcessRole = 'all' | 'api' | 'worker';

export const answersHttp = (role: ProcessRole): boolean => role !== 'worker';
export const runsJobs = (role: ProcessRole): boolean => role !== 'api';
