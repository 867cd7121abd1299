import type { ColumnType, Generated, JSONColumnType } from 'kysely';

/** `timestamptz`: read as Date, written as Date or RFC 3339 text. */
type Time = ColumnType<Date, Date | string, Date | string>;
type TimeOrNull = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type DefaultTime = ColumnType<Date, Date | string | undefined, Date | string>;
/** `jsonb`: read parsed, written as JSON text (`JSON.stringify`). */
type Json<T> = ColumnType<T, string, string>;
type JsonOrNull<T> = ColumnType<T | null, string | null | undefined, string | null>;
/** `vector`: text `[1,2,3]` both ways; `toVectorText` and `fromVectorText` convert. */
type VectorText = string;

export interface ItemsTable {
  key: Generated<number>;
  id: string;
  group_id: string | null;
  title: string;
  description: string | null;
  url: string | null;
  categories: string[];
  brand: string | null;
  sku: string | null;
  price_amount: number | null;
  price_currency: string | null;
  availability: 'in_stock' | 'out_of_stock' | 'preorder' | 'discontinued';
  tags: string[];
  attributes: Json<Record<string, string | number | boolean | string[]>>;
  video: JsonOrNull<{ url: string; captions?: string }>;
  language: string | null;
  published_at: TimeOrNull;
  content_hash: string;
  /** Grows with every change that matters to embedding; what is embedded trails behind in `embedded_revision`. */
  revision: Generated<number>;
  embedded_revision: Generated<number>;
  created_at: DefaultTime;
  updated_at: DefaultTime;
}

export interface ImagesTable {
  content_hash: string;
  media_type: string;
  bytes: number;
  width: number;
  height: number;
  created_at: DefaultTime;
}

export interface ItemImagesTable {
  item_key: number;
  ordinal: number;
  source: Json<Record<string, unknown>>;
  alt: string | null;
  content_hash: string | null;
  state: 'pending' | 'ready' | 'failed';
  attempts: Generated<number>;
}

export interface QuarantineTable {
  key: Generated<number>;
  item_key: number | null;
  modality: string | null;
  ordinal: number | null;
  code: string;
  detail: string;
  /** Told to webhooks. */
  announced: Generated<boolean>;
  at: DefaultTime;
}

export interface ReviewsTable {
  item_key: number;
  id: string;
  text: string;
  title: string | null;
  rating: number | null;
  author: string | null;
  helpful: number | null;
  language: string | null;
  created_at: TimeOrNull;
  content_hash: string;
  stored_at: DefaultTime;
}

export interface ItemLettersTable {
  item_key: number;
  id: string;
  sku: string | null;
  title: string;
  names: string;
  words: string;
}

export interface EventsTable {
  key: Generated<number>;
  id: string;
  type: string;
  user_id: string | null;
  visitor_id: string | null;
  session_id: string | null;
  item_ids: string[];
  query: string | null;
  value: number | null;
  quantity: number | null;
  request_id: string | null;
  train: Generated<boolean>;
  at: Time;
  received_at: DefaultTime;
}

export interface VisitorsTable {
  id: string;
  user_id: string | null;
  created_at: DefaultTime;
  merged_at: TimeOrNull;
}

export interface ConsentsTable {
  kind: 'user' | 'visitor';
  id: string;
  personalization: boolean;
  training: boolean;
  at: Time;
}

export interface UploadsTable {
  image_id: string;
  visitor_id: string | null;
  content_hash: string;
  width: number;
  height: number;
  encoder: string;
  vector: VectorText;
  expires_at: Time;
  created_at: DefaultTime;
}

export interface ImpressionsTable {
  request_id: string;
  placement: string;
  user_id: string | null;
  visitor_id: string | null;
  session_id: string | null;
  model: Json<Record<string, string>>;
  experiment: JsonOrNull<Record<string, unknown>>;
  items: Json<unknown[]>;
  at: Time;
}

