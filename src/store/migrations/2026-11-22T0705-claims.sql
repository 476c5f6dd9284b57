-- Claims that look only at what is due, and what is learnt from IO's refusals about a service.

-- The notice's due date beside its messages: among those equally due, the nearest goes first.
alter table messages add column due_at timestamptz;
update messages m set due_at = n.due_at from notices n
  where n.id = m.notice_id and n.due_at is not null and m.state in ('waiting', 'held');
drop index messages_due;
create index messages_due on messages (flow_id, send_at, due_at) where state = 'waiting';
create index messages_held on messages (flow_id) where state = 'held';
create index flows_open on flows (account)
  where released_at is not null and state in ('active', 'sending');
-- A claim reads the head of an index whose entries die as it goes: they are cleared away early.
alter table messages set (autovacuum_vacuum_scale_factor = 0.05);

-- When a released flow has something due. Invariant: of the messages that wait in it, the earliest
-- has a row here that is no later. Rows are only added, by the trigger below, so that two writers
-- never wait for each other; the claim replaces those that it saw once nothing due is left.
create table flow_wakes (
  id bigint generated always as identity primary key,
  flow_id bigint not null,
  account text not null,
  at timestamptz not null
);
create index flow_wakes_due on flow_wakes (at);
insert into flow_wakes (flow_id, account, at)
  select f.id, f.account, min(m.send_at) from flows f join messages m on m.flow_id = f.id
  where f.released_at is not null and m.state = 'waiting' group by f.id;

-- Nobody who puts a message back can forget to say when it is due.
create function wake_flows() returns trigger language plpgsql as $$
begin
  insert into flow_wakes (flow_id, account, at)
    select f.id, f.account, min(m.send_at)
    from changed m join was on was.id = m.id join flows f on f.id = m.flow_id
    where m.state = 'waiting' and (was.state <> 'waiting' or m.send_at < was.send_at)
    group by f.id;
  return null;
end $$;
create trigger messages_wake after update on messages
  referencing old table as was new table as changed
  for each statement execute function wake_flows();

-- A pause ends by itself when a try proves that the cause is gone: not before `try_at`; where a
-- profile proves nothing, one message is let through.
alter table service_pauses
  add column tries smallint not null default 0,
  add column try_at timestamptz,
  add column trial_message_id bigint;
update service_pauses set try_at = since;
alter table service_pauses alter column try_at set not null;

-- What a service may not send, learnt from a refusal: amounts above a ceiling, or a feature.
create table service_limits (
  institution_id integer not null references institutions,
  service text not null,
  feature text not null check (feature in ('amount', 'payee', 'premium', 'third-party')),
  -- Of `amount`: the most that IO takes. Null for the others.
  maximum_cents bigint,
  since timestamptz not null,
  detail text not null,
  tries smallint not null default 0,
  -- Of `amount`: when one held message is tried, since the ceiling may have been raised.
  try_at timestamptz,
  trial_message_id bigint,
  primary key (institution_id, service, feature)
);
