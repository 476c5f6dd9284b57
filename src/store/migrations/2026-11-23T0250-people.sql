-- Who signs in to the console, as what, and their sessions. Passwords as argon2id in PHC form;
-- of tokens and sessions only hashes.
create table people (
  id integer generated always as identity primary key,
  -- The actor of their acts: who also acts from the command line has the same name there.
  login text not null unique,
  name text not null,
  email text,
  language text check (language in ('it', 'en')),
  -- Null: they sign in by OpenID Connect alone.
  password text,
  totp_sealed bytea,
  -- At their provider of OpenID Connect: `issuer subject`.
  subject text unique,
  created_at timestamptz not null,
  disabled_at timestamptz,
  signed_in_at timestamptz
);

create table grants (
  person_id integer not null references people,
  institution_id integer not null references institutions,
  role text not null check (role in
    ('viewer', 'operator', 'approver', 'configurator', 'administrator', 'auditor')),
  -- Null: of all services.
  services text[],
  primary key (person_id, institution_id, role)
);

create table sessions (
  token_hash bytea primary key,
  person_id integer not null references people,
  -- What each form of the session carries.
  csrf text not null,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  -- When they last showed that it is they: password, code or provider.
  proved_at timestamptz not null,
  address text not null,
  agent text not null,
  -- Said on the next page that they see.
  said text
);
create index sessions_by_person on sessions (person_id);
