-- Since when a system that is asked fails, and what its institution's staff has been told of it, so
-- that nobody hears of the same trouble twice: null, nothing. `cap_told` is the last day of which they
-- heard that it was asked enough.
alter table systems
  add column failing_since timestamptz,
  add column failure_told text check (failure_told in ('lasting', 'person')),
  add column cap_told date;
update systems set failing_since = failed_at where failures > 0;

-- Messages that wait for an answer: few, among all that wait for their day.
create index messages_unanswered on messages (institution_id)
  where state = 'waiting' and code = 'HOLD_UNANSWERED';
