-- Drops that people hand over by themselves, in the console or by the API. `origin` is `upload` then.
alter table drops
  -- They count as preparers of the flow that is made of it.
  add column prepared_by text[] not null default '{}';
