-- What the payments of a flow ask for, counted when it was mapped: the next emission of the feed is
-- compared with it. A lost decimal comma multiplies every bill by a hundred.
alter table flows add column amounts jsonb;
create index flows_emissions on flows (institution_id, feed, id)
  where released_at is not null and amounts is not null;
