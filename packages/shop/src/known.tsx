import { useEffect, useState } from 'preact/hooks';
import { productPath, session, sized } from './api.js';

/** What the server holds on a visitor, by section. */
export interface Export {
  person: { id: string };
  sections: Record<string, unknown[]>;
}

/** The server's word that it has erased somebody. */
export interface Receipt {
  receiptId: string;
  counts: Record<string, number>;
}

interface Event {
  type: string;
  item_ids: string[] | null;
  query: string | null;
  at: string;
}

const DID: Record<string, string> = {
  view: 'You looked at',
  click: 'You opened, from a row,',
  add_to_cart: 'You put into your cart',
  remove_from_cart: 'You took out of your cart',
  wishlist: 'You kept for later',
  purchase: 'You bought',
  rating: 'You rated',
  search: 'You searched for',
  dismiss: 'You did not want',
  impression: 'You were shown a row with',
};
/** What the other sections hold, in a shopper's words. */
const HELD: Record<string, string> = {
  impressions: 'rows that were made for you',
  consents: 'your answers about being remembered',
  uploads: 'pictures you searched with',
};
/** Rows of a list that name their products; longer ones are counted. */
const NAMED = 3;

/** "Forgotten: 12 rows …": what a receipt says, in a sentence. */
export const forgotten = ({ receiptId, counts }: Receipt): string => {
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return `Forgotten: ${rows === 1 ? 'the one thing' : `all ${rows} things`} that we knew. Receipt ${receiptId}.`;
};

const when = (at: string): string =>
  new Date(at).toLocaleString(document.documentElement.lang || 'en', { dateStyle: 'medium', timeStyle: 'short' });

const Thing = ({ id }: { id: string }) => {
  const [item, setItem] = useState<{ title: string; image: string | null } | null>(null);
  useEffect(
    () =>
      void session()
        .item(id)
        .then(setItem, () => setItem(null)),
    [id],
  );
  return (
    <a class="thing" href={productPath(id)}>
      {item?.image ? <img src={sized(item.image, 160)} alt="" width={40} height={40} /> : <i />}
      {item?.title ?? id}
    </a>
  );
};

const Deed = ({ event }: { event: Event }) => {
  const ids = event.item_ids ?? [];
  return (
    <li>
      <span class="did">
        {DID[event.type] ?? event.type} {event.query && <q>{event.query}</q>}
        <small class="quiet">{when(event.at)}</small>
      </span>
      {ids.length > NAMED ? <span>{ids.length} products</span> : ids.map((id) => <Thing key={id} id={id} />)}
    </li>
  );
};

/** Everything that is stored about this visitor: first in words, then as it is. `null` while it is asked for. */
export const Known = ({ of }: { of: Export | null }) => {
  if (!of) return <div class="known" aria-busy="true" />;
  const events = [...((of.sections.events ?? []) as Event[])].sort((a, b) => b.at.localeCompare(a.at));
  const save = `data:application/json;charset=utf-8,${encodeURIComponent(JSON.stringify(of, null, 2))}`;
  const others = Object.entries(of.sections).filter(([name, rows]) => name !== 'events' && rows.length > 0);
  return (
    <div class="known">
      <p>
        You are <code>{of.person.id}</code> to this shop: an invented id that lives in this browser.{' '}
        {events.length === 0 ? 'It has not noted anything that you did.' : 'This is what it noted:'}
      </p>
      <ul>
        {events.map((event, index) => (
          <Deed key={index} event={event} />
        ))}
      </ul>
      {others.length > 0 && (
        <p class="quiet">
          Besides:{' '}
          {others.map(([name, rows]) => `${HELD[name] ?? name.replaceAll('_', ' ')} (${rows.length})`).join(', ')}.
        </p>
      )}
      <details>
        <summary>Everything, as it is stored</summary>
        <pre tabIndex={0}>{JSON.stringify(of, null, 2)}</pre>
        <a href={save} download="what-the-shop-knows.json">
          Keep a copy
        </a>
      </details>
    </div>
  );
};
