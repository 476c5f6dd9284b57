// Faults planted on purpose into the simulated year: each breaks one promise about reminders. A
// year that does not notice them proves nothing.
import { createHash } from 'node:crypto'
import type pg from 'pg'
import type { Config } from '../../src/config/config.ts'
import { rome } from './days.ts'
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
  'no-summer-time': {
    what: 'an institution’s clocks stay in winter',
    shows: /^bollo-.* left at \S+T16:00:00Z; it is sent at \S+T17:00:00Z/,
  },
  'no-quiet-hours': {
    what: 'an institution forgets its quiet hours',
    shows: /^bollo-.* left at \S+T1[23]:00:00Z; it is sent at \S+T12:30:00Z/,
  },
  'no-holidays': {
    what: 'the institution forgets its patron saint and its closed days',
    shows: /should have left at 2028-08-21T07:30:00Z; it is sent at 2028-08-16T07:30:00Z/,
  },
  'no-first-of-may': {
    what: 'the campaign keeps no holidays',
    shows: /campaign of 2028-05-01.* left at 2028-05-02T07:00:00Z; it is sent at 2028-05-01T07:30/,
  },
  'outage-forgets': {
    what: 'what was due while nobody was at work is dropped',
    shows: /should have left at 2028-06-29T10:00:00Z; it is cancelled/,
  },
  'payments-unread': {
    what: 'no file of payments is read in autumn, and the canteen does not mind',
    shows: /^mensa-.* should have been cancelled at 2028-(09|1\d)-\S+: paid; it is sent/,
  },
  'stale-payments': {
    what: 'reminders rely on news of payments however old',
    shows: /should have left at 2028-05-29\S+; it is sent at 2028-05-2[456]/,
  },
  'payments-ignored': {
    what: 'of four emissions no payment closes anything',
    shows: /^mensa-[1-4]-.* cancelled at \S+: paid; it is sent/,
  },
  'io-unasked': {
    what: 'IO is not asked whether an emission was paid',
    shows: /^acqua-2-\d+: paid on IO at \S+, heard of never/,
  },
  'no-instalments': {
    what: 'the whole of a debt is not known to be its instalments',
    shows: /^tributi-1-.* cancelled at \S+: paid-whole; it is sent/,
  },
  'all-is-new': {
    what: 'a file that comes again is taken for a changed one',
    shows: /^acqua-1-\d+ 0 : planned 2 times, should be 1/,
  },
  'all-are-prompted': {
    what: 'the campaign looks at no due date',
    shows: /^mensa-\S+ 0 \d+: planned 1 times, should be 0/,
  },
  'silence-forgotten': {
    what: 'the wish not to be written to is lost',
    shows: /should have been cancelled at \S+: silent; it is sent/,
  },
  'pause-forgotten': {
    what: 'a service that was paused is not tried again',
    shows: /^bollo was mended at .* resumed: nothing/,
  },
  'two-a-day': {
    what: 'what waits may share its recipient’s day',
    shows: /more than one on/,
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
  const has = (plant: Plant) => planted.includes(plant)
  return { ...config, institutions: config.institutions.map((one) => arrange(one, has)) }
}

type Institution = Config['institutions'][number]
type Feed = Institution['feeds'][number]

function arrange(one: Institution, has: (plant: Plant) => boolean): Institution {
  const { quietHours: _, ...open } = one.calendar
  const calendar = has('no-quiet-hours') ? open : one.calendar
  const isAbroad = one.timeZone !== 'Europe/Rome'
  return {
    ...one,
    timeZone: has('no-summer-time') && isAbroad ? 'America/Panama' : one.timeZone,
    calendar: has('no-holidays') ? { ...calendar, patron: '01-01', closed: [] } : calendar,
    feeds: one.feeds.map((feed) => ({ ...feed, payments: paymentsOf(feed, has) })),
    campaigns: one.campaigns.map((campaign) => ({
      ...campaign,
      ...(has('all-are-prompted') && { select: { ...campaign.select, due: {} } }),
      ...(has('no-first-of-may') &&
        campaign.window && { window: { ...campaign.window, holidays: true } }),
    })),
  }
}

function paymentsOf({ id, payments }: Feed, has: (plant: Plant) => boolean) {
  if (has('payments-unread') && id === 'mensa') return []
  if (!has('stale-payments')) return payments
  return payments.map((source) => ({ ...source, maximumAgeHours: 720 }))
}

const once = (day: string) => rome(day, '12:00')

/** SQL: what happens to each row of a table before it is written, `new` from `old`. */
function trigger(table: string, body: string): string {
  const name = `planted_${createHash('sha256').update(body).digest('hex').slice(0, 12)}`
  return `create function ${name}() returns trigger language plpgsql as
      $$ begin ${body} return new; end $$;
    create trigger ${name} before insert or update on ${table}
      for each row execute function ${name}()`
}

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
  'outage-forgets': {
    at: once('2028-06-21'),
    sql: `update messages set state = 'cancelled', code = 'late', closed_at = send_at
      where state = 'waiting' and purpose = 'reminder' and send_at >= '2028-06-20T10:00:00Z'
        and send_at < '2028-06-29T10:00:00Z'`,
  },
  'payments-ignored': {
    at: once('2028-01-09'),
    sql: `${trigger(
      'notices',
      `if tg_op = 'UPDATE' and new.state = 'settled' and new.emission ~ '^mensa-[1-4]$'
        then return old; end if;`,
    )};
      ${trigger(
        'messages',
        `if new.state = 'cancelled' and new.code in ('settled', 'open') and
          (select emission from notices where id = new.notice_id) ~ '^mensa-[1-4]$'
          then return old; end if;`,
      )}`,
  },
  'io-unasked': {
    at: once('2028-04-02'),
    sql: trigger(
      'messages',
      `if new.delivery is not null and (select emission from notices where id = new.notice_id)
          = 'acqua-2' then new.track_at := null; end if;`,
    ),
  },
  'no-instalments': {
    at: once('2028-01-17'),
    sql: `update notices set group_hash = null where emission = 'tributi-1'`,
  },
  'all-is-new': {
    at: once('2028-01-25'),
    sql: `update notices set content_hash = '', matter_hash = '' where emission = 'acqua-1'`,
  },
  'silence-forgotten': {
    at: once('2028-01-02'),
    sql: `${trigger('do_not_contact', 'return null;')};
      ${trigger('messages', "if new.code = 'do-not-contact' then return old; end if;")}`,
  },
  'pause-forgotten': {
    at: once('2028-11-01'),
    sql: trigger('service_pauses', "new.try_at := '2029-06-01';"),
  },
  'two-a-day': {
    at: once('2028-01-02'),
    sql: trigger('messages', 'new.one_a_day := null;'),
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
