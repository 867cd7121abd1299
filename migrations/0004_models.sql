-- Vectors, models and index generations. Dimensions differ by encoder, so columns carry none; checks live in code.
create table if not exists modality_vectors (
  item_key integer not null references items (key) on delete cascade,
  modality text not null,
  ordinal integer not null,
  encoder text not null,
  content_hash text not null,
  segment jsonb,
  vector vector not null,
  stored_at timestamptz not null default now(),
  primary key (item_key, encoder, modality, ordinal)
);

-- Vectors by content, so that the same picture or sentence is embedded once per encoder.
create table if not exists vector_cache (
  encoder text not null,
  content_hash text not null,
  vector vector not null,
  primary key (encoder, content_hash)
);

create table if not exists models (
  key integer generated always as identity primary key,
  kind text not null check (kind in ('encoder', 'fusion', 'behaviour', 'blend')),
  version text not null unique,
  state text not null check (state in ('candidate', 'live', 'retired', 'rejected', 'failed')),
  parameters jsonb not null default '{}',
  data_window jsonb,
  metrics jsonb,
  note text,
  artefact bytea,
  stale boolean not null default false,
  created_at timestamptz not null default now(),
  promoted_at timestamptz
);
create unique index if not exists models_one_live on models (kind) where state = 'live';

create table if not exists item_vectors (
  item_key integer not null references items (key) on delete cascade,
  fusion text not null,
  gates jsonb not null,
  vector vector not null,
  stored_at timestamptz not null default now(),
  primary key (fusion, item_key)
);

create table if not exists index_generations (
  key integer generated always as identity primary key,
  adapter text not null,
  fusion text not null,
  state text not null check (state in ('building', 'live', 'retired', 'failed')),
  items integer not null default 0,
  recall jsonb,
  note text,
  created_at timestamptz not null default now(),
  live_at timestamptz
);

create table if not exists training_runs (
  id text primary key,
  state text not null check (state in ('queued', 'running', 'done', 'failed', 'skipped')),
  progress real not null default 0,
  step text,
  request jsonb not null default '{}',
  result jsonb,
  reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
