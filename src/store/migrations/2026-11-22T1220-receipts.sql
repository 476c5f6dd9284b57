-- What each target has been told of each record, and how its reports stand. A target is the source
-- of the feed (`source`), or another system by its name.

-- One row for each record that a target has been told of, or could not be. `fate`: what it was
-- told, or was being told. `at`: since when it stands so; of a failed one since its first failure.
-- `sealed`: what the target answered, or why it could not be told.
create table receipts (
  flow_id bigint not null,
  record integer not null,
  institution_id integer not null,
  attempts smallint not null default 0,
  try_at timestamptz,
  at timestamptz not null,
  target text not null,
  fate text not null,
  state text not null
    check (state in ('owed', 'begun', 'given', 'failed', 'uncertain', 'given-up')),
  sealed bytea,
  primary key (flow_id, record, target)
);
create index receipts_to_try on receipts (try_at) where try_at is not null;
create index receipts_not_given on receipts (flow_id, target) where state <> 'given';

insert into receipts (flow_id, record, institution_id, at, target, fate, state)
  select r.flow_id, r.record, r.institution_id, coalesce(w.written_at, now()), 'source', r.reported,
    'given'
  from source_records r left join (
    select f.id as flow_id, max(w.written_at) as written_at
    from write_backs w join flows f on f.drop_id = w.drop_id and f.origin = 'drop' group by f.id
  ) w on w.flow_id = r.flow_id
  where r.reported is not null;
alter table source_records drop column reported;

-- A report is a row from its first failure on; it is written once `written_at` is there.
-- `warned_at`: when staff was told that a person must act.
alter table write_backs
  add column target text not null default 'source',
  add column tries smallint not null default 0,
  add column failing_since timestamptz,
  add column next_try_at timestamptz,
  add column code text,
  add column problem text,
  add column given_up_at timestamptz,
  add column warned_at timestamptz,
  alter column written_at drop not null,
  drop constraint write_backs_pkey,
  add primary key (drop_id, target, number);
alter table write_backs alter column target drop default;
create index write_backs_failing on write_backs (institution_id) where written_at is null;
