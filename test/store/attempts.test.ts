import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/domain/outcome.ts'
import type { ClaimedMessage, SendLog } from '../../src/pipeline/send/one.ts'
import { openSendLog } from '../../src/store/attempts.ts'
import { openPool, type Pool } from '../../src/store/database.ts'
import type { Lease } from '../../src/store/leases.ts'
import { openSendJournal, type SendJournal } from '../../src/store/send-journal.ts'
import { ACCOUNT, children, type Installation, openInstallation } from '../installation.ts'

const LEASE = `account/${ACCOUNT}`
const now = () => Temporal.Now.instant()

let here: Installation
let directory: string
let journal: SendJournal
let pool: Pool
let flow: number

beforeAll(async () => {
  here = await openInstallation()
  directory = await mkdtemp(join(tmpdir(), 'staffetta-attempts-'))
  pool = openPool({ url: here.databaseUrl }, 4)
  journal = await openSendJournal(pool, directory)
  flow = await here.drop(children(6))
})

afterAll(async () => {
  await pool.end()
  await journal.close()
  await rm(directory, { recursive: true })
  await here[Symbol.asyncDispose]()
})

beforeEach(async () => {
  await here.query(`update messages set state = 'waiting', fence = null, attempts = 0, code = null,
    io_id = null, closed_at = null, track_at = null, delivery = null where purpose = 'first'`)
  await here.query('delete from attempt_outcomes')
  await here.query('delete from attempts')
})

function logOf(lease: Lease): SendLog {
  return openSendLog(pool, journal, ACCOUNT, lease, now)
}

/** Holds the account's lease as one process does, with so many messages claimed. */
async function holding<T>(
  claims: number,
  work: (log: SendLog, claimed: ClaimedMessage[], lease: Lease) => Promise<T>,
): Promise<T> {
  const done = await here.app.store.leases.hold(LEASE, async (lease) => {
    await here.app.store.messages.recover(ACCOUNT, lease, [], now())
    const claimed = await here.app.store.messages.claim(ACCOUNT, lease, claims, now())
    return { result: await work(logOf(lease), claimed, lease) }
  })
  if (done === null) throw new Error('another process holds the lease')
  return done.result
}

/** Another process takes the account over: the lease has run out meanwhile. */
async function takenOver<T>(work: (log: SendLog, lease: Lease) => Promise<T>): Promise<T> {
  await here.query(`update leases set expires_at = '-infinity'`)
  const other = await here.another()
  const done = await other.store.leases.hold(LEASE, async (lease) => {
    await other.store.messages.recover(ACCOUNT, lease, [], now())
    return { result: await work(logOf(lease), lease) }
  })
  if (done === null) throw new Error('the lease was not free')
  return done.result
}

function target({ id, institutionId, flowId, service }: ClaimedMessage) {
  return { messageId: id, institutionId, flowId, service }
}

function ended(
  message: ClaimedMessage,
  attemptId: number | null,
  outcome: Outcome,
  state: 'sent' | 'waiting' | 'uncertain',
) {
  const { id: messageId, institutionId } = message
  const at = now()
  const rest = { httpStatus: 201, sendAt: null, trackAt: null, counts: state !== 'waiting', at }
  return { attemptId: attemptId as number, messageId, institutionId, outcome, state, ...rest }
}

const accepted: Outcome = { kind: 'accepted', ioId: '01AAAAAAAAAAAAAAAAAAAAAAAA' }
const lost: Outcome = { kind: 'uncertain', code: 'IO_ANSWER_LOST', detail: 'ECONNRESET' }

async function states(): Promise<string[]> {
  return (await here.firsts(flow)).map(({ state }) => state).sort()
}

