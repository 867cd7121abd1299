-- Learning as an operation: experiments with an allocation and a metric, steps of a training run that are already done.
alter table experiments add column if not exists allocation text not null default 'split' check (allocation in ('split', 'thompson'));
alter table experiments add column if not exists metric text not null default 'click';
alter table experiments add column if not exists minimum_effect double precision not null default 0.1;
alter table experiments add column if not exists started_at timestamptz;
alter table experiments add column if not exists updated_at timestamptz not null default now();
create index if not exists impressions_experiment on impressions ((experiment ->> 'id'), at) where experiment is not null;
create index if not exists events_request on events (request_id) where request_id is not null;

create table if not exists training_steps (
  run_id text not null references training_runs (id) on delete cascade,
  name text not null,
  output jsonb not null,
  at timestamptz not null default now(),
  primary key (run_id, name)
);
