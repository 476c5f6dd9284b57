-- What IO is to be asked about is found by account and service: what another account has to ask, or
-- a service that is paused, may be a million messages that nobody is to read past.
alter table messages
  -- Those of its flow, once it was tried: as long as it may be asked about.
  add column account text,
  add column service text;
update messages m set account = f.account, service = f.service from flows f
  where f.id = m.flow_id and m.track_at is not null;
drop index messages_to_track;
create index messages_to_track on messages (account, institution_id, service, track_at)
  where track_at is not null;

-- A report is due once IO has processed all of its flow; that is looked for every few seconds.
create index messages_unprocessed on messages (flow_id)
  where track_at is not null and delivery <> 'processed';

-- A person may resolve as sent what was never tried here.
create function name_asker() returns trigger language plpgsql as $$
begin
  select account, service into new.account, new.service from flows where id = new.flow_id;
  return new;
end $$;
create trigger messages_asker before update on messages
  for each row when (new.track_at is not null and new.account is null)
  execute function name_asker();
