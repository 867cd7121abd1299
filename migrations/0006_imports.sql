-- Imports as people follow them: where from, what of, how far, and the rows that were refused.
alter table imports add column if not exists source text not null default '';
alter table imports add column if not exists kind text not null default 'items';
alter table imports add column if not exists rejected_count integer not null default 0;
alter table imports add column if not exists message text;
alter table imports add column if not exists finished_at timestamptz;
create index if not exists imports_newest on imports (created_at desc, id);
