-- What a person has overridden of a flow's checks: that code, and no more than there was of it.
create table flow_overrides (
  id bigint generated always as identity primary key,
  institution_id integer not null references institutions,
  flow_id bigint not null references flows,
  code text not null,
  -- The sum that was named; null: the lot had no payments.
  total_cents bigint,
  -- Messages of the lot, and of these how many the finding concerned.
  messages bigint not null,
  concerned bigint not null,
  act_id bigint not null,
  -- Records have joined the flow since: it holds no more.
  voided_at timestamptz
);
create index flow_overrides_by_flow on flow_overrides (flow_id) where voided_at is null;
create index flows_campaign_emissions on flows (institution_id, campaign, id)
  where released_at is not null and amounts is not null and campaign is not null;
