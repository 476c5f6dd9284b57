-- The daemons that run on this database, each with the fingerprint of the configuration that it
-- runs; what asks them to read it anew; and what each did then.
create table nodes (
  name text primary key,
  host text not null,
  pid integer not null,
  configuration text not null,
  started_at timestamptz not null,
  seen_at timestamptz not null
);

create table reload_requests (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null
);

create table reloads (
  id bigint generated always as identity primary key,
  node text not null,
  -- Null: a signal asked for it.
  request_id bigint references reload_requests,
  actor text not null,
  at timestamptz not null,
  outcome text not null check (outcome in ('reloaded', 'refused')),
  configuration text not null,
  problems jsonb not null default '[]',
  changes jsonb not null default '[]',
  paused_milliseconds integer
);
create index reloads_by_request on reloads (request_id);
