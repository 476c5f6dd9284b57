-- Days that a person skips: what had been planned for one is cancelled, `skipped`, and a run of a
-- campaign is answered before its time, with who said so and why.
alter table campaign_runs drop constraint campaign_runs_state_check;
alter table campaign_runs
  add column because text,
  add constraint campaign_runs_state_check
    check (state in ('made', 'empty', 'missed', 'too-many', 'skipped'));
create index campaign_runs_skipped on campaign_runs (institution_id, at) where state = 'skipped';
