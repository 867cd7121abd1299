// What every module may use of the platform.
export { CLOCK, type Clock, SystemClock } from './clock/clock.port.js';
export { loadSettings, MEMORY, type SettingReport, unknownSettings } from './config/load-settings.js';
export { SETTINGS, type Settings } from './config/settings.js';
export { DATABASE, type Database, type Notification } from './database/database.port.js';
export { isUnreachable, sqlState } from './database/database-error.js';
export { migrate, migrationGap } from './database/migrator.js';
export { openDatabase } from './database/open-database.js';
export type * from './database/tables.js';
export { fromVectorText, toVectorText } from './database/vector-column.js';
export {
  ACCESS,
  Access,
  type Caller,
  CurrentCaller,
  type RequiredRole,
  type Role,
  roleSuffices,
} from './http/access.js';
export { assertMayActFor } from './http/assert-may-act-for.js';
export { BatchAnswer, FieldErrorSchema } from './http/batch-answer.js';
export { fieldErrorsOf, invalidBody } from './http/field-errors.js';
export { Id } from './http/id.js';
export { Language, PastTime, PlainText, Time } from './http/plain-text.js';
export { assertNoPrivateAttribute, isPrivateAttribute, publicAttributes } from './http/private-attributes.js';
export { type Fault, type FieldError, invalidField, notFound, Problem, type ProblemOptions } from './http/problem.js';
export { MAX_JSON_BYTES, type NdjsonSource, readNdjson } from './http/read-ndjson.js';
export * from './http/run-batch.js';
export { NdjsonBody, RawBody, ZodBody, ZodParam, ZodQuery, ZodResponse } from './http/zod-decorators.js';
export {
  type FailedJob,
  JOB_QUEUE,
  type Job,
  type JobName,
  type JobOutcome,
  type JobQueue,
  type SendOptions,
  type WorkOptions,
} from './jobs/job-queue.port.js';
export { type FolderOwner, ownerOf } from './lifecycle/folder-lock.js';
export { answersHttp, PROCESS_ROLE, type ProcessRole, runsJobs } from './lifecycle/process-role.js';
export { Readiness } from './lifecycle/readiness.js';
export { LOGGER, type Logger } from './logging/logger.js';
export { Metrics } from './metrics.js';
export { OneAfterAnother } from './one-after-another.js';
export { OUTBOX, type Outbox, type OutboxEntry, type OutboxFollower, type OutboxTopic } from './outbox/outbox.port.js';
export { cacheFolder, packageRoot, packageVersion } from './package-root.js';
export { PERSONAL_DATA_HOLDERS, type Person, type PersonalDataHolder } from './privacy/personal-data-holder.port.js';
export { SecretBox } from './secrets/secret-box.js';
export { type Stage, stage, stageNow } from './telemetry.js';
export { workerFile } from './threads/worker-file.js';
