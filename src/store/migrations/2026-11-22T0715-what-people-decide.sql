-- What people decide: since when the installation is paused, and the attempts that only the send
-- journal knew of when the database was found older than it.

alter table installation add column paused_since timestamptz;

-- An attempt of a message that this database never had: it was made after the copy. When its notice
-- is mapped again, the new message takes it over and is uncertain. `mark` names the message by a
-- keyed hash; null: an older journal named it by its id alone.
create table orphan_attempts (
  attempt_id bigint primary key,
  message_id bigint not null,
  mark bytea,
  found_at timestamptz not null
);
create index orphan_attempts_by_mark on orphan_attempts (mark, attempt_id) where mark is not null;

create index messages_uncertain on messages (flow_id) where state = 'uncertain';
