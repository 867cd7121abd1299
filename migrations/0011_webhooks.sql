-- Who is told what happened, and how the telling went. Marks on what happened say what has been told: written in the transaction that writes the deliveries.
create table if not exists webhooks (
  id text primary key,
  name text,
  url text not null,
  events text[] not null,
  secret text not null,
  -- Signs beside the present one until then, so that a receiver can change over.
  former_secret text,
  former_until timestamptz,
  active boolean not null default true,
  note text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create table if not exists webhook_deliveries (
  key bigint generated always as identity primary key,
  id text not null unique,
  webhook_id text not null references webhooks (id) on delete cascade,
  type text not null,
  body text not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
  attempts integer not null default 0,
  status integer,
  error text,
  created_at timestamptz not null default now(),
  attempted_at timestamptz,
  delivered_at timestamptz
);
create index if not exists webhook_deliveries_newest on webhook_deliveries (webhook_id, key desc);
create index if not exists webhook_deliveries_pending on webhook_deliveries (key) where state = 'pending';
-- What happened before this release is told to nobody; processes of the former release write what is still to be told.
alter table quarantine add column if not exists announced boolean not null default true;
alter table quarantine alter column announced set default false;
create index if not exists quarantine_unannounced on quarantine (key) where not announced;
alter table erasures add column if not exists announced boolean not null default true;
alter table erasures alter column announced set default false;
alter table models add column if not exists announced_at timestamptz;
