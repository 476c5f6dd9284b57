-- The chain over acts: each that is committed gets a number without gaps and a hash over the one
-- before it, so that whoever changes, removes or moves an act breaks what follows.
create table act_seals (
  number bigint primary key check (number > 0),
  act_id bigint not null unique,
  hash bytea not null check (length(hash) = 32)
);

-- Committed, and not in the chain yet.
create table acts_to_seal (
  act_id bigint primary key
);
insert into acts_to_seal select id from acts;

-- Where the chain ended when a day was over: told to staff and written outside of the database.
create table act_heads (
  day date primary key,
  number bigint not null,
  hash bytea not null,
  at timestamptz not null
);

create function act_is_to_seal() returns trigger language plpgsql as $$
begin
  insert into acts_to_seal (act_id) values (new.id);
  return null;
end $$;

create function acts_stand() returns trigger language plpgsql as $$
begin
  raise exception 'acts and their seals are never changed';
end $$;

create trigger acts_are_to_seal after insert on acts
  for each row execute function act_is_to_seal();
create trigger acts_stand before update or delete on acts
  for each row execute function acts_stand();
create trigger acts_stand_whole before truncate on acts
  for each statement execute function acts_stand();
create trigger act_seals_stand before update or delete on act_seals
  for each row execute function acts_stand();
create trigger act_seals_stand_whole before truncate on act_seals
  for each statement execute function acts_stand();

-- Pages of the activity log, newest first.
create index acts_by_institution on acts (institution_id, id);
