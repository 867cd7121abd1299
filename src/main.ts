import 'reflect-metadata';
import { runCli } from './cli/cli.js';
import { loggableError } from './platform/logging/loggable-error.js';

// Node itself would print a database's error whole: with the row, and whoever stands in it.
process.on('uncaughtException', (error) => {
  process.stderr.write(
    `${JSON.stringify({ level: 60, time: Date.now(), err: loggableError(error), msg: 'the process ends: nobody caught this' })}\n`,
  );
  process.exit(1);
});

process.exit(await runCli(process.argv.slice(2)));
