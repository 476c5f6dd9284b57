-- Whom a flow tells how its records end: what its feed said when it was made, so that a target which
-- joins later is told nothing of the years before, and one that changes its name nothing twice.
alter table flows add column tells text[] not null default '{source}';
alter table flows alter column tells set default '{}';

-- Those of them that have not had their last report: only flows with any are looked at again.
alter table flows add column telling text[] not null default '{}';
update flows f set telling = '{source}' where origin = 'drop' and not exists (
  select from write_backs w where w.drop_id = f.drop_id and w.target = 'source' and w.final);
create index flows_telling on flows (id) where telling <> '{}';

-- It stood when the database was put back from an older copy: who is told of it may have been told.
alter table flows add column is_restored boolean not null default false;
