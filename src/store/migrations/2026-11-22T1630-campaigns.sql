-- Campaigns as they run.

alter table campaigns
  -- What it said of its times: another schedule begins when it is read, and makes up for nothing.
  add column schedule text not null default '';

-- too-many: more recipients than its own bound, so that it made no flow.
alter table campaign_runs drop constraint campaign_runs_state_check;
alter table campaign_runs add constraint campaign_runs_state_check
  check (state in ('made', 'empty', 'missed', 'too-many'));
