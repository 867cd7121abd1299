import type { Kysely } from 'kysely';
import type { Tables } from '../database/tables.js';

export const PERSONAL_DATA_HOLDERS = Symbol('PersonalDataHolders');

/** A person as Vitrine knows one. */
export interface Person {
  kind: 'user' | 'visitor';
  id: string;
}

/** A module that keeps something about people; `privacy` collects all of them for export, erasure and retention. */
export interface PersonalDataHolder {
  /** Name of the section in an export, e.g. `events`. */
  readonly section: string;
  /** Writes what is still on its way to the database, so that an export shows it and an erasure removes it. Called before `export` and, outside its transaction, before `erase`. */
  settle?(): Promise<void>;
  export(people: readonly Person[]): Promise<unknown[]>;
  /** Removes everything about the people inside the given transaction; returns how many records went. */
  erase(people: readonly Person[], trx: Kysely<Tables>): Promise<number>;
  /** Removes what is older than `before`; returns how many records went. */
  expire(before: Date): Promise<number>;
}
