import { Option } from 'commander';
import { migrate, openDatabase, Problem, type Role, unknownSettings } from '../platform/platform.api.js';
import type { CommandContext, RegisterCommand } from './command-context.js';
import { examine } from './doctor.js';

/** An admin call to the Vitrine that owns the data folder. */
const callRunning = async (
  owner: { url: string | null; token: string },
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> => {
  if (owner.url === null)
    throw new Problem({
      code: 'VIT_STARTING',
      status: 503,
      title: 'Starting',
      detail: 'The Vitrine that owns this data folder is still starting; try again in a moment.',
    });
  const response = await fetch(owner.url + path, {
    method,
    headers: {
      authorization: `Bearer ${owner.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const answer = (text ? JSON.parse(text) : {}) as Record<string, unknown>;
  if (!response.ok)
    throw new Problem({
      code: String(answer.code ?? 'VIT_CALL'),
      status: response.status,
      title: String(answer.title ?? 'Refused'),
      detail: String(answer.detail ?? text),
    });
  return answer;
};

/** `migrate`, `config`, `doctor`, `keys`. */
export const registerOperationCommands: RegisterCommand = (program, context) => {
  program
    .command('migrate')
    .description('bring the database to this release')
    .action(async () => {
      const settings = context.settings();
      if (context.running()) return context.print('The running Vitrine has migrated this folder.');
      if (settings.databaseUrl === undefined) return context.withDatabase(async () => context.print('migrated'));
      const database = await openDatabase(settings);
      try {
        const names = await migrate(database);
        context.print(names.length > 0 ? `migrated: ${names.join(', ')}` : 'nothing to do');
      } finally {
        await database.close();
      }
    });
  program
    .command('config')
    .description('every setting, its value and where it came from')
    .option('--json', 'one JSON document')
    .action((options: { json?: boolean }) => {
      const report = context.report();
      if (options.json) return context.printJson(report);
      for (const { variable, value, source, describes } of report)
        context.print(`${variable.padEnd(28)} ${(value ?? '–').padEnd(28)} ${source.padEnd(12)} ${describes}`);
      for (const { variable, source } of unknownSettings())
        context.print(`${variable} (${source}) is no setting and has no effect`);
    });
  program
    .command('doctor')
    .description('check this installation and say what to mend')
    .option('--json', 'one JSON document')
    .action(async (options: { json?: boolean }) => {
      const findings = await examine(context);
      if (options.json) context.printJson({ findings });
      else
        for (const { name, state, says } of findings)
          context.print(`${{ good: 'ok    ', remark: 'note  ', bad: 'MEND  ' }[state]} ${name.padEnd(10)} ${says}`);
      if (findings.some(({ state }) => state === 'bad')) process.exitCode = 1;
    });

  const keys = program.command('keys').description('make, list and revoke keys on this machine');
  keys
    .command('create')
    .addOption(new Option('--role <role>').choices(['publishable', 'server', 'admin']).makeOptionMandatory())
    .option('--name <name>')
    .option('--origin <origin...>', 'origins that may use a publishable key')
    .option('--json', 'one JSON document')
    .action(async (options: { role: Role; name?: string; origin?: string[]; json?: boolean }) => {
      const owner = context.running();
      const made = owner
        ? await callRunning(owner, 'POST', '/v1/admin/keys', {
            role: options.role,
            ...(options.name ? { name: options.name } : {}),
            ...(options.origin ? { origins: options.origin } : {}),
          })
        : await withKeyRing(context, (ring) => ring.create(options.role, options.name ?? null, options.origin ?? []));
      if (options.json) context.printJson(made);
      else context.print(String(made.key));
    });
  keys
    .command('list')
    .option('--json', 'one JSON document')
    .action(async (options: { json?: boolean }) => {
      const owner = context.running();
      const list = owner
        ? ((await callRunning(owner, 'GET', '/v1/admin/keys')).keys as Record<string, unknown>[])
        : await withKeyRing(context, async (ring) => ring.list());
      if (options.json) return context.printJson({ keys: list });
      for (const key of list as { id: string; role: string; name: string | null; revokedAt: unknown }[])
        context.print(`${key.id}  ${key.role.padEnd(12)} ${key.name ?? ''}${key.revokedAt ? ' (revoked)' : ''}`);
    });
  keys.command('revoke <id>').action(async (id: string) => {
    const owner = context.running();
    if (owner) await callRunning(owner, 'DELETE', `/v1/admin/keys/${encodeURIComponent(id)}`);
    else await withKeyRing(context, (ring) => ring.revoke(id));
    context.print('revoked');
  });
};

const withKeyRing = async <T>(
  context: CommandContext,
  work: (ring: import('../access/access.api.js').KeyRing) => Promise<T>,
): Promise<T> => {
  const { KeyRing } = await import('../access/access.api.js');
  const { DatabaseOutbox } = await import('../platform/outbox/database-outbox.js');
  const { createLogger } = await import('../platform/logging/logger.js');
  return context.withDatabase(async (database, settings) => {
    const ring = new KeyRing(database, new DatabaseOutbox(database, createLogger(settings.logLevel)), settings);
    await ring.onModuleInit();
    return work(ring);
  });
};
