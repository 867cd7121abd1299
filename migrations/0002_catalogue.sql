-- The catalogue: items (every variant is an item of its own), their pictures, their reviews.
-- items.key is the small whole number by which indexes and in-memory tables know an item.
create table if not exists items (
  key integer generated always as identity primary key,
  id text not null unique,
  group_id text,
  title text not null,
  description text,
  url text,
  categories text[] not null default '{}',
  brand text,
  sku text,
  price_amount numeric,
  price_currency text,
  availability text not null default 'in_stock',
  tags text[] not null default '{}',
  attributes jsonb not null default '{}',
  video jsonb,
  language text,
  published_at timestamptz,
  content_hash text not null,
  -- Grows with every change that matters to embedding; what is embedded trails behind.
  revision integer not null default 1,
  embedded_revision integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index if not exists items_group on items (group_id) where group_id is not null;
create index if not exists items_updated on items (updated_at, key);
create index if not exists items_due on items (key) where embedded_revision < revision;

-- Bytes known by their SHA-256, kept in the image store; `state` tells whether they were readable.
create table if not exists images (
  content_hash text primary key,
  media_type text not null,
  bytes integer not null,
  width integer not null,
  height integer not null,
  created_at timestamptz not null default now()
);

-- The pictures of an item in order. `source` is what the shop gave: { url } | { imageId } | { file } | { data: true }.
create table if not exists item_images (
  item_key integer not null references items (key) on delete cascade,
  ordinal integer not null,
  source jsonb not null,
  alt text,
  content_hash text,
  state text not null default 'pending' check (state in ('pending', 'ready', 'failed')),
  attempts integer not null default 0,
  primary key (item_key, ordinal)
);
create index if not exists item_images_hash on item_images (content_hash) where content_hash is not null;

-- What could not be used, why, and since when: shown under an item's status.problems and in the admin API.
create table if not exists quarantine (
  key bigint generated always as identity primary key,
  item_key integer references items (key) on delete cascade,
  modality text,
  ordinal integer,
  code text not null,
  detail text not null,
  at timestamptz not null default now()
);
create index if not exists quarantine_item on quarantine (item_key);

create table if not exists reviews (
  item_key integer not null references items (key) on delete cascade,
  id text not null,
  text text not null,
  title text,
  rating double precision,
  author text,
  helpful integer,
  language text,
  created_at timestamptz,
  content_hash text not null,
  stored_at timestamptz not null default now(),
  primary key (item_key, id)
);

-- Words matched by letters: title, brand, SKU and id first, then description, then what reviewers say.
create table if not exists item_letters (
  item_key integer primary key references items (key) on delete cascade,
  -- id, sku and title as people type them: lower case, one blank between words.
  id text not null,
  sku text,
  title text not null,
  names text not null,
  words tsvector not null
);
create index if not exists item_letters_id on item_letters using hash (id);
create index if not exists item_letters_sku on item_letters using hash (sku);
create index if not exists item_letters_title on item_letters using hash (title);
create index if not exists item_letters_words on item_letters using gin (words);
create index if not exists item_letters_names on item_letters using gin (names gin_trgm_ops);
