-- Systems that are asked or told: counters of an institution, how much a system has been asked, what
-- it answered, and how far the asking for a drop has come.

-- Numbers that a system wants only once are one row of numbers for all that reaches it: of counters
-- of the same name the furthest is carried on, so that no number is ever given again.
create table counters (
  institution_id integer not null references institutions,
  name text not null,
  value bigint not null,
  primary key (institution_id, name)
);
insert into counters (institution_id, name, value)
  select f.institution_id, c.key, max(c.value::bigint)
  from feeds f cross join lateral jsonb_each_text(f.counters) c
  group by f.institution_id, c.key;
alter table feeds drop column counters;

-- `asked` counts the keys of `day`; nobody asks before `next_at`, nor before `resumes_at` while the
-- system is down or has been asked enough.
create table systems (
  institution_id integer not null references institutions,
  name text not null,
  day date not null,
  asked integer not null default 0,
  next_at timestamptz not null,
  resumes_at timestamptz,
  answered_at timestamptz,
  failures integer not null default 0,
  failed_at timestamptz,
  failure_code text,
  failure text,
  primary key (institution_id, name)
);

-- Keys are hashed and answers sealed, as the rows of references are.
create table system_answers (
  institution_id integer not null references institutions,
  system text not null,
  key_hash bytea not null,
  asked_at timestamptz not null,
  sealed bytea not null,
  primary key (institution_id, system, key_hash)
);
create index system_answers_by_age on system_answers (institution_id, system, asked_at);

-- Answers are as old as the first asking for the drop allows; `record` is the last one asked about.
create table drop_askings (
  drop_id bigint primary key,
  since timestamptz not null,
  attempts integer not null default 0,
  record integer not null default 0,
  answered integer not null default 0,
  unanswered integer not null default 0
);

-- When the system is asked again about what it did not answer; null: the record waits for a row of a
-- reference.
alter table record_waits add column ask_at timestamptz;
create index record_waits_to_ask on record_waits (ask_at) where ask_at is not null;

-- A system that is asked before sending may say that a notice is over.
alter table notices drop constraint notices_ended_by_check;
alter table notices add constraint notices_ended_by_check
  check (ended_by in ('settlement', 'payment', 'action', 'missing', 'answer')) not valid;
