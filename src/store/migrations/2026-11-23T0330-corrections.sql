-- What people do about refused records: why each was refused, so that it can be counted without its
-- data, and what was decided of it. A record keeps its fate; what becomes of it goes on in the flow
-- that it was mapped into again.

-- Of the first refusal: a code of `docs/operations.md`, and a field of the mapping. Null with a
-- fate that is no refusal, and of records that were read before.
alter table source_records
  add column code text,
  add column field text;

create index source_records_refused on source_records (flow_id, code, field) where fate = 'refused';

create table corrections (
  flow_id bigint not null references flows,
  record integer not null,
  institution_id integer not null references institutions,
  -- corrected: a person has said what stands in its fields · reworked: it was mapped again, into
  -- `made_flow_id` · ignored: nothing more is done about it.
  state text not null check (state in ('corrected', 'reworked', 'ignored')),
  -- Grows with every correction: of two who correct one record the second is told. 0: as it came.
  edition integer not null default 0,
  -- Field → text, as JSON: it may quote a person.
  sealed bytea,
  note text,
  actor text not null,
  at timestamptz not null,
  made_flow_id bigint references flows,
  primary key (flow_id, record)
);
create index corrections_by_made on corrections (made_flow_id) where made_flow_id is not null;

-- `rescheduled`: a person has moved the reminders of a day to another one.
alter table messages drop constraint messages_moved_check;
alter table messages add constraint messages_moved_check
  check (moved in ('closed', 'crowded', 'postponed', 'rescheduled')) not valid;
