-- What visitors did, who they are to us, and what they allowed.
create table if not exists events (
  key bigint generated always as identity primary key,
  id text not null unique,
  type text not null,
  user_id text,
  visitor_id text,
  session_id text,
  item_ids text[] not null default '{}',
  query text,
  value double precision,
  quantity double precision,
  request_id text,
  train boolean not null default true,
  at timestamptz not null,
  received_at timestamptz not null default now()
);
create index if not exists events_user on events (user_id, at desc) where user_id is not null;
create index if not exists events_visitor on events (visitor_id, at desc) where visitor_id is not null;
create index if not exists events_at on events (at, key);

create table if not exists visitors (
  id text primary key,
  user_id text,
  created_at timestamptz not null default now(),
  merged_at timestamptz
);
create index if not exists visitors_user on visitors (user_id) where user_id is not null;

create table if not exists consents (
  kind text not null check (kind in ('user', 'visitor')),
  id text not null,
  personalization boolean not null,
  training boolean not null,
  at timestamptz not null,
  primary key (kind, id)
);

-- Pictures that visitors browse with; embedded at once, gone when they expire.
create table if not exists uploads (
  image_id text primary key,
  visitor_id text,
  content_hash text not null,
  width integer not null,
  height integer not null,
  encoder text not null,
  vector vector not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index if not exists uploads_expiry on uploads (expires_at);

create table if not exists impressions (
  request_id text primary key,
  placement text not null,
  user_id text,
  visitor_id text,
  session_id text,
  model jsonb not null,
  experiment jsonb,
  items jsonb not null,
  at timestamptz not null
);
create index if not exists impressions_at on impressions (at);
create index if not exists impressions_user on impressions (user_id) where user_id is not null;
create index if not exists impressions_visitor on impressions (visitor_id) where visitor_id is not null;
