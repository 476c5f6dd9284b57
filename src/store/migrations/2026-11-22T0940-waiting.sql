-- Records that wait for rows of references.

-- A row for each reference row that a record of fate `waiting` waits for; gone once it has ended.
-- `key_hash` is the notice's that it would make: a newer drop, or a settlement, ends it by that.
create table record_waits (
  flow_id bigint not null,
  record integer not null,
  reference text not null,
  row_hash bytea not null,
  institution_id integer not null,
  drop_id bigint not null,
  series_id integer not null,
  key_hash bytea not null,
  until timestamptz not null,
  primary key (flow_id, record, reference, row_hash)
);
create index record_waits_by_row on record_waits (institution_id, reference, row_hash);
create index record_waits_by_key on record_waits (series_id, key_hash);
create index record_waits_by_drop on record_waits (drop_id);
create index record_waits_until on record_waits (until);
