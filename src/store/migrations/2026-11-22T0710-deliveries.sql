-- What following learns: how often IO has answered without news, its own word, reading and payment.

alter table messages
  -- Answers since `delivery` changed last.
  add column answers smallint not null default 0,
  add column io_status text,
  -- Of premium messages: what IO says of reading, since when, and when pagoPA said paid.
  add column read_status text,
  add column read_at timestamptz,
  add column paid_at timestamptz;
create index messages_stuck on messages (flow_id) where delivery = 'stuck';

-- Since when the clock of the senders disagrees with its witnesses: staff is told once.
alter table installation add column clock_wrong_since timestamptz;
