-- What is sent along when a feed is asked, such as a password. Shown to nobody again; backups have it in the clear.
alter table feeds add column if not exists headers jsonb not null default '{}';
