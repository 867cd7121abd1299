-- Running the shop: placements, rules, experiments, keys, audit, erasures, outbox.
create table if not exists placements (
  name text primary key,
  settings jsonb not null default '{}',
  updated_at timestamptz not null default now()
);
create table if not exists rules (
  id text primary key,
  kind text not null check (kind in ('pin', 'boost', 'bury', 'exclude')),
  placement text,
  filter jsonb,
  item_ids text[] not null default '{}',
  amount double precision,
  position integer,
  starts_at timestamptz,
  ends_at timestamptz,
  active boolean not null default true,
  note text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create table if not exists experiments (
  id text primary key,
  name text not null,
  state text not null default 'running' check (state in ('draft', 'running', 'stopped')),
  placement text,
  arms jsonb not null,
  created_at timestamptz not null default now(),
  stopped_at timestamptz
);
create table if not exists api_keys (
  id text primary key,
  role text not null check (role in ('publishable', 'server', 'admin')),
  name text,
  hash text not null unique,
  readable text,
  origins text[] not null default '{}',
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);
create table if not exists secrets (
  name text primary key,
  value text not null,
  created_at timestamptz not null default now()
);
create table if not exists audit_log (
  key bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  action text not null,
  subject text,
  detail jsonb not null default '{}'
);
create table if not exists erasures (
  receipt_id text primary key,
  kind text not null,
  subject_hash text not null,
  counts jsonb not null,
  previous_hash text,
  hash text not null,
  at timestamptz not null
);
-- One row a change; every API process follows it. Old rows are removed by a job.
create table if not exists outbox (
  key bigint generated always as identity primary key,
  topic text not null,
  subject text not null,
  origin text not null,
  at timestamptz not null default now()
);
create index if not exists outbox_at on outbox (at);
create table if not exists imports (
  id text primary key,
  state text not null default 'running',
  format text,
  counts jsonb not null default '{}',
  rejected jsonb not null default '[]',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
