import { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseConnection, Driver, Kysely, TransactionSettings } from 'kysely';
import { Problem } from '../http/problem.js';
import type { Tables } from './tables.js';

interface Scope {
  open: boolean;
}

/**
 * Up to Node 23 whoever carries something along calls slows every promise of the process down: a tenth of all requests a second. There the guard watches in tests, which go through
 * every transaction of ours, and leaves a shop alone.
 */
const isAffordable = process.env.NODE_ENV === 'test' || Number(process.versions.node.split('.')[0]) >= 24;

/**
 * Refuses a second connection asked for inside a transaction. On the embedded database it would wait for itself for ever, on a server
 * it would not see the transaction's writes and could use the pool up: a mistake on both, so both say so at once.
 */
export class TransactionGuard {
  private readonly scopes = isAffordable ? new AsyncLocalStorage<Scope>() : null;

  check(): void {
    if (this.scopes?.getStore()?.open) {
      throw new Problem({
        code: 'VIT_DATABASE_NESTED',
        status: 500,
        title: 'A statement outside its transaction',
        detail: 'Inside a transaction only the given `trx` may be used; this call asked for another connection.',
      });
    }
  }

  /** Runs `work` in a transaction of `kysely`. */
  transaction<T>(kysely: Kysely<Tables>, work: (trx: Kysely<Tables>) => Promise<T>): Promise<T> {
    this.check();
    const scope: Scope = { open: false };
    const all = () =>
      kysely.transaction().execute(async (trx) => {
        scope.open = true;
        try {
          return await work(trx);
        } finally {
          scope.open = false;
        }
      });
    return this.scopes ? this.scopes.run(scope, all) : all();
  }

  /** The same driver, asking `check` before it gives a connection. */
  watch(driver: Driver): Driver {
    const check = () => this.check();
    return {
      init: () => driver.init(),
      acquireConnection: async () => {
        check();
        return driver.acquireConnection();
      },
      beginTransaction: (connection: DatabaseConnection, settings: TransactionSettings) =>
        driver.beginTransaction(connection, settings),
      commitTransaction: (connection) => driver.commitTransaction(connection),
      rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
      releaseConnection: (connection) => driver.releaseConnection(connection),
      destroy: () => driver.destroy(),
    };
  }
}