export interface ModalityVectorsTable {
  item_key: number;
  modality: string;
  ordinal: number;
  encoder: string;
  content_hash: string;
  segment: JsonOrNull<Record<string, unknown>>;
  vector: VectorText;
  stored_at: DefaultTime;
}

export interface VectorCacheTable {
  encoder: string;
  content_hash: string;
  vector: VectorText;
}

export type ModelKind = 'encoder' | 'fusion' | 'behaviour' | 'blend';
export type ModelState = 'candidate' | 'live' | 'retired' | 'rejected' | 'failed';

export interface ModelsTable {
  key: Generated<number>;
  kind: ModelKind;
  version: string;
  state: ModelState;
  parameters: Json<Record<string, unknown>>;
  data_window: JsonOrNull<Record<string, unknown>>;
  metrics: JsonOrNull<Record<string, unknown>>;
  note: string | null;
  artefact: Buffer | null;
  stale: Generated<boolean>;
  created_at: DefaultTime;
  promoted_at: TimeOrNull;
  /** The promotion that webhooks were told of. */
  announced_at: TimeOrNull;
}

export interface ItemVectorsTable {
  item_key: number;
  fusion: string;
  gates: Json<Record<string, number>>;
  vector: VectorText;
  stored_at: DefaultTime;
}

export interface IndexGenerationsTable {
  key: Generated<number>;
  adapter: string;
  fusion: string;
  state: 'building' | 'live' | 'retired' | 'failed';
  items: Generated<number>;
  recall: JsonOrNull<Record<string, unknown>>;
  note: string | null;
  created_at: DefaultTime;
  live_at: TimeOrNull;
}

export interface TrainingRunsTable {
  id: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'skipped';
  progress: Generated<number>;
  step: string | null;
  request: Json<Record<string, unknown>>;
  result: JsonOrNull<Record<string, unknown>>;
  reason: string | null;
  created_at: DefaultTime;
  updated_at: DefaultTime;
}

export interface TrainingStepsTable {
  run_id: string;
  name: string;
  output: Json<Record<string, unknown>>;
  at: DefaultTime;
}

export interface PlacementsTable {
  name: string;
  settings: Json<Record<string, unknown>>;
  updated_at: DefaultTime;
}

export interface RulesTable {
  id: string;
  kind: 'pin' | 'boost' | 'bury' | 'exclude';
  placement: string | null;
  filter: JsonOrNull<Record<string, unknown>>;
  item_ids: string[];
  amount: number | null;
  position: number | null;
  starts_at: TimeOrNull;
  ends_at: TimeOrNull;
  active: Generated<boolean>;
  note: string | null;
  created_at: DefaultTime;
  updated_at: DefaultTime;
}

export interface ExperimentsTable {
  id: string;
  name: string;
  state: 'draft' | 'running' | 'stopped';
  placement: string | null;
  arms: Json<unknown[]>;
  allocation: Generated<'split' | 'thompson'>;
  metric: Generated<string>;
  minimum_effect: Generated<number>;
  created_at: DefaultTime;
  started_at: TimeOrNull;
  stopped_at: TimeOrNull;
  updated_at: DefaultTime;
}

export interface ApiKeysTable {
  id: string;
  role: 'publishable' | 'server' | 'admin';
  name: string | null;
  hash: string;
  readable: string | null;
  origins: string[];
  created_at: DefaultTime;
  last_used_at: TimeOrNull;
  revoked_at: TimeOrNull;
}

export interface SecretsTable {
  name: string;
  value: string;
  created_at: DefaultTime;
}

export interface AuditLogTable {
  key: Generated<number>;
  at: DefaultTime;
  actor: string;
  action: string;
  subject: string | null;
  detail: JSONColumnType<Record<string, unknown>>;
}

export interface ErasuresTable {
  receipt_id: string;
  kind: string;
  subject_hash: string;
  counts: Json<Record<string, number>>;
  previous_hash: string | null;
  hash: string;
  announced: Generated<boolean>;
  at: Time;
}

