-- Reminders that were not planned when the records of a flow were read: by rule and reason, how
-- many. They are no messages, so that nothing else says why somebody was not reminded.
alter table flows add column unplanned jsonb not null default '{}';
