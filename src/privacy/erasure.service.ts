import { randomBytes } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Kysely, sql } from 'kysely';
import { PeopleService, subjectOf } from '../interactions/interactions.api.js';
import {
  CLOCK,
  type Clock,
  DATABASE,
  type Database,
  notFound,
  OUTBOX,
  type Outbox,
  PERSONAL_DATA_HOLDERS,
  type Person,
  type PersonalDataHolder,
  SETTINGS,
  type Settings,
  type Tables,
} from '../platform/platform.api.js';
import { ConsentService } from './consent.service.js';
import { noteErasure } from './erasure-list.js';
import { hashOfReceipt, hashOfSubject, type Receipt, SUBJECT_SECRET } from './receipt.js';

/** A receipt as it is shown: with its own hash, and whether the chain up to it is whole. */
export type ShownReceipt = Receipt & { hash: string; verified: boolean };

/** One key for the advisory lock that puts erasures one after another: the chain has one end. */
const CHAIN_LOCK = 7_281_905;

/** Everything about a person: handed out, or removed. */
@Injectable()
export class ErasureService implements OnModuleInit {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    @Inject(OUTBOX) private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(PERSONAL_DATA_HOLDERS) private readonly interactions: readonly PersonalDataHolder[],
    private readonly consents: ConsentService,
    private readonly people: PeopleService,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'dataDir'>,
  ) {}

  /** The secret is there before anybody is erased, so that every backup holds the one that later receipts are made with. */
  async onModuleInit(): Promise<void> {
    await this.salt();
  }

  /** All that is stored about a person, by section. A user's export includes the browsers they signed in on. */
  async export(
    person: Person,
  ): Promise<{ person: Person; people: Person[]; at: string; sections: Record<string, unknown[]> }> {
    const people = await this.peopleOf(person);
    const sections: Record<string, unknown[]> = {};
    for (const holder of this.holders()) {
      await holder.settle?.();
      sections[holder.section] = await holder.export(people);
    }
    return { person, people, at: this.clock.now().toISOString(), sections };
  }

  /**
   * Removes all that is stored about a person, in one transaction, and gives a receipt. Models that learned from them are marked stale.
   * Erasing somebody unknown is an erasure of nothing, with a receipt.
   */
  async erase(person: Person): Promise<ShownReceipt> {
    const people = await this.peopleOf(person);
    const salt = await this.salt();
    const receiptId = randomBytes(18).toString('base64url');
    for (const holder of this.holders()) await holder.settle?.();
    const shown = await this.outbox.write(async (trx, append) => {
      const counts: Record<string, number> = {};
      for (const holder of this.holders()) counts[holder.section] = await holder.erase(people, trx);
      if ((counts.events ?? 0) > 0)
        await trx
          .updateTable('models')
          .set({ stale: true })
          .where('state', '=', 'live')
          .where('kind', '!=', 'encoder')
          .execute();
      const previousHash = await lastHash(trx);
      const receipt: Receipt = {
        receiptId,
        kind: person.kind,
        subjectHash: hashOfSubject(salt, subjectOf(person)),
        counts,
        at: this.clock.now().toISOString(),
        previousHash,
      };
      const hash = hashOfReceipt(receipt);
      await trx
        .insertInto('erasures')
        .values({
          receipt_id: receiptId,
          kind: receipt.kind,
          subject_hash: receipt.subjectHash,
          counts: JSON.stringify(counts),
          previous_hash: previousHash,
          hash,
          at: receipt.at,
        })
        .execute();
      for (const each of people)
        for (const topic of ['erasure', 'person'] as const) append({ topic, subject: subjectOf(each) });
      return { ...receipt, hash, verified: true };
    });
    await noteErasure(this.settings.dataDir, shown);
    return shown;
  }

  /** A receipt, checked anew: its own hash, and that of every receipt before it. @throws Problem 404. */
  async receipt(receiptId: string): Promise<ShownReceipt> {
    const row = await this.database.query
      .selectFrom('erasures')
      .selectAll()
      .where('receipt_id', '=', receiptId)
      .executeTakeFirst();
    if (!row) throw notFound('receipt', receiptId);
    const receipt = toReceipt(row);
    return { ...receipt, hash: row.hash, verified: await this.chainHolds(receipt, row.hash) };
  }

  /** Receipts, newest first. */
  async list(limit: number): Promise<(Receipt & { hash: string })[]> {
    const rows = await this.database.query
      .selectFrom('erasures')
      .selectAll()
      .orderBy('at', 'desc')
      .orderBy('receipt_id')
      .limit(limit)
      .execute();
    return rows.map((row) => ({ ...toReceipt(row), hash: row.hash }));
  }

  private async chainHolds(receipt: Receipt, hash: string): Promise<boolean> {
    let current: Receipt | null = receipt;
    let claimed = hash;
    while (current) {
      if (hashOfReceipt(current) !== claimed) return false;
      if (current.previousHash === null) return true;
      claimed = current.previousHash;
      const row = await this.database.query
        .selectFrom('erasures')
        .selectAll()
        .where('hash', '=', claimed)
        .executeTakeFirst();
      current = row ? toReceipt(row) : null;
    }
    return false;
  }

  /** A user with their browsers; a browser alone (its owner is somebody to be named on their own). */
  private async peopleOf(person: Person): Promise<Person[]> {
    return person.kind === 'user' ? this.people.peopleOf(person.id) : [person];
  }

  private holders(): PersonalDataHolder[] {
    return [...this.interactions, this.consents];
  }

  private async salt(): Promise<string> {
    await this.database.query
      .insertInto('secrets')
      .values({ name: SUBJECT_SECRET, value: randomBytes(32).toString('base64url') })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute();
    const row = await this.database.query
      .selectFrom('secrets')
      .select('value')
      .where('name', '=', SUBJECT_SECRET)
      .executeTakeFirstOrThrow();
    return row.value;
  }
}

/** Hash of the newest receipt, holding off other erasures until this transaction ends. */
const lastHash = async (trx: Kysely<Tables>): Promise<string | null> => {
  await sql`select pg_advisory_xact_lock(${CHAIN_LOCK})`.execute(trx);
  const { rows } = await sql<{ hash: string }>`
    select hash from erasures e where not exists (select 1 from erasures n where n.previous_hash = e.hash) limit 1`.execute(
    trx,
  );
  return rows[0]?.hash ?? null;
};

const toReceipt = (row: {
  receipt_id: string;
  kind: string;
  subject_hash: string;
  counts: Record<string, number>;
  at: Date;
  previous_hash: string | null;
}): Receipt => ({
  receiptId: row.receipt_id,
  kind: row.kind as Receipt['kind'],
  subjectHash: row.subject_hash,
  counts: row.counts,
  at: row.at.toISOString(),
  previousHash: row.previous_hash,
});
