-- Which shop this is, for engines that several shops may share: their names of things begin with it.
create table if not exists installation (
  id text primary key,
  is_only boolean not null default true unique check (is_only),
  created_at timestamptz not null default now()
);
insert into installation (id) values (gen_random_uuid()::text) on conflict do nothing;
