-- What settlements and snapshots need to know of the notices that stand.

-- A notice is found by its notice number and by its recipient too. Those from before have no hash
-- of their number until their record comes again changed. `pays`: the whole of its group, or a part
-- of it; null where the mapping does not say. `ended_by`: null of those that ended before.
alter table notices
  add column notice_number_hash bytea,
  add column pays text check (pays in ('whole', 'part')),
  add column ended_by text check (ended_by in ('settlement', 'payment', 'action', 'missing'));
create index notices_by_notice_number on notices (institution_id, notice_number_hash)
  where notice_number_hash is not null;
create index notices_by_recipient on notices (institution_id, fiscal_code_hash);

-- A record that ended a notice: `cancelled`.
alter table source_records drop constraint source_records_fate_check,
  add constraint source_records_fate_check
  check (fate in ('message', 'refused', 'duplicate', 'skipped', 'waiting', 'cancelled'));

-- Settlements that came before their bill: the bill is born closed. Keyed hashes alone, for a while.
create table early_settlements (
  series_id integer not null,
  named_by text not null check (named_by in ('key', 'noticeNumber')),
  hash bytea not null,
  institution_id integer not null,
  state text not null check (state in ('settled', 'cancelled')),
  drop_id bigint not null,
  until timestamptz not null,
  primary key (series_id, named_by, hash)
);
create index early_settlements_until on early_settlements (until);

-- What a settlement closed, and what a snapshot no longer named: counts, and why nothing was closed.
alter table drops
  add column settled jsonb,
  add column missing jsonb;
