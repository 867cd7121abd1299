-- Sign-ins of the admin page: a cookie whose text is kept hashed only. A session ends with its key.
create table if not exists admin_sessions (
  hash text primary key,
  key_id text not null references api_keys (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
