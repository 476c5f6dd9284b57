// Faults planted on purpose into the simulated year: each breaks one promise about reminders. A
// year that does not notice them proves nothing.
import type pg from 'pg'
import type { Config } from '../../src/config/config.ts'
import { dayOf, instantOf } from './days.ts'
import type { Happening } from './position.ts'

export const plants = {
  'lost-reminder': {
    what: 'a reminder that waits is deleted',
    shows: /planned 0 times, should be 1/,
  },
  'sent-again': {
    what: 'what has left in spring leaves a second time',
    shows: /IO accepted 1 more than the tables say/,
  },
  'minutes-early': {
    what: 'what waits is to leave seventeen minutes before its instant',
    shows: /should have left at .* it is sent at \S+T\d\d:13:00Z/,
  },
  'payments-unread': {
    what: 'no file of payments is read in autumn, and nobody minds',
    shows: /should have been cancelled at \S+: paid; it is sent/,
  },
  'two-a-day': {
    what: 'what waits may share its recipient’s day',
    shows: /more than one on/,
  },
  'no-holidays': {
    what: 'the institution forgets its patron saint and its closed days',
    shows: /should have left at 2028-08-21T07:30:00Z; it is sent at 2028-08-16T07:30:00Z/,
  },
  'lost-record': {
    what: 'a record vanishes from its flow',
    shows: /its account is off by/,
  },
} as const

export type Plant = keyof typeof plants

export function isPlant(name: string): name is Plant {
  return Object.hasOwn(plants, name)
}

/** What is otherwise in the configuration. */
export function arrangedBy(planted: readonly Plant[], config: Config): Config {
  const forgetsHolidays = planted.includes('no-holidays')
  const forgetsPayments = planted.includes('payments-unread')
  return {
    ...config,
    institutions: config.institutions.map((one) => ({
      ...one,
      calendar: forgetsHolidays ? { ...one.calendar, patron: '01-01', closed: [] } : one.calendar,
      feeds: one.feeds.map((feed) => (forgetsPayments ? { ...feed, payments: [] } : feed)),
    })),
  }
}

const once = (day: string) => instantOf('Europe/Rome', dayOf(day), 720)

/** When its SQL is run, once. */
const statements: Partial<Record<Plant, { at: number; sql: string }>> = {
  'lost-reminder': {
    at: once('2028-03-01'),
    sql: `delete from messages where id = (select min(id) from messages
      where state = 'waiting' and purpose = 'reminder')`,
  },
  'sent-again': {
    at: once('2028-05-12'),
    sql: `with again as (
        update messages set state = 'waiting', sent_at = null, closed_at = null
        where id = (select min(id) from messages where state = 'sent' and purpose = 'reminder'
          and template = 2 and notice_id in (select id from notices where state = 'open'))
        returning flow_id, send_at)
      insert into flow_wakes (flow_id, account, at)
      select flow_id, f.account, again.send_at from again join flows f on f.id = flow_id`,
  },
  'minutes-early': {
    at: once('2028-02-03'),
    sql: `update messages set send_at = send_at - interval '17 minutes'
      where state = 'waiting' and purpose = 'reminder' and id % 10 = 0`,
  },
  'two-a-day': {
    at: once('2028-01-02'),
    sql: `create function forget_days() returns trigger language plpgsql as
        $$ begin new.one_a_day := null; return new; end $$;
      create trigger forget_days before insert or update on messages
        for each row execute function forget_days()`,
  },
  'lost-record': {
    at: once('2028-12-20'),
    sql: `delete from source_records where (flow_id, record) = (
      select flow_id, record from source_records order by flow_id, record limit 1)`,
  },
}

/** Called before each happening; what it breaks, it breaks once. */
export function planter(planted: readonly Plant[], pool: pg.Pool) {
  const left = planted.flatMap((plant) => statements[plant] ?? [])
  return async (happening: Happening): Promise<'as usual' | 'not at all'> => {
    for (const [index, { at, sql }] of [...left.entries()].reverse()) {
      if (happening.at < at) continue
      left.splice(index, 1)
      await pool.query(sql)
    }
    const isUnread =
      planted.includes('payments-unread') &&
      happening.kind === 'file' &&
      happening.feed === 'incassi' &&
      happening.at >= once('2028-09-15')
    return isUnread ? 'not at all' : 'as usual'
  }
}
