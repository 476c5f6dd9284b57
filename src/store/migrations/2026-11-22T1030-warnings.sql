-- What is odd in a record that goes all the same: how much of it is counted here, what it is stands
-- in `sealed`. Null: nothing, or the record was read before this was kept.
alter table source_records add column warnings smallint;
create index source_records_warned on source_records (flow_id, record) where warnings is not null;
