-- How many, by what can be asked of it, exact at every moment: of messages and of records. No row
-- of these tables tells of a person, and what is deleted elsewhere stays counted.

alter table messages
  -- As its notice had them when it was made.
  add column emission text,
  add column has_payment boolean not null default false,
  -- When it was learnt that IO has put it into the citizen's inbox.
  add column processed_at timestamptz;
update messages m set emission = n.emission, has_payment = n.amount_cents is not null
  from notices n where n.id = m.notice_id
    and (n.emission is not null or n.amount_cents is not null);

-- What has been folded, and below what has not: a count is the sum of both. Written are only new
-- rows, so that two writers never wait for each other; whoever folds them has a lease.
create table counts (
  institution_id integer not null,
  flow_id bigint not null,
  -- `record`, or the purpose of a message.
  kind text not null,
  -- Of a record its fate. What the sender has in its hands counts as `waiting`.
  state text not null,
  -- Why, where the state says that it did not go: '' else.
  code text not null,
  -- What IO says of it: '' before it was accepted.
  delivery text not null,
  is_read boolean not null,
  is_paid boolean not null,
  has_payment boolean not null,
  -- '': it has none.
  emission text not null,
  -- Of a message that has ended, when it left or ended, in its flow's zone; of others -infinity. Of a
  -- record, when its flow was made.
  day date not null,
  n bigint not null,
  -- From IO's acceptance to the inbox, of those that are there.
  seconds bigint not null,
  primary key (flow_id, kind, state, code, delivery, is_read, is_paid, has_payment, emission, day)
);
create table count_changes (like counts);
create index count_changes_by_flow on count_changes (flow_id);
-- Its rows die soon after they are born.
alter table count_changes set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create function count_made_messages() returns trigger language plpgsql as $$
begin
  insert into count_changes
    select institution_id, flow_id, purpose,
      case when state in ('claimed', 'sending') then 'waiting' else state end as state,
      case when state in ('undeliverable', 'rejected', 'held', 'uncertain', 'cancelled')
        then coalesce(code, '') else '' end as code,
      coalesce(delivery, ''), read_at is not null, paid_at is not null, has_payment,
      coalesce(emission, ''),
      case when state in ('sent', 'undeliverable', 'rejected', 'cancelled', 'recorded')
        then coalesce((coalesce(sent_at, closed_at) at time zone
          (select zone from flows where id = m.flow_id))::date, '-infinity')
        else '-infinity' end as day,
      count(*), coalesce(sum(extract(epoch from processed_at - sent_at))::bigint, 0)
    from made m group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;
  return null;
end $$;
create trigger messages_made after insert on messages
  referencing new table as made for each statement execute function count_made_messages();

create function count_moved_messages() returns trigger language plpgsql as $$
begin
  insert into count_changes
    select institution_id, flow_id, purpose,
      case when state in ('claimed', 'sending') then 'waiting' else state end as state,
      case when state in ('undeliverable', 'rejected', 'held', 'uncertain', 'cancelled')
        then coalesce(code, '') else '' end as code,
      coalesce(delivery, ''), read_at is not null, paid_at is not null, has_payment,
      coalesce(emission, ''),
      case when state in ('sent', 'undeliverable', 'rejected', 'cancelled', 'recorded')
        then coalesce((coalesce(sent_at, closed_at) at time zone
          (select zone from flows where id = m.flow_id))::date, '-infinity')
        else '-infinity' end as day,
      sum(times),
      coalesce(sum(times * round(extract(epoch from processed_at - sent_at)))::bigint, 0)
    from (select *, 1 as times from changed union all select *, -1 from was) m
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    having sum(times) <> 0
      or sum(times * round(extract(epoch from processed_at - sent_at))) <> 0;
  return null;
end $$;
create trigger messages_moved after update on messages
  referencing old table as was new table as changed
  for each statement execute function count_moved_messages();

create function count_made_records() returns trigger language plpgsql as $$
begin
  insert into count_changes
    select r.institution_id, r.flow_id, 'record', r.fate, r.code, '', false, false, false, '',
      coalesce((select (created_at at time zone zone)::date from flows where id = r.flow_id),
        '-infinity'), r.n, 0
    from (select institution_id, flow_id, fate, coalesce(code, '') as code, count(*) as n
      from made group by 1, 2, 3, 4) r;
  return null;
end $$;
create trigger records_made after insert on source_records
  referencing new table as made for each statement execute function count_made_records();

-- Few ever change: those that waited for a row of a reference. What else is deleted stays counted.
create function count_moved_record() returns trigger language plpgsql as $$
begin
  insert into count_changes
    select r.institution_id, r.flow_id, 'record', r.fate, coalesce(r.code, ''), '', false, false,
      false, '', coalesce((select (created_at at time zone zone)::date from flows
        where id = r.flow_id), '-infinity'), r.n, 0
    from (select old.institution_id, old.flow_id, old.fate, old.code, -1 as n union all
      select new.institution_id, new.flow_id, new.fate, new.code, 1 where tg_op = 'UPDATE') r;
  return null;
end $$;
create trigger records_moved after update of fate, code on source_records
  for each row when (old.fate is distinct from new.fate or old.code is distinct from new.code)
  execute function count_moved_record();
create trigger records_taken after delete on source_records
  for each row when (old.fate = 'waiting') execute function count_moved_record();

insert into counts
  select institution_id, flow_id, purpose,
    case when state in ('claimed', 'sending') then 'waiting' else state end as state,
    case when state in ('undeliverable', 'rejected', 'held', 'uncertain', 'cancelled')
      then coalesce(code, '') else '' end as code,
    coalesce(delivery, ''), read_at is not null, paid_at is not null, has_payment,
    coalesce(emission, ''),
    case when state in ('sent', 'undeliverable', 'rejected', 'cancelled', 'recorded')
      then coalesce((coalesce(sent_at, closed_at) at time zone
        (select zone from flows where id = m.flow_id))::date, '-infinity')
      else '-infinity' end as day,
    count(*), 0
  from messages m group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11;
insert into counts
  select r.institution_id, r.flow_id, 'record', r.fate, r.code, '', false, false, false, '',
    coalesce((select (created_at at time zone zone)::date from flows where id = r.flow_id),
      '-infinity'), r.n, 0
  from (select institution_id, flow_id, fate, coalesce(code, '') as code, count(*) as n
    from source_records group by 1, 2, 3, 4) r;
create index counts_by_day on counts (institution_id, day);
