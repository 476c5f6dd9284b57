-- What had been planned for the days to come and leaves no more is counted by day, however much has
-- been sent over the years.
create index messages_cancelled on messages (institution_id, send_at)
  where state = 'cancelled' and purpose in ('reminder', 'campaign');