describe('an attempt', () => {
  it('is a row and a line of the journal, with message and fence, once begun', async () => {
    await holding(2, async (log, [one, two], lease) => {
      const ids = await Promise.all([log.begin(target(one!)), log.begin(target(two!))])
      const rows = await here.query(
        'select id::int, message_id::int, fence::int, account, service from attempts order by id',
      )
      expect(rows).toEqual(
        [one, two].map((message, index) => ({
          id: ids[index],
          message_id: message?.id,
          fence: lease.token,
          account: ACCOUNT,
          service: 'mensa',
        })),
      )
      const lines = (await readFile(join(directory, 'send-journal.log'), 'utf8')).trim().split('\n')
      const named = lines.slice(-2).map((line) => line.split(' ').slice(1, 3).map(Number))
      expect(named).toEqual([one, two].map((message, index) => [ids[index], message?.id]))
    })
  })

  it('cannot be begun for a message that was not claimed, nor twice for one that was', async () => {
    await holding(1, async (log, [claimed]) => {
      const all = await here.query<{ id: number }>('select id::int from messages')
      const other = all.find(({ id }) => id !== claimed?.id)
      expect(await log.begin({ ...target(claimed!), messageId: other!.id })).toBe(null)
      expect(await log.begin(target(claimed!))).not.toBe(null)
      expect(await log.begin(target(claimed!))).toBe(null)
    })
  })

  it.each([
    [
      'its flow was suspended',
      'update flows set suspended_at = now()',
      'update flows set suspended_at = null',
    ],
    [
      'its flow was stopped',
      'update flows set stopped_at = now()',
      'update flows set stopped_at = null',
    ],
    [
      'its notice was settled',
      `update notices set state = 'settled'`,
      `update notices set state = 'open'`,
    ],
    [
      'its notice was changed',
      'update notices set flow_id = flow_id + 1',
      'update notices set flow_id = flow_id - 1',
    ],
  ])('cannot be begun once %s after the claim', async (_, change, back) => {
    await holding(1, async (log, [message]) => {
      if (message === undefined) throw new Error('nothing was claimed')
      await here.query(change)
      const whileSo = await log.begin(target(message))
      await here.query(back)
      expect(whileSo).toBeNull()
      expect(await log.begin(target(message))).toBeGreaterThan(0)
    })
  })

  it('cannot be begun for a message that an earlier holder claimed', async () => {
    const left = await holding(1, async (_, [one]) => one!)
    const { leases } = here.app.store
    const begun = await leases.hold(LEASE, async (lease) => ({
      attempt: await logOf(lease).begin(target(left)),
    }))
    expect(begun).toEqual({ attempt: null })
  })

  it('cannot be begun by a holder whose lease was taken over, or has run out', async () => {
    await holding(2, async (log, [one, two]) => {
      await here.query(`update leases set expires_at = clock_timestamp()`)
      expect(await log.begin(target(one!))).toBe(null)
      await takenOver(async () => {
        expect(await log.begin(target(two!))).toBe(null)
      })
    })
    expect(await here.query('select from attempts')).toEqual([])
  })
})

describe('a take-over', () => {
  it('makes claimed messages wait again, and those being sent uncertain', async () => {
    await holding(3, async (log, [one]) => {
      const attempt = await log.begin(target(one!))
      await takenOver(async () => {
        expect(await states()).toEqual([...Array(1).fill('uncertain'), ...Array(5).fill('waiting')])
        const rows = await here.query('select attempt_id::int, outcome, code from attempt_outcomes')
        expect(rows).toEqual([
          { attempt_id: attempt, outcome: 'uncertain', code: 'HOLD_SENDER_GONE' },
        ])
      })
    })
  })

  it('leaves alone what it has itself begun', async () => {
    await holding(2, async (log, [one], lease) => {
      await log.begin(target(one!))
      expect(await here.app.store.messages.recover(ACCOUNT, lease, [], now())).toEqual({
        waiting: 0,
        uncertain: 0,
      })
    })
  })

  it('lets the old holder claim and give back nothing more', async () => {
    await holding(2, async (log, [one], lease) => {
      await takenOver(async (_, fresh) => {
        const { messages } = here.app.store
        expect(await messages.claim(ACCOUNT, lease, 10, now())).toEqual([])
        const again = await messages.claim(ACCOUNT, fresh, 10, now())
        expect(again).toHaveLength(6)
        await log.end({ id: one!.id, state: 'held', code: 'LATE', detail: null, sendAt: null })
        expect(await states()).toEqual(Array(6).fill('claimed'))
      })
    })
  })

  it('sends again what was under way where the feed says so, and says that it was', async () => {
    await holding(1, async (log, [one]) => {
      await log.begin(target(one!))
      await here.query(`update leases set expires_at = '-infinity'`)
      const other = await here.another()
      await other.store.leases.hold(LEASE, async (lease) => {
        const resending = [{ institution: 'comune-di-esempio', feed: 'mensa' }]
        const recovered = await other.store.messages.recover(ACCOUNT, lease, resending, now())
        expect(recovered).toEqual({ waiting: 1, uncertain: 0 })
      })
    })
    expect(await states()).toEqual(Array(6).fill('waiting'))
    expect(await here.query('select outcome from attempt_outcomes')).toEqual([
      { outcome: 'uncertain' },
    ])
  })
})

