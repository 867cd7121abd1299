-- Feeds that are polled, and which items each of them gives: what a feed gave and gives no longer can be discontinued.
create table if not exists feeds (
  id text primary key,
  name text,
  url text not null,
  format text,
  kind text,
  currency text not null default 'USD',
  mapping jsonb not null default '{}',
  every_minutes integer not null,
  vanished text not null default 'discontinue' check (vanished in ('discontinue', 'keep')),
  paused boolean not null default false,
  -- What the last good answer said of itself; the next request asks whether that still holds.
  etag text,
  last_modified text,
  -- Null while paused.
  next_at timestamptz,
  -- A process that polls says so anew as long as it lives.
  running_until timestamptz,
  run integer not null default 0,
  failures integer not null default 0,
  -- The next run may discontinue however many.
  accept boolean not null default false,
  last_run jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create table if not exists feed_items (
  feed_id text not null references feeds (id) on delete cascade,
  item_id text not null,
  run integer not null,
  gone boolean not null default false,
  primary key (feed_id, item_id)
);
create index if not exists feed_items_item on feed_items (item_id);
