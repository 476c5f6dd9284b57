-- A campaign chooses among what is open of a mapping and due by then, however many notices the years
-- have left behind.
create index notices_open on notices (mapping_version_id, due_at) where state in ('open', 'expired');
