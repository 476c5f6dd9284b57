-- The subscriptions feed of IO, replayed: for each service that reads it, who can be written to.
-- A citizen is there by a keyed hash of the hash by which the feed names him, and by nothing else.

create table subscription_feeds (
  id integer generated always as identity primary key,
  institution_id integer not null references institutions,
  service text not null,
  -- The last day of UTC that was applied whole; null: none yet.
  through date,
  -- Not asked again before; null: as soon as there is a day to ask for.
  ask_at timestamptz,
  -- Why IO gives no further day; staff was told when it was set.
  problem text,
  unique (institution_id, service)
);

create table subscribers (
  institution_id integer not null,
  feed_id integer not null,
  code_hash bytea not null,
  primary key (feed_id, code_hash)
);
