-- Reminders and campaigns: what holds for a message just before it leaves, and what makes one.

alter table messages
  -- At most one such message a recipient, institution and day: campaigns, and reminders that are
  -- not the last of their notice. Null: it counts for nothing.
  add column one_a_day boolean,
  -- Why it does not leave when its rule says: `closed` (a weekend, a holiday, an hour when nothing
  -- leaves), `crowded` (another message took the day), `postponed` (a person moved its notice).
  add column moved text check (moved in ('closed', 'crowded', 'postponed')),
  -- Of campaigns: the version that has their text; null: the notice's own mapping has.
  add column mapping_version_id integer;

-- A campaign's message ends as a first one does: its flow is open until it has.
drop index messages_open_first;
create index messages_open_first on messages (flow_id)
  where purpose in ('first', 'campaign') and state in ('waiting', 'claimed', 'sending');

-- Who has had their one message of a day, by keyed hash; the day is one of the institution's zone.
create table contact_days (
  institution_id integer not null,
  fiscal_code_hash bytea not null,
  day date not null,
  message_id bigint not null,
  primary key (institution_id, fiscal_code_hash, day)
);
create index contact_days_by_day on contact_days (day);

-- People who have asked an institution not to write to them any more.
create table do_not_contact (
  institution_id integer not null references institutions,
  fiscal_code_hash bytea not null,
  sealed bytea not null,
  since timestamptz not null,
  actor text not null,
  because text not null,
  primary key (institution_id, fiscal_code_hash)
);

-- A notice that a person has ended or postponed. `postponed_from`: the due date that its source
-- gave when a person moved it; a record that still says so does not move it back.
alter table notices drop constraint notices_ended_by_check;
alter table notices
  add column postponed_from timestamptz,
  add constraint notices_ended_by_check check (ended_by in
    ('settlement', 'payment', 'action', 'missing', 'answer', 'person')) not valid;
create index notices_by_emission on notices (institution_id, emission) where emission is not null;

-- Campaigns: since when each is known, and every run of it, at its instant.
create table campaigns (
  institution_id integer not null references institutions,
  name text not null,
  known_since timestamptz not null,
  primary key (institution_id, name)
);
create table campaign_runs (
  id bigint generated always as identity primary key,
  institution_id integer not null references institutions,
  campaign text not null,
  -- The instant of its schedule; of a run that a person asked for, when they did.
  at timestamptz not null,
  ran_at timestamptz not null,
  actor text not null,
  -- made: it has a flow · empty: nobody was to be told · missed: it was too late for it.
  state text not null check (state in ('made', 'empty', 'missed')),
  flow_id bigint,
  -- How many notices were chosen, and how many not and why.
  counts jsonb not null default '{}',
  unique (institution_id, campaign, at)
);
alter table flows add column campaign text;

-- Feeds whose reminders are held because the source of payments is not fresh, since when.
create table stale_payments (
  institution_id integer not null references institutions,
  feed text not null,
  since timestamptz not null,
  told_at timestamptz,
  primary key (institution_id, feed)
);
create index drops_by_feed on drops (institution_id, feed, id);
