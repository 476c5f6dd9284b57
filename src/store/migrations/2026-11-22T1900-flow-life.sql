-- A flow that a person has stopped, until nothing of it waits or is on its way any more: what was
-- claimed is given back, and cancelled then.
alter table flows add column is_stopping boolean not null default false;
create index flows_stopping on flows (id) where is_stopping;
