-- Since when a feed fails was kept; now also with which code, and what its staff has been told of
-- it, so that nobody hears of the same trouble twice. Null: nothing.
alter table feeds
  add column failure_code text,
  add column failure_told text check (failure_told in ('lasting', 'person'));
