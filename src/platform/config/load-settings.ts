import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'dotenv';
import { Problem } from '../http/problem.js';
import { type SettingDefinition, type SettingName, type Settings, settingDefinitions } from './settings.js';

/** Where a value came from. */
export type SettingSource = 'flag' | 'environment' | '.env' | 'default' | 'unset';

export interface SettingReport {
  name: SettingName;
  variable: string;
  /** As text, masked when secret; null when unset. */
  value: string | null;
  source: SettingSource;
  describes: string;
}

/** Read elsewhere: by the command line, by scripts, by tests and benchmarks. */
const OTHERS = /^VITRINE_(TEST_|WRITE_|URL$|DEBUG$|CACHE_DIR$|GOLDEN$|TRUST_TABLE$)/;
/** What container platforms set by themselves for a service that is called vitrine. */
const SERVICE_LINKS = /^VITRINE_(SERVICE_|PORT$|PORT_\d|NAME$|ENV_)/;

export interface LoadOptions {
  /** The environment; `process.env` unless told. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Folder whose `.env` is read, or null for none; the working folder unless told. */
  envFolder?: string | null;
  /** By variable name; wins over everything (command-line flags). */
  flags?: Readonly<Record<string, string | undefined>>;
}

const mask = (text: string): string => text.replace(/(:\/\/[^:/@]*:)[^@]*@/, '$1***@');

const readDotEnv = (folder: string | null): Record<string, string> => {
  if (folder === null) return {};
  const file = resolve(folder, '.env');
  return existsSync(file) ? parse(readFileSync(file)) : {};
};

/** Names like a setting's that nothing reads, and where they stand: a mistyped setting would go unnoticed. */
export const unknownSettings = (
  options: Pick<LoadOptions, 'env' | 'envFolder'> = {},
): { variable: string; source: 'environment' | '.env' }[] => {
  const known = new Set(Object.values(settingDefinitions).map(({ variable }) => variable));
  const dotEnv = readDotEnv(options.envFolder === undefined ? process.cwd() : options.envFolder);
  const unread = (names: readonly string[]): string[] =>
    names.filter((name) => name.startsWith('VITRINE_') && !known.has(name) && !OTHERS.test(name));
  return [
    ...unread(Object.keys(options.env ?? process.env))
      .filter((variable) => !SERVICE_LINKS.test(variable))
      .map((variable) => ({ variable, source: 'environment' as const })),
    ...unread(Object.keys(dotEnv)).map((variable) => ({ variable, source: '.env' as const })),
  ];
};

/**
 * Reads flags, environment and `.env` (in that order of precedence; an empty text counts as absent) once, checks them and freezes the result.
 *
 * @throws Problem `VIT_CONFIG_INVALID` naming variable, found and expected for every wrong value.
 */
export const loadSettings = (options: LoadOptions = {}): { settings: Settings; report: SettingReport[] } => {
  const env = options.env ?? process.env;
  const dotEnv = readDotEnv(options.envFolder === undefined ? process.cwd() : options.envFolder);
  const values: Record<string, unknown> = {};
  const report: SettingReport[] = [];
  const wrong: { path: string; message: string; received?: unknown }[] = [];
  for (const [name, definition] of Object.entries(settingDefinitions) as [SettingName, SettingDefinition][]) {
    const { variable, fallback, secret } = definition;
    const candidates: [SettingSource, string | undefined][] = [
      ['flag', options.flags?.[variable]],
      ['environment', env[variable]],
      ['.env', dotEnv[variable]],
      ['default', fallback],
    ];
    const [source, text] = candidates.find(
      ([from, value]) => value !== undefined && (value !== '' || from === 'default'),
    ) ?? ['unset' as const, undefined];
    if (text === undefined) {
      report.push({ name, variable, value: null, source: 'unset', describes: definition.describes });
      continue;
    }
    const shown = secret ? (text.includes('://') ? mask(text) : `${text.slice(0, 4)}…`) : text;
    report.push({ name, variable, value: shown, source, describes: definition.describes });
    const parsed = definition.schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else {
      const expected = (parsed.error.issues[0]?.message ?? definition.describes).replace(/^Invalid \w+: expected /, '');
      wrong.push({ path: variable, message: `found "${shown}" (${source}), expected ${expected}`, received: shown });
    }
  }
  if (wrong.length > 0) {
    throw new Problem({
      code: 'VIT_CONFIG_INVALID',
      status: 500,
      fault: 'shop',
      title: 'A setting is not valid',
      detail: wrong.map(({ path, message }) => `${path}: ${message}`).join('; '),
      errors: wrong,
    });
  }
  if (values.dataDir !== MEMORY) values.dataDir = resolve(String(values.dataDir));
  if (typeof values.imageStore === 'string' && !values.imageStore.includes('://'))
    values.imageStore = resolve(values.imageStore);
  if (values.index === 'weaviate' && values.weaviateUrl === undefined) {
    throw new Problem({
      code: 'VIT_CONFIG_INVALID',
      status: 500,
      fault: 'shop',
      title: 'A setting is missing',
      detail: 'VITRINE_INDEX is weaviate, so WEAVIATE_URL must say where it is, e.g. http://127.0.0.1:8080.',
    });
  }
  if (values.databaseReadUrl !== undefined && values.databaseUrl === undefined) {
    throw new Problem({
      code: 'VIT_CONFIG_INVALID',
      status: 500,
      fault: 'shop',
      title: 'A setting is missing',
      detail: 'DATABASE_READ_URL names a replica, so DATABASE_URL must say what it is a replica of.',
    });
  }
  // Every definition was parsed by its own schema above, which is what `Settings` is inferred from.
  return { settings: Object.freeze(values) as Settings, report };
};

/** As `VITRINE_DATA_DIR`: an embedded database in memory, for tests. */
export const MEMORY = 'memory:';
