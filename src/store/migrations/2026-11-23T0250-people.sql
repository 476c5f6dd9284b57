-- Who signs in to the console, as what, and their sessions. Passwords as argon2id in PHC form;
-- of tokens, links and codes only hashes.
create table people (
  id integer generated always as identity primary key,
  -- The actor of their acts: who also acts from the command line has the same name there.
  login text not null,
  name text not null,
  email text,
  language text check (language in ('it', 'en')),
  -- Null: they sign in by OpenID Connect alone.
  password text,
  totp_sealed bytea,
  -- The period of 30 seconds whose code was used last: none of it or before is taken again.
  totp_step bigint,
  -- At their provider of OpenID Connect: `issuer subject`.
  subject text unique,
  created_at timestamptz not null,
  disabled_at timestamptz,
  signed_in_at timestamptz,
  -- Failed sign-ins since the last that succeeded: told at the next one.
  failures integer not null default 0
);

-- Whether somebody is there does not hang on capital letters.
create unique index people_by_login on people (lower(login));

create table grants (
  person_id integer not null references people,
  institution_id integer not null references institutions,
  role text not null check (role in
    ('viewer', 'operator', 'approver', 'configurator', 'administrator', 'auditor')),
  -- Null: of all services.
  services text[],
  primary key (person_id, institution_id, role)
);

-- Instead of the code of a phone that is lost; each serves once.
create table recovery_codes (
  person_id integer not null references people,
  code_hash bytea not null,
  primary key (person_id, code_hash)
);

create table sessions (
  id bigint generated always as identity primary key,
  token_hash bytea not null unique,
  person_id integer not null references people,
  -- What each form of the session carries.
  csrf text not null,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  -- When they last showed that it is they: password, code or provider.
  proved_at timestamptz not null,
  address text not null,
  agent text not null,
  -- The institution whose pages they saw last.
  place text,
  -- Said on the next page that they see.
  said text
);
create index sessions_by_person on sessions (person_id);

-- Sign-ins that ended well, for who signs in to see whether they were theirs: the last of each.
create table past_sign_ins (
  id bigint generated always as identity primary key,
  person_id integer not null references people,
  at timestamptz not null,
  address text not null,
  agent text not null
);
create index past_sign_ins_by_person on past_sign_ins (person_id, id);

-- Links that serve once: by them somebody chooses a password, or becomes the first administrator.
create table people_links (
  token_hash bytea primary key,
  -- Null: whoever comes first.
  person_id integer references people,
  purpose text not null check (purpose in ('invitation', 'reset', 'first-run')),
  expires_at timestamptz not null
);

-- What a browser has begun and not ended yet: a password without its code, a way to a provider.
create table begun_sign_ins (
  mark_hash bytea primary key,
  sealed bytea not null,
  expires_at timestamptz not null
);

-- Who tried in vain, by keyed hashes of what they typed and whence: an account need not exist.
create table sign_in_failures (
  key_hash bytea primary key,
  failures integer not null,
  last_at timestamptz not null,
  -- Until then nothing is tried.
  closed_until timestamptz
);
