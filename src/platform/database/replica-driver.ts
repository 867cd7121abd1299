import type { DatabaseConnection, Driver } from 'kysely';
import { isUnreachable } from './database-error.js';

/**
 * Connections of a replica while it can be reached, else of the primary: a replica that is away makes reads dearer, never impossible. `away`
 * hears of each connection that could not be had. No transactions: what reads may lag needs none.
 */
export class ReplicaDriver implements Driver {
  readonly #ownerOf = new WeakMap<DatabaseConnection, Driver>();

  constructor(
    private readonly replica: Driver,
    private readonly primary: Driver,
    private readonly away: (error: Error) => void,
  ) {}

  async init(): Promise<void> {
    await Promise.all([this.replica.init(), this.primary.init()]);
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    try {
      return this.#owned(this.replica, await this.replica.acquireConnection());
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      this.away(error as Error);
      return this.#owned(this.primary, await this.primary.acquireConnection());
    }
  }

  async beginTransaction(): Promise<void> {
    throw new Error('Reads that may lag have no transactions: use the database itself.');
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    await this.#ownerOf.get(connection)?.releaseConnection(connection);
  }

  /** The primary is its owner's to end. */
  async destroy(): Promise<void> {
    await this.replica.destroy();
  }

  #owned(driver: Driver, connection: DatabaseConnection): DatabaseConnection {
    this.#ownerOf.set(connection, driver);
    return connection;
  }
}
