-- The spine: everything from the drop to the report. Hot tables (source_records, notices, messages)
-- are filled by COPY and carry no foreign keys; the invariants that matter are tested instead
-- (docs/decisions). Every row carries its institution. People's data is in `sealed` columns only.

create table installation (
  singleton boolean primary key default true check (singleton),
  id uuid not null default gen_random_uuid(),
  created_at timestamptz not null default now(),
  -- Set when the send journal names attempts that this database does not know: nothing is sent then.
  paused_because text
);
insert into installation default values;

create table institutions (
  id integer generated always as identity primary key,
  name text not null unique
);

create table series (
  id integer generated always as identity primary key,
  institution_id integer not null references institutions,
  name text not null,
  unique (institution_id, name)
);

-- Every act of a person or of the daemon: who, when, from where, what.
create table acts (
  id bigint generated always as identity primary key,
  institution_id integer references institutions,
  at timestamptz not null,
  actor text not null,
  origin text not null,
  verb text not null,
  subject text not null,
  detail jsonb not null default '{}'
);

-- One holder at a time; the token grows with every change of holder and fences its writes.
create table leases (
  name text primary key,
  owner text not null,
  token bigint not null,
  expires_at timestamptz not null
);

create table feeds (
  institution_id integer not null references institutions,
  name text not null,
  cursor jsonb not null default 'null',
  counters jsonb not null default '{}',
  first_polled_at timestamptz,
  polled_at timestamptz,
  next_poll_at timestamptz,
  failing_since timestamptz,
  failure text,
  primary key (institution_id, name)
);

-- The mapping as it stood when a drop was mapped: years later a text can still be proved from it.
create table mapping_versions (
  id integer generated always as identity primary key,
  institution_id integer not null references institutions,
  name text not null,
  sha256 bytea not null,
  spec jsonb not null,
  first_used_at timestamptz not null,
  unique (institution_id, name, sha256)
);

create table drops (
  id bigint generated always as identity primary key,
  institution_id integer not null references institutions,
  feed text not null,
  key text not null,
  origin text not null default 'feed',
  state text not null check (state in ('received', 'mapped', 'failed')),
  received_at timestamptz not null,
  mapped_at timestamptz,
  bytes bigint not null,
  sha256 bytea not null,
  records bigint not null default 0,
  -- Rows of a reference or settlement that were refused, and the first of them with their reasons.
  refused bigint not null default 0,
  refusals_sealed bytea,
  -- While it is being mapped: how many bytes of `bytes` have been read. Shown, never decided upon.
  progress_bytes bigint not null default 0,
  -- How often mapping it was begun: a drop that brings its mapper down is given up.
  map_attempts smallint not null default 0,
  problem jsonb,
  mapping_version_id integer references mapping_versions,
  unique (institution_id, feed, key)
);
create index drops_to_map on drops (id) where state = 'received';
create index drops_by_content on drops (institution_id, sha256);

create table drop_parts (
  drop_id bigint not null references drops,
  part integer not null,
  name text not null,
  media_type text not null,
  bytes bigint not null,
  sha256 bytea not null,
  chunks integer not null,
  primary key (drop_id, part)
);

create table drop_chunks (
  drop_id bigint not null,
  part integer not null,
  chunk integer not null,
  institution_id integer not null,
  sealed bytea not null,
  primary key (drop_id, part, chunk)
);
alter table drop_chunks alter column sealed set storage external;

create table flows (
  id bigint generated always as identity primary key,
  institution_id integer not null references institutions,
  feed text,
  drop_id bigint references drops,
  origin text not null,
  service text not null,
  account text not null,
  state text not null check (state in ('inactive', 'active', 'sending', 'sent', 'incomplete')),
  reason text,
  problem jsonb,
  mapping_version_id integer references mapping_versions,
  -- The zone and the calendar with which the plan's civil times became instants.
  zone text not null,
  calendar_version text not null,
  -- Keyed hash over the mapped set: what an approval binds to.
  content_hash bytea,
  created_at timestamptz not null,
  prepared_by text[] not null default '{}',
  approved_by text[] not null default '{}',
  released_at timestamptz,
  suspended_at timestamptz,
  stopped_at timestamptz,
  sending_at timestamptz,
  ended_at timestamptz
);
create unique index flows_by_drop on flows (drop_id) where origin = 'drop';
create index flows_by_institution on flows (institution_id, id);
create index flows_by_account on flows (account, id)
  where released_at is not null and stopped_at is null;

create table source_records (
  flow_id bigint not null,
  record integer not null,
  line integer not null,
  institution_id integer not null,
  -- message: the state of its first message decides. Else final.
  fate text not null check (fate in ('message', 'refused', 'duplicate', 'skipped')),
  notice_id bigint,
  message_id bigint,
  -- Key and refusals: they quote the record, so they are sealed.
  sealed bytea,
  -- What the source has been told last; null: nothing yet.
  reported text,
  primary key (flow_id, record)
);

