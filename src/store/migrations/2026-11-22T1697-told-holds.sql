-- Messages that wait for a person: since when there are some of each code, and how many staff has
-- been told of.
create table told_holds (
  institution_id integer not null references institutions,
  code text not null,
  since timestamptz not null,
  -- Null: not yet.
  told_at timestamptz,
  messages bigint not null default 0,
  primary key (institution_id, code)
);
