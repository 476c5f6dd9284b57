-- Who has approved a flow, and what: bound to the texts of all its messages. What is void stays.
create table flow_approvals (
  id bigint generated always as identity primary key,
  institution_id integer not null references institutions,
  flow_id bigint not null references flows,
  at timestamptz not null,
  actor text not null,
  origin text not null,
  note text,
  -- sha256 over the ids of its messages and the hashes of their texts.
  digest bytea not null,
  expires_at timestamptz not null,
  voided_at timestamptz,
  voided_because text check (voided_because in
    ('changed', 'overridden', 'expired', 'sent-back', 'replaced', 'stopped'))
);
create unique index flow_approvals_valid on flow_approvals (flow_id, actor)
  where voided_at is null;

alter table flows
  -- Of its feed or campaign: how long an approval is waited for, and holds until it leaves.
  add column approval_hours smallint,
  -- When staff was told that its approval ends soon.
  add column approval_warned_at timestamptz,
  -- It is approved, and leaves no sooner.
  add column release_at timestamptz,
  -- The flow that its drop was mapped into again.
  add column replaced_by bigint references flows;
create index flows_by_mapped_again on flows (drop_id) where origin = 'replay';

alter table notices drop constraint notices_ended_by_check;
-- `replay`: the drop that made it is mapped again, and its record may make it anew.
alter table notices add constraint notices_ended_by_check check (ended_by in
  ('settlement', 'payment', 'action', 'missing', 'answer', 'person', 'replay')) not valid;
