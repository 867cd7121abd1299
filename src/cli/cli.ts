import { Command } from 'commander';
import { registerMcp } from '../agents/agents.api.js';
import { registerBackup } from '../backup/backup.command.js';
import { registerAudience } from '../campaigns/campaigns.api.js';
import { registerExport, registerFeeds, registerImport, registerStream } from '../connect/connect.api.js';
import { registerEvaluate } from '../evaluation/evaluation.api.js';
import { packageVersion } from '../platform/platform.api.js';
import { registerForget } from '../privacy/forget.command.js';
import { registerIndexCommands } from '../retrieval/index-commands.js';
import { evaluateShop, registerTrain } from '../training/training.api.js';
import { CommandContext, exitCodeOf, type RegisterCommand, startOwn } from './command-context.js';
import { registerOperationCommands } from './operation-commands.js';
import { registerProcessCommands } from './process-commands.js';
import { registerShopCommands } from './shop-commands.js';

/** Every command, in the order of `--help`. A module adds one by exporting a `register…(program, context)` and being listed here. */
const commands: RegisterCommand[] = [
  registerProcessCommands,
  registerOperationCommands,
  // Waiting for what is imported must not depend on workers elsewhere.
  registerImport((settings) => startOwn(settings, true)),
  registerExport,
  registerFeeds,
  registerStream,
  registerShopCommands,
  registerTrain,
  (program) => registerEvaluate(program, { shop: evaluateShop }),
  registerIndexCommands,
  registerForget,
  registerBackup,
  registerAudience,
  registerMcp,
];

/** Runs `vitrine ARGS…`; resolves with the exit code: 0 done, 1 the work failed, 2 wrong usage. */
export const runCli = async (argv: readonly string[]): Promise<number> => {
  const context = new CommandContext();
  const program = new Command('vitrine')
    .description('A self-hosted recommendation engine for shops that looks.')
    .version(packageVersion)
    .exitOverride()
    .showHelpAfterError()
    .configureHelp({ showGlobalOptions: true });
  for (const register of commands) register(program, context);
  const override = (command: Command): void => {
    command.exitOverride().showHelpAfterError();
    command.commands.forEach(override);
  };
  override(program);
  try {
    if (argv.length === 0) {
      program.outputHelp();
      return 2;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return exitCodeOf(error, context);
  }
};
