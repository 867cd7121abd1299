import { z } from 'zod';

export const SETTINGS = Symbol('Settings');

const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');
const httpUrl = z
  .url({ protocol: /^https?$/, error: 'an http or https address' })
  .transform((text) => text.replace(/\/+$/, ''));
const postgresUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\/./, 'an address like postgresql://user:password@host:5432/database');
const nodeUrls = z
  .string()
  .regex(/^https?:\/\/[^\s,]+(\s*,\s*https?:\/\/[^\s,]+)*$/, 'http or https addresses, parted by commas')
  .refine((text) => text.split(',').every((part) => URL.canParse(part.trim())), 'addresses like http://host:8080');
const key = z.string().regex(/^[A-Za-z0-9_-]{16,200}$/, '16–200 characters of A–Z a–z 0–9 _ -');
const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, `a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(
      z
        .number()
        .min(least, `a whole number from ${least} to ${most}`)
        .max(most, `a whole number from ${least} to ${most}`),
    );

/** One variable of the environment: how it is read and what it means. */
export interface SettingDefinition {
  variable: string;
  schema: z.ZodType;
  /** Text that stands in when the variable is absent; undefined leaves the setting out. */
  fallback?: string;
  secret?: boolean;
  describes: string;
}

const define = <S extends z.ZodType>(
  variable: string,
  schema: S,
  describes: string,
  options: { fallback?: string; secret?: boolean } = {},
) => ({ variable, schema, describes, ...options });

/** Every setting, by its name in code. The one place that knows the environment. */
export const settingDefinitions = {
  port: define('PORT', wholeNumber(0, 65535), 'Port for HTTP; 0 takes any free one.', { fallback: '3000' }),
  host: define(
    'HOST',
    z
      .string()
      .regex(/^[A-Za-z0-9.:_%-]+$/, 'an address of this machine or a name for one, like 127.0.0.1, 0.0.0.0 or ::'),
    'Address to listen on.',
    { fallback: '127.0.0.1' },
  ),
  publicUrl: define('VITRINE_PUBLIC_URL', httpUrl, 'Address behind a proxy with TLS; else taken from the request.'),
  proxyHops: define(
    'VITRINE_PROXY_HOPS',
    wholeNumber(1, 10),
    'With VITRINE_PUBLIC_URL: how many proxies stand in front; whoever calls is the address that the first of them saw.',
    { fallback: '1' },
  ),
  dataDir: define('VITRINE_DATA_DIR', z.string().min(1), 'Embedded database, images, snapshots, models.', {
    fallback: './data',
  }),
  databaseUrl: define('DATABASE_URL', postgresUrl, 'PostgreSQL with pgvector instead of the embedded database.', {
    secret: true,
  }),
  databaseReadUrl: define('DATABASE_READ_URL', postgresUrl, 'A replica for reads that may lag.', { secret: true }),
  index: define('VITRINE_INDEX', z.enum(['hnsw', 'pgvector', 'exact', 'weaviate']), 'Vector index.', {
    fallback: 'hnsw',
  }),
  weaviateUrl: define(
    'WEAVIATE_URL',
    nodeUrls,
    'Where Weaviate is, for VITRINE_INDEX=weaviate: http://host:8080?grpc=50051, several nodes parted by commas.',
    { secret: true },
  ),
  clipModel: define('CLIP_MODEL', z.string().min(1), 'Local folder or Hugging Face id of a CLIP or SigLIP model.', {
    fallback: 'models/vitrine-clip',
  }),
  clipDtype: define(
    'CLIP_DTYPE',
    z.enum(['auto', 'fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4']),
    'Precision of the weights; auto takes q8, fp16 or fp32, whichever is there.',
    { fallback: 'auto' },
  ),
  hubEndpoint: define('HF_ENDPOINT', httpUrl, 'Hugging Face hub, or a mirror of it, that CLIP_MODEL is fetched from.', {
    fallback: 'https://huggingface.co',
  }),
  demo: define('VITRINE_DEMO', z.enum(['auto', 'off']), 'auto seeds the demo shop into an empty catalogue.', {
    fallback: 'auto',
  }),
  consent: define(
    'VITRINE_CONSENT',
    z.enum(['required', 'implied']),
    'What holds when neither the call nor the store says: required = none given, implied = given.',
    { fallback: 'required' },
  ),
  adminKey: define('VITRINE_ADMIN_KEY', key, 'A fixed admin key.', { secret: true }),
  serverKey: define('VITRINE_SERVER_KEY', key, 'A fixed server key.', { secret: true }),
  publishableKey: define('VITRINE_PUBLISHABLE_KEY', key, 'A fixed publishable key.'),
  secretKey: define(
    'VITRINE_SECRET_KEY',
    key,
    'Secrets that are used again (webhooks) are stored encrypted under it; the same for every process.',
    { secret: true },
  ),
  device: define('VITRINE_DEVICE', z.enum(['auto', 'cpu', 'cuda', 'webgpu']), 'Where inference runs.', {
    fallback: 'auto',
  }),
  imageStore: define(
    'VITRINE_IMAGE_STORE',
    z
      .string()
      .min(1)
      .refine((text) => !text.includes('://') || /^s3:\/\/[^/]+/.test(text), 'a folder, or s3://bucket/prefix'),
    'A folder, or s3://bucket/prefix; else the data folder.',
  ),
  retentionDays: define('VITRINE_RETENTION_DAYS', wholeNumber(1, 36500), 'Personal data older than this is removed.', {
    fallback: '365',
  }),
  metricsOpen: define('VITRINE_METRICS_OPEN', flag, '/metrics without a key.', { fallback: 'false' }),
  origins: define(
    'VITRINE_ORIGINS',
    z
      .string()
      .transform((text) => text.split(/[\s,]+/).filter((part) => part !== ''))
      .pipe(
        z.array(z.string().regex(/^(\*|https?:\/\/[^/\s]+)$/, 'origins like https://shop.example, parted by commas')),
      ),
    'Origins that may use publishable keys; localhost alone when empty.',
    { fallback: '' },
  ),
  allowPrivateUrls: define('VITRINE_ALLOW_PRIVATE_URLS', flag, 'Lets image and feed URLs point at private addresses.', {
    fallback: 'false',
  }),
  logLevel: define('LOG_LEVEL', z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']), 'pino level.', {
    fallback: 'info',
  }),
} satisfies Record<string, SettingDefinition>;

type Definitions = typeof settingDefinitions;
type OptionalName =
  | 'publicUrl'
  | 'databaseUrl'
  | 'databaseReadUrl'
  | 'weaviateUrl'
  | 'adminKey'
  | 'serverKey'
  | 'publishableKey'
  | 'imageStore';

/** All settings, parsed and frozen. Absent ones without a default are undefined. Paths are absolute. */
export type Settings = Readonly<{
  [K in keyof Definitions]: K extends OptionalName
    ? z.output<Definitions[K]['schema']> | undefined
    : z.output<Definitions[K]['schema']>;
}>;

/** Names in code of all settings. */
export type SettingName = keyof Definitions;