create sequence notice_ids as bigint increment by 1000;
create sequence message_ids as bigint increment by 1000;

create table notices (
  id bigint primary key,
  institution_id integer not null,
  series_id integer not null,
  key_hash bytea not null,
  group_hash bytea,
  state text not null check (state in ('open', 'settled', 'cancelled', 'expired')),
  -- The flow whose record made it, or changed it last.
  flow_id bigint not null,
  mapping_version_id integer not null,
  service text not null,
  content_hash bytea not null,
  matter_hash bytea not null,
  fiscal_code_hash bytea not null,
  customer_hash bytea,
  document_hash bytea,
  emission text,
  due_at timestamptz,
  amount_cents bigint,
  sealed bytea not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  ended_at timestamptz
);
alter table notices alter column sealed set storage external;
create unique index notices_by_key on notices (institution_id, series_id, key_hash);
create index notices_by_group on notices (institution_id, series_id, group_hash)
  where group_hash is not null;

create table messages (
  id bigint primary key,
  institution_id integer not null,
  flow_id bigint not null,
  notice_id bigint not null,
  purpose text not null check (purpose in ('first', 'reminder', 'campaign', 'errata', 'test')),
  -- Which text of the mapping: 0 the first message, then its reminders in order.
  template smallint not null,
  send_at timestamptz not null,
  -- The civil time that `send_at` was resolved from; null when it means "at once".
  civil_at timestamp,
  state text not null check (state in ('waiting', 'claimed', 'sending', 'sent', 'undeliverable',
    'rejected', 'held', 'uncertain', 'cancelled', 'recorded')),
  -- Keyed hash of what was rendered and checked by `map`, in every language.
  text_hash bytea not null,
  fence bigint,
  attempts smallint not null default 0,
  -- Stable code of why it is where it is: a hold's reason, a refusal of IO.
  code text,
  detail text,
  io_id text,
  sent_at timestamptz,
  closed_at timestamptz,
  delivery text,
  track_at timestamptz,
  tracked smallint not null default 0
);
create index messages_by_notice on messages (notice_id);
create index messages_by_flow on messages (flow_id);
create index messages_due on messages (flow_id, send_at) where state = 'waiting';
create index messages_open_first on messages (flow_id)
  where purpose = 'first' and state in ('waiting', 'claimed', 'sending');
create index messages_in_flight on messages (flow_id) where state in ('claimed', 'sending');
create index messages_to_track on messages (track_at) where track_at is not null;

-- Append-only. The id is monotone; the send journal names it before its first byte leaves.
create table attempts (
  id bigint generated always as identity primary key,
  institution_id integer not null,
  message_id bigint not null,
  flow_id bigint not null,
  account text not null,
  service text not null,
  fence bigint not null,
  started_at timestamptz not null
);
create index attempts_by_message on attempts (message_id);

-- Append-only: what became of an attempt. A late acceptance is a second row, and wins.
create table attempt_outcomes (
  attempt_id bigint not null,
  institution_id integer not null,
  at timestamptz not null,
  outcome text not null check (outcome in
    ('accepted', 'undeliverable', 'rejected', 'deferred', 'uncertain')),
  code text,
  http_status smallint,
  io_id text
);
create index attempt_outcomes_by_attempt on attempt_outcomes (attempt_id);

-- A service that a person must mend (a refused key): nothing of it is sent meanwhile.
create table service_pauses (
  institution_id integer not null references institutions,
  service text not null,
  since timestamptz not null,
  code text not null,
  detail text not null,
  primary key (institution_id, service)
);

create table reference_rows (
  institution_id integer not null,
  reference text not null,
  key_hash bytea not null,
  drop_id bigint not null,
  sealed bytea not null,
  primary key (institution_id, reference, key_hash)
);

-- What the source was told: one report a drop, then supplements.
create table write_backs (
  drop_id bigint not null references drops,
  number integer not null,
  institution_id integer not null,
  written_at timestamptz not null,
  records bigint not null,
  -- Every first message had ended: nothing more follows.
  final boolean not null,
  primary key (drop_id, number)
);

-- Mails to staff, written with the event they tell of. Counts and names of files only.
create table staff_mails (
  id bigint generated always as identity primary key,
  institution_id integer not null references institutions,
  recipients text[] not null,
  subject text not null,
  body text not null,
  created_at timestamptz not null,
  sent_at timestamptz,
  failure text
);
create index staff_mails_to_send on staff_mails (id) where sent_at is null;
create index acts_by_subject on acts (subject, id);
