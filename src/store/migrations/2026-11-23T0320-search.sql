-- How people find single messages: by what a mapping calls customer and document, and within a flow
-- by state, a page at a time.
create index notices_by_customer on notices (institution_id, customer_hash)
  where customer_hash is not null;
create index notices_by_document on notices (institution_id, document_hash)
  where document_hash is not null;

-- In place of the one by flow alone: as many entries are written, and a list of few among many costs
-- as little as its page.
create index messages_by_flow_state on messages (flow_id, state, id);
drop index messages_by_flow;

-- What somebody searched for by a person’s data: sealed, so that an address can name it, for a day.
create table searches (
  id uuid primary key,
  institution_id integer not null references institutions,
  person_id bigint not null,
  list text not null,
  sealed bytea not null,
  expires_at timestamptz not null
);
create index searches_over on searches (expires_at);
