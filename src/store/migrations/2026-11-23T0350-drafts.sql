-- What offices write themselves, without any source: single messages and lots. Each is the origin of
-- one drop, whose key is this row's; who wrote it is its preparer.
create table writings (
  id bigint generated always as identity primary key,
  institution_id integer not null references institutions,
  kind text not null check (kind in ('message', 'lot')),
  -- The drop's and, of a message, the notice's: an idempotency key, or one of our own.
  key text not null,
  -- Keyed hash of what was asked for: the same key for something else is a mistake.
  content_hash bytea not null,
  service text not null,
  -- Of a lot: the mapping that was composed for it. Of a message: the built-in one.
  mapping_version_id integer not null references mapping_versions,
  -- Of a lot, as its office calls it; of a message nothing.
  title text not null,
  actor text not null,
  origin text not null,
  -- First messages leave no sooner; null: as soon as they may.
  leaves_at timestamptz,
  created_at timestamptz not null,
  unique (institution_id, kind, key)
);

-- What is being composed, and sample files that are looked at: sealed, and gone after `expires_at`.
create table drafts (
  id bigint generated always as identity primary key,
  institution_id integer not null references institutions,
  kind text not null check (kind in ('lot', 'sample')),
  person_id bigint not null,
  service text,
  title text not null,
  sealed bytea not null,
  file_sealed bytea,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  expires_at timestamptz not null
);
create index drafts_of_institution on drafts (institution_id, kind, id);
create index drafts_by_end on drafts (expires_at);
