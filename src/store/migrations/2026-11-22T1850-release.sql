-- What the release stage keeps of a flow.
alter table flows
  -- What its feed or campaign said when it was last looked at: how many people must approve it.
  add column approval text not null default 'none' check (approval in ('none', 'one', 'four-eyes')),
  -- Until when it may be approved, and, once approved, until when it must have begun to leave.
  add column approve_by timestamptz,
  -- Why it is suspended; null while it is not.
  add column suspended_because text check (suspended_because in ('suspended', 'braked')),
  -- The flow that it tests, corrects or replaces.
  add column about_flow_id bigint references flows,
  -- What mapping has seen of its texts, and what the checks have found: figures, nobody's data.
  add column texts jsonb,
  add column checks jsonb;
create index flows_about on flows (about_flow_id) where about_flow_id is not null;
create index flows_to_approve on flows (approve_by)
  where approve_by is not null and state = 'active';

update flows set reason = 'blocked' where reason = 'implausible';
alter table flows drop constraint if exists flows_origin_check;

-- A flow's own messages are also those of an errata and of a test.
drop index messages_open_first;
create index messages_open_first on messages (flow_id)
  where purpose in ('first', 'campaign', 'errata', 'test')
    and state in ('waiting', 'claimed', 'sending');
