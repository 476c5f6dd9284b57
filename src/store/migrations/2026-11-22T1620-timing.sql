-- What is judged of a message just before it leaves.

alter table messages
  -- Holds that a person has let it pass: it is not held for these again.
  add column waived text[],
  -- The day on which it first found that its recipient had had their one message.
  add column crowded_since date;
-- Reminders that wait for news of payments; a row of `stale_payments` is a source without them.
create index messages_stale on messages (flow_id)
  where state = 'held' and code = 'HOLD_PAYMENTS_STALE';

-- When its source was last read without a fault.
alter table feeds add column good_at timestamptz;
update feeds set good_at = polled_at where failing_since is null;
