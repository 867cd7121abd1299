import { makeInstall, type Started, startProduct } from '../lib/made-install.js';

/**
 * From the command to the ready line and to a whole index: over an empty shop, the first time over a full one, again after a proper end (the
 * index' snapshot is there), and again after a kill. `--items` (20,000), `--database` (embedded)
 */
export const run = async (options: Record<string, string>) => {
  const items = Number(options.items ?? 20_000);
  const database = (options.database ?? 'embedded') as 'embedded' | 'postgresql';
  const rows: Record<string, string | number>[] = [];
  const start = async (what: string, env: Record<string, string>, end: (product: Started) => Promise<void>) => {
    const product = await startProduct(env);
    const indexed = await product.indexed();
    rows.push({
      what,
      'ready after s': Number(product.readySeconds.toFixed(2)),
      'whole index after s': Number(indexed.toFixed(2)),
      'memory MB': Math.round(product.memory() / 2 ** 20),
    });
    await end(product);
  };
  const stop = (product: Started): Promise<void> => product.stop();
  const empty = await makeInstall(database, { items: 0, visitors: 0, eventsAVisitor: 0 });
  try {
    await start('an empty shop', empty.env, stop);
  } finally {
    await empty.remove();
  }
  const full = await makeInstall(database, { items, visitors: 500, eventsAVisitor: 20 });
  try {
    await start(`${items} items, no index yet`, full.env, stop);
    await start('the same after a proper end', full.env, (product) => product.stop('SIGKILL'));
    await start('the same after a kill', full.env, stop);
  } finally {
    await full.remove();
  }
  return { items, database, fillSeconds: Number(full.fillSeconds.toFixed(1)), rows };
};