describe('the outcome of an attempt', () => {
  it('that comes late and accepts wins over uncertain, and its flow is closed anew', async () => {
    await holding(6, async (log, claimed) => {
      const ids = await Promise.all(claimed.map((message) => log.begin(target(message))))
      await takenOver(async () => {
        await here.app.store.flows.sending([flow], now())
        await here.app.store.flows.closeEnded(ACCOUNT, now())
        const before = await here.app.store.flows.get(flow)
        expect(before).toMatchObject({ state: 'incomplete', reason: 'uncertain' })
        await Promise.all(
          claimed.map((message, n) => log.finish(ended(message, ids[n]!, accepted, 'sent'))),
        )
        expect(await states()).toEqual(Array(6).fill('sent'))
        const due = await here.app.store.messages.accountsWithWork(now())
        expect(due).toEqual([ACCOUNT])
        expect(await here.app.store.flows.closeEnded(ACCOUNT, now())).toEqual([flow])
        const after = await here.app.store.flows.get(flow)
        expect(after).toMatchObject({ state: 'sent', reason: null })
      })
    })
  })

  it('that comes late and accepts wins over the decision to send it again', async () => {
    await holding(1, async (log, [one]) => {
      const attempt = await log.begin(target(one!))
      await takenOver(async () => {
        const decision = { ioId: null, note: null, actor: 'anna', origin: 'cli' }
        const [decided] = await here.app.decide([one!.id], { ...decision, as: 'resend' })
        expect(decided?.because).toBeNull()
        await log.finish(ended(one!, attempt, accepted, 'sent'))
        const first = (await here.firsts(flow)).find(({ id }) => id === one!.id)
        expect(first?.state).toBe('sent')
      })
    })
  })

  it.each(['waiting', 'uncertain'] as const)(
    'that comes late and is %s moves nothing',
    async (s) => {
      await holding(1, async (log, [one]) => {
        const attempt = await log.begin(target(one!))
        await takenOver(async () => {
          await log.finish(ended(one!, attempt, lost, s))
          const [first] = await here.query<{ state: string; code: string }>(
            'select state, code from messages where id = $1',
            [one!.id],
          )
          expect(first).toEqual({ state: 'uncertain', code: 'HOLD_SENDER_GONE' })
        })
      })
    },
  )

  it('that does not count gives the attempt back, and its row stays', async () => {
    await holding(1, async (log, [one]) => {
      const attempt = await log.begin(target(one!))
      const deferred: Outcome = {
        kind: 'deferred',
        code: 'IO_RATE',
        detail: '429',
        scope: 'account',
        retryAfterSeconds: 3,
        counts: false,
      }
      await log.finish(ended(one!, attempt, deferred, 'waiting'))
      const first = (await here.firsts(flow)).find(({ id }) => id === one!.id)
      expect(first).toMatchObject({ state: 'waiting', attempts: 0, code: 'IO_RATE' })
      expect(await here.query('select from attempts')).toHaveLength(1)
    })
  })

  it('is written in one commit with those that end in the same turn', async () => {
    await holding(6, async (log, claimed) => {
      const ids = await Promise.all(claimed.map((message) => log.begin(target(message))))
      await Promise.all(
        claimed.map((message, n) => log.finish(ended(message, ids[n]!, accepted, 'sent'))),
      )
      const commits = await here.query('select distinct xmin::text from attempt_outcomes')
      expect(commits).toHaveLength(1)
    })
  })
})
