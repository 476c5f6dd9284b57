-- Programs that use the API: what each may do, and what each asked for with a key. Of tokens only
-- hashes are kept; a revoked one stays listed, and its name is not given again.
create table api_tokens (
  id integer generated always as identity primary key,
  institution_id integer not null references institutions,
  name text not null,
  token_hash bytea not null unique,
  -- Its last characters, to tell it from others.
  ending text not null,
  permissions text[] not null,
  -- Null: of all services.
  services text[],
  created_at timestamptz not null,
  created_by text not null,
  expires_at timestamptz,
  used_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  unique (institution_id, name)
);

-- What was answered to a request that makes something: kept as long as what it made.
create table api_requests (
  institution_id integer not null references institutions,
  key text not null,
  -- Keyed hash of what was asked for.
  fingerprint bytea not null,
  -- SHA-256 of the file that came with it; null: none did.
  content bytea,
  began_at timestamptz not null,
  -- Null: it is being done.
  status integer,
  answer jsonb,
  primary key (institution_id, key)
);
