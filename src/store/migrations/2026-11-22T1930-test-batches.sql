-- Test batches: records of a flow, sent to colleagues before anybody approves it, and what these
-- answer. The messages themselves are those of a flow of origin `test`.
create table test_batches (
  id bigint generated always as identity primary key,
  institution_id integer not null references institutions,
  -- The flow that is tested, and the one that carries the test messages.
  flow_id bigint not null references flows,
  test_flow_id bigint not null references flows,
  -- What the tested flow consisted of: once it is another, the answers are void.
  digest bytea not null,
  actor text not null,
  origin text not null,
  sent_at timestamptz not null,
  expires_at timestamptz not null
);
create index test_batches_by_flow on test_batches (flow_id, id);
create unique index test_batches_by_test_flow on test_batches (test_flow_id);

-- What each tester looks at: a text of a record, and why that record is among them.
create table test_items (
  batch_id bigint not null references test_batches,
  item smallint not null,
  institution_id integer not null,
  record integer,
  line integer,
  -- Which text of the mapping: 0 the first message, then its reminders in order.
  template smallint not null,
  reasons jsonb not null,
  -- The false one that the message shows; null: it asks for no payment, or shows the real one.
  notice_number text,
  primary key (batch_id, item)
);

-- A tester of a batch, by the name that the configuration has. Of the link that they were given
-- only the hash is here; null: they have no mail, and answer by voice.
create table test_invitations (
  id bigint generated always as identity primary key,
  institution_id integer not null,
  batch_id bigint not null references test_batches,
  tester text not null,
  token_hash bytea unique,
  unique (batch_id, tester)
);

create table test_messages (
  batch_id bigint not null,
  invitation_id bigint not null references test_invitations,
  item smallint not null,
  institution_id integer not null,
  message_id bigint not null,
  primary key (invitation_id, item)
);
create index test_messages_by_batch on test_messages (batch_id);

-- Append-only: the last answer of a tester to an item counts.
create table test_answers (
  id bigint generated always as identity primary key,
  institution_id integer not null,
  batch_id bigint not null references test_batches,
  invitation_id bigint not null,
  item smallint not null,
  answer text not null check (answer in ('ok', 'problem')),
  note_sealed bytea,
  at timestamptz not null,
  -- The tester themselves, or who wrote down what they said.
  actor text not null,
  origin text not null,
  foreign key (invitation_id, item) references test_messages
);
create index test_answers_by_batch on test_answers (batch_id, id);

-- What stands in a mail for `{secret}`, until it has left: a personal link.
alter table staff_mails add column secret bytea;