export interface OutboxTable {
  key: Generated<number>;
  topic: string;
  subject: string;
  origin: string;
  at: DefaultTime;
}

export interface ImportsTable {
  id: string;
  state: string;
  format: string | null;
  source: Generated<string>;
  kind: Generated<string>;
  counts: Json<{ read: number; accepted: number; unchanged: number; ignored: number }>;
  /** The first refused rows; `rejected_count` counts all. */
  rejected: Json<unknown[]>;
  rejected_count: Generated<number>;
  message: string | null;
  finished_at: TimeOrNull;
  created_at: DefaultTime;
  updated_at: DefaultTime;
}

export interface FeedsTable {
  id: string;
  name: string | null;
  url: string;
  format: string | null;
  kind: 'items' | 'reviews' | 'events' | null;
  currency: string;
  mapping: Json<Record<string, string>>;
  /** Sent along; secret. */
  headers: Json<Record<string, string>>;
  every_minutes: number;
  vanished: 'discontinue' | 'keep';
  paused: boolean;
  etag: string | null;
  last_modified: string | null;
  next_at: TimeOrNull;
  /** Somebody polls it, and was alive not long before this. */
  running_until: TimeOrNull;
  run: Generated<number>;
  failures: Generated<number>;
  accept: Generated<boolean>;
  last_run: JsonOrNull<Record<string, unknown>>;
  created_at: DefaultTime;
  updated_at: DefaultTime;
}

export interface FeedItemsTable {
  feed_id: string;
  item_id: string;
  /** The last run of the feed that saw it. */
  run: number;
  gone: Generated<boolean>;
}

export interface WebhooksTable {
  id: string;
  name: string | null;
  url: string;
  events: string[];
  /** In the clear: what is sent is signed with it. */
  secret: string;
  former_secret: string | null;
  former_until: TimeOrNull;
  active: Generated<boolean>;
  /** Why it was switched off by itself. */
  note: string | null;
  created_at: DefaultTime;
  updated_at: DefaultTime;
}

export interface WebhookDeliveriesTable {
  key: Generated<number>;
  id: string;
  webhook_id: string;
  type: string;
  body: string;
  state: Generated<'pending' | 'delivered' | 'failed'>;
  attempts: Generated<number>;
  status: number | null;
  error: string | null;
  created_at: DefaultTime;
  attempted_at: TimeOrNull;
  delivered_at: TimeOrNull;
}

export interface AdminSessionsTable {
  hash: string;
  key_id: string;
  created_at: DefaultTime;
  expires_at: Time;
}

export interface InstallationTable {
  id: string;
  is_only: Generated<boolean>;
  created_at: DefaultTime;
}

/** Every table of `migrations/`, as kysely sees it. */
export interface Tables {
  items: ItemsTable;
  images: ImagesTable;
  item_images: ItemImagesTable;
  quarantine: QuarantineTable;
  reviews: ReviewsTable;
  item_letters: ItemLettersTable;
  events: EventsTable;
  visitors: VisitorsTable;
  consents: ConsentsTable;
  uploads: UploadsTable;
  impressions: ImpressionsTable;
  modality_vectors: ModalityVectorsTable;
  vector_cache: VectorCacheTable;
  models: ModelsTable;
  item_vectors: ItemVectorsTable;
  index_generations: IndexGenerationsTable;
  training_runs: TrainingRunsTable;
  training_steps: TrainingStepsTable;
  placements: PlacementsTable;
  rules: RulesTable;
  experiments: ExperimentsTable;
  api_keys: ApiKeysTable;
  secrets: SecretsTable;
  audit_log: AuditLogTable;
  erasures: ErasuresTable;
  outbox: OutboxTable;
  imports: ImportsTable;
  feeds: FeedsTable;
  feed_items: FeedItemsTable;
  webhooks: WebhooksTable;
  webhook_deliveries: WebhookDeliveriesTable;
  admin_sessions: AdminSessionsTable;
  installation: InstallationTable;
}
