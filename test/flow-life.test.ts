// The life of flows, model-based: people suspend, resume, stop, approve, send back and edit at
// random moments of a sending, and time passes, on the real store; a model of a few lines says what
// should be. In this database an illegal move of a message fails, whatever statement makes it; one
// of a flow fails in every test.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { afterOutcome } from '../src/domain/after-outcome.ts'
import type { Asked, Decided } from '../src/domain/decision.ts'
import { difference } from '../src/domain/flow-account.ts'
import type { MessageState } from '../src/domain/message.ts'
import type { Outcome } from '../src/domain/outcome.ts'
import type { Approval } from '../src/domain/release-check.ts'
import { type Resolution, resolutions } from '../src/domain/resolution.ts'
import { openSendLog } from '../src/store/attempts.ts'
import { transaction } from '../src/store/database.ts'
import { pauseInstallation } from '../src/store/installation.ts'
import { openSendJournal } from '../src/store/send-journal.ts'
import { settleNotices } from '../src/store/settlements.ts'
import * as model from './flow-life/model.ts'
import { plannedOnce } from './flow-life/planned-once.ts'
import { addFlow, INSTITUTION, look, newLetter, type Seen } from './flow-life/town.ts'
import { type GivenStore, givenStore, now as noon } from './store/given.ts'
import { guardMessages } from './store/legal-moves.ts'

const RUNS = 1_000
const PEOPLE = ['anna', 'bruno', 'carla'] as const
const NOTICES = 3

type Act = 'suspend' | 'resume' | 'stop' | 'send-back' | 'recheck'

type Step =
  | { kind: Act | 'look' | 'ask'; flow: number }
  | { kind: 'approve'; flow: number; person: number }
  | { kind: 'change' | 'reword' | 'withdraw'; which: number }
  | { kind: 'begin' | 'give-back' | 'hold'; which: number }
  | { kind: 'finish'; which: number; outcome: Outcome }
  | { kind: 'resolve'; which: number; as: Resolution }
  | { kind: 'claim' | 'close' | 'take-over' | 'halt' | 'go-on' | 'later' | 'next-day' | 'sweep' }

const kinds = <K extends Step['kind']>(...names: K[]) => fc.constantFrom(...names)
const flow = fc.nat(2)
const which = fc.nat(11)
const deferred = { kind: 'deferred', detail: 'HTTP 429', retryAfterSeconds: null } as const
const outcome = fc.constantFrom<Outcome>(
  { kind: 'accepted', ioId: '01BBBBBBBBBBBBBBBBBBBBBBBB' },
  { kind: 'accepted', ioId: '01CCCCCCCCCCCCCCCCCCCCCCCC' },
  { kind: 'uncertain', code: 'IO_ANSWER_LOST', detail: 'ECONNRESET' },
  { kind: 'rejected', code: 'IO_PAYLOAD', detail: 'HTTP 400' },
  { kind: 'rejected', code: 'IO_PAYLOAD', detail: 'HTTP 413' },
  { ...deferred, code: 'IO_RATE', scope: 'account', counts: false },
  { ...deferred, code: 'IO_FEATURE', scope: 'feature', counts: true, feature: { name: 'payee' } },
)
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: kinds('suspend', 'resume', 'stop'), flow }) },
  { weight: 2, arbitrary: fc.record({ kind: kinds('send-back', 'recheck'), flow }) },
  { weight: 4, arbitrary: fc.record({ kind: kinds('look', 'look', 'ask'), flow }) },
  { weight: 6, arbitrary: fc.record({ kind: kinds('approve'), flow, person: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ kind: kinds('change', 'reword', 'withdraw'), which }) },
  { weight: 8, arbitrary: fc.record({ kind: kinds('claim', 'claim', 'close', 'take-over') }) },
  { weight: 8, arbitrary: fc.record({ kind: kinds('begin'), which }) },
  { weight: 7, arbitrary: fc.record({ kind: kinds('finish'), which, outcome }) },
  { weight: 3, arbitrary: fc.record({ kind: kinds('give-back', 'hold'), which }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kinds('resolve'), which, as: fc.constantFrom(...resolutions) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kinds('halt', 'go-on', 'sweep') }) },
  { weight: 3, arbitrary: fc.record({ kind: kinds('later', 'next-day') }) },
) as fc.Arbitrary<Step>
const approval = fc.constantFrom<Approval>('none', 'none', 'one', 'four-eyes')

let given: GivenStore
let directory: string
let journal: Awaited<ReturnType<typeof openSendJournal>>
beforeAll(async () => {
  given = await plannedOnce(await givenStore())
  await guardMessages(given.pool)
  await given.store.feeds.schedule(INSTITUTION, 'tributi', noon)
  directory = await mkdtemp(join(tmpdir(), 'staffetta-lives-'))
  journal = await openSendJournal(given.pool, directory)
})
afterAll(async () => {
  await journal.close()
  await given.close()
  await rm(directory, { recursive: true })
})

test('nothing leaves of what people have stopped, and every move is legal', async () => {
  const property = fc.asyncProperty(
    approval,
    fc.boolean(),
    fc.array(step, { minLength: 6, maxLength: 22, size: 'max' }),
    (terms, isPrepared, steps) => live(terms, isPrepared ? ['anna'] : [], steps),
  )
  await fc.assert(property, { numRuns: RUNS })
  // That these runs have met what they are about, and how often.
  expect(Object.fromEntries(tally)).toEqual(
    Object.fromEntries(MET.map((what) => [what, expect.toSatisfy((n: number) => n >= LEAST_MET)])),
  )
}, 600_000)

/** Of the rarest some twenty are usual. */
const LEAST_MET = 3
const MET = [
  ...['begun', 'begun, but stopped', 'begun, but suspended'],
  ...['accepted after the stop', 'deferred after the stop', 'uncertain after the stop'],
  ...['rejected after the stop', 'approval given', 'approval refused'],
  ...['reworded after it had begun', 'reworded before it began'],
  ...['approval refused, since its time was over', 'expired', 'expired when approved'],
  ...['suspend', 'resume', 'stop', 'send-back', 'recheck'].flatMap((act) => [
    ...[`${act} done`, `${act} refused`],
  ]),
]

const tally = new Map<string, number>()

function met(what: string | false): void {
  if (what !== false) tally.set(what, (tally.get(what) ?? 0) + 1)
}

interface Life {
  model: model.Model
  account: string
  now: Temporal.Instant
  token: number
  /** Tracked flows, the first of them first. */
  flows: number[]
  approval: Approval
  seen: Seen
  /** The digest that a person has looked at, by flow. */
  looked: Map<number, string>
  /** Attempts that were begun, by message, with the token of their holder. */
  attempts: Map<number, { id: number; token: number }>
  /** The bill of each notice. */
  letters: Map<number, number>
}

let lives = 0

/** One life: approved and claimed at first in most cases, since little happens before. */
async function live(terms: Approval, prepared: string[], steps: readonly Step[]): Promise<void> {
  const life: Life = {
    ...{ model: model.emptyModel(), account: `conto-${++lives}`, approval: terms },
    ...{ now: noon, token: 0, flows: [], looked: new Map(), attempts: new Map() },
    ...{ letters: new Map(), seen: { flows: new Map(), messages: new Map() } },
  }
  const letters = Array.from({ length: NOTICES }, newLetter)
  await bring(life, letters, prepared)
  const usual: Step[] = [
    { kind: 'look', flow: 0 },
    { kind: 'approve', flow: 0, person: 1 },
    { kind: 'approve', flow: 0, person: 2 },
    { kind: 'take-over' },
    { kind: 'claim' },
    { kind: 'begin', which: 1 },
    { kind: 'begin', which: 1 },
  ]
  // Nothing; it is approved; some is claimed; some is in flight.
  const beginning = usual.slice(0, [0, 3, 5, 7][steps.length % 4])
  try {
    for (const one of [...beginning, ...steps]) await play(life, one)
  } finally {
    await given.pool.query(BURY, [life.flows])
  }
}

async function play(life: Life, one: Step): Promise<void> {
  const before = life.seen
  const begun = await perform(life, one)
  life.seen = await look(given, life.flows)
  const faults = model.faultsOf(life.model, before, life.seen, begun)
  expect(faults, JSON.stringify(one)).toEqual([])
  for (const id of movedFlows(before, life.seen)) {
    expect(difference(await given.store.flows.account(id)), JSON.stringify(one)).toBe(0)
  }
}

/** What sweeps of every flow would find of it in the next life. */
const BURY = `
  with resumed as (
    update installation set paused_because = null where paused_because is not null)
  update flows set approve_by = null, is_stopping = false
  where id = any($1) and (approve_by is not null or is_stopping)`

/** Flows of which anything has moved: their accounts are counted anew. */
function movedFlows(before: Seen, after: Seen): Set<number> {
  const moved = [...after.messages.values()].filter(
    ({ id, state }) => before.messages.get(id)?.state !== state,
  )
  return new Set(moved.map(({ flowId }) => flowId))
}

/** A flow of these bills comes, and is asked for its approval where it needs one. */
async function bring(
  life: Life,
  notices: readonly Parameters<typeof addFlow>[2][number][],
  prepared: string[],
): Promise<void> {
  const id = await addFlow(given, life.account, notices, life.now)
  await given.pool.query('update flows set prepared_by = $2 where id = $1', [id, prepared])
  life.flows.push(id)
  life.model.flows.set(id, model.added(life.approval, prepared))
  life.seen = await look(given, life.flows)
  const own = [...life.seen.messages.values()].filter(({ flowId }) => flowId === id)
  const noticeIds = [...new Set(own.map(({ noticeId }) => noticeId))]
  noticeIds.forEach((noticeId, n) => {
    life.model.owner.set(noticeId, id)
    life.model.closed.delete(noticeId)
    life.letters.set(noticeId, (notices[n] as { letter: number }).letter)
  })
  await ask(life, id)
}

async function ask(life: Life, id: number): Promise<void> {
  const flow = life.model.flows.get(id) as model.ModelFlow
  if (life.approval === 'none') return
  await given.store.approvals.ask(id, termsOf(life), () => mail, life.now)
  model.ask(flow, secondsOf(life))
}

const mail = { recipients: [], subject: '', body: '' }

const termsOf = ({ approval: terms }: Life) => ({
  ...{ approval: terms, approvalHours: model.APPROVAL_HOURS },
})

const secondsOf = ({ now }: Life) => now.epochMilliseconds / 1000

/** Does it, and expects what the model says; answers the message that has begun. */
async function perform(life: Life, one: Step): Promise<number | null> {
  if ('flow' in one) await ofFlow(life, one)
  else if ('which' in one) return ofMessage(life, one)
  else await ofSender(life, one.kind)
  return null
}

async function ofFlow(life: Life, one: Extract<Step, { flow: number }>): Promise<void> {
  const id = life.flows[one.flow % life.flows.length] as number
  const flow = life.model.flows.get(id) as model.ModelFlow
  switch (one.kind) {
    case 'look':
      life.looked.set(id, (await given.store.approvals.standing(id)).digest)
      flow.looked = flow.version
      return
    case 'ask':
      return ask(life, id)
    case 'approve':
      return approve(life, id, PEOPLE[one.person] as string)
    default:
      return act(life, id, one.kind)
  }
}

async function act(life: Life, id: number, kind: Act): Promise<void> {
  const flow = life.model.flows.get(id) as model.ModelFlow
  const should = model.shouldDo(life.model, life.seen, kind, id, secondsOf(life))
  const decided = await acts[kind](id, { actor: 'anna', origin: 'cli', note: 'prova' }, life.now)
  expect(decided.kind, `${kind} ${id} ${JSON.stringify(decided)}`).toBe(should ? 'done' : 'refused')
  met(`${kind} ${should ? 'done' : 'refused'}`)
  if (!should) return
  if (kind === 'stop') flow.isStopped = true
  if (kind === 'send-back') model.shelve(flow)
  if (kind === 'stop' || kind === 'suspend' || kind === 'resume') {
    flow.isSuspended = kind === 'suspend'
  }
  if (kind !== 'recheck') return
  flow.isShelved = false
  if (!flow.prepared.includes('anna')) flow.prepared.push('anna')
  await ask(life, id)
}

const acts: Record<Act, (id: number, asked: Asked, now: Temporal.Instant) => Promise<Decided>> = {
  suspend: (id, asked, now) => given.store.flowLives.suspend(id, asked, now),
  resume: (id, asked, now) => given.store.flowLives.resume(id, asked, now),
  stop: (id, asked, now) => given.store.flowLives.stop(id, { ...asked, atMost: null }, now),
  'send-back': (id, asked, now) => given.store.approvals.sendBack(id, asked, () => mail, now),
  recheck: (id, asked, now) => given.store.approvals.reopen(id, asked, now),
}

async function approve(life: Life, id: number, actor: string): Promise<void> {
  const flow = life.model.flows.get(id) as model.ModelFlow
  const { store } = given
  const who = { actor, origin: 'cli', note: null }
  if (life.approval === 'none') {
    const should = !flow.isReleased && !flow.isStopped && !flow.isShelved
    const done = await store.flows.release(id, { ...who, verb: 'approved', detail: {} }, life.now)
    expect(done).toBe(should)
    if (should) flow.isReleased = true
    return
  }
  const now = secondsOf(life)
  const should = model.shouldApprove(life.model, life.seen, id, actor, now)
  const digest = life.looked.get(id) ?? 'f'.repeat(64)
  const said = { ...who, digest, recipients: null, notBefore: null, blocking: [], mailOfMore: mail }
  const decided = await store.approvals.approve(id, { ...said, terms: termsOf(life) }, life.now)
  expect(decided.kind, `approve by ${actor}: ${JSON.stringify(decided)}`).toBe(
    should ? 'done' : 'refused',
  )
  met(`approval ${should ? 'given' : 'refused'}`)
  const isOver = decided.kind === 'refused' && decided.because === 'expired' && !flow.isShelved
  met(isOver && 'approval refused, since its time was over')
  if (should) model.approve(life.model, life.seen, id, actor, now)
}

const aptStates: Partial<Record<Step['kind'], MessageState[]>> = {
  begin: ['claimed'],
  finish: ['sending', 'sending', 'uncertain', 'waiting'],
  'give-back': ['claimed'],
  hold: ['claimed'],
  resolve: ['held', 'uncertain'],
}

async function ofMessage(
  life: Life,
  one: Extract<Step, { which: number }>,
): Promise<number | null> {
  const all = [...life.seen.messages.values()]
  const apt = all.filter(({ state }) => aptStates[one.kind]?.includes(state) ?? true)
  // Now and then also one for which it makes no sense.
  const among = apt.length === 0 || one.which === 0 ? all : apt
  const message = among[one.which % among.length]
  if (message === undefined) return null
  const { id, noticeId } = message
  switch (one.kind) {
    case 'change':
    case 'reword':
      await edit(life, noticeId, one.kind === 'reword')
      return null
    case 'withdraw':
      await transaction(given.pool, (tx) => settleNotices(tx, [noticeId], life.now))
      life.model.closed.add(noticeId)
      return null
    case 'resolve': {
      const decision = { as: one.as, ioId: null, note: null, actor: 'anna', origin: 'cli' }
      await given.store.resolutions.decide([id], decision, life.now, async () => Buffer.of(1))
      return null
    }
    case 'begin': {
      const should = model.mayBegin(life.model, message, life.token)
      const target = { messageId: id, institutionId: 1, flowId: message.flowId, service: 'tributi' }
      const attempt = await logOf(life, life.token).begin(target)
      expect(attempt !== null, `begin ${JSON.stringify(message)}`).toBe(should)
      const { isStopped, isSuspended } = life.model.flows.get(message.flowId) as model.ModelFlow
      met(
        should ? 'begun' : isStopped ? 'begun, but stopped' : isSuspended && 'begun, but suspended',
      )
      if (attempt === null) return null
      life.attempts.set(id, { id: attempt, token: life.token })
      return id
    }
    case 'finish': {
      const attempt = life.attempts.get(id)
      if (attempt === undefined) return null
      const end = endOf(life, id, attempt.id, one.outcome)
      const { isStopped } = life.model.flows.get(message.flowId) as model.ModelFlow
      if (isStopped && message.state === 'sending') met(`${one.outcome.kind} after the stop`)
      await logOf(life, attempt.token).finish(end)
      return null
    }
    default: {
      const held = { state: 'held', code: 'HOLD_SERVICE' } as const
      const waiting = { state: 'waiting', code: null } as const
      const end = { id, ...(one.kind === 'hold' ? held : waiting), detail: null, sendAt: null }
      await logOf(life, life.token).end(end)
      return null
    }
  }
}

/** A later drop says something else of the bill, or only words it otherwise. */
async function edit(life: Life, noticeId: number, isSilent: boolean): Promise<void> {
  const letter = life.letters.get(noticeId) as number
  const notice = { letter, noticeId, isSilent }
  if (!isSilent) {
    if (life.flows.length < 3) await bring(life, [notice], [])
    return
  }
  const changed = [...life.seen.messages.values()].filter(
    (message) => message.noticeId === noticeId && ['waiting', 'held'].includes(message.state),
  )
  await addFlow(given, life.account, [notice], life.now)
  // Also those of a flow that the notice no longer belongs to, where they were claimed then.
  for (const [flowId, messages] of Map.groupBy(changed, (message) => message.flowId)) {
    const before = (life.model.flows.get(flowId) as model.ModelFlow).isReleased
    const ids = messages.map(({ id }) => id)
    model.reword(life.model, life.seen, flowId, ids)
    const { isReleased, approval: terms } = life.model.flows.get(flowId) as model.ModelFlow
    met(before && !isReleased && 'reworded before it began')
    met(before && isReleased && terms !== 'none' && 'reworded after it had begun')
  }
}

async function ofSender(life: Life, kind: Extract<Step, { kind: 'claim' }>['kind'] | string) {
  const { store, pool } = given
  switch (kind) {
    case 'claim': {
      const lease = leaseOf(life, life.token)
      const claimed = await store.messages.claim(life.account, lease, 4, life.now)
      const flows = new Set(claimed.map(({ flowId }) => flowId))
      return store.flows.sending([...flows], life.now)
    }
    case 'take-over':
      life.token += 1
      await pool.query(TAKE, [`account/${life.account}`, life.token])
      await store.messages.recover(life.account, leaseOf(life, life.token), [], life.now)
      return
    case 'close':
      return void (await store.flows.closeEnded(life.account, life.now))
    case 'halt':
      life.model.isHalted = true
      return transaction(pool, (tx) => pauseInstallation(tx, 'stopped', life.now))
    case 'go-on':
      life.model.isHalted = false
      await store.installation.resume({ actor: 'anna', origin: 'cli', at: life.now })
      return
    case 'next-day': {
      life.now = life.now.add({ hours: 24 })
      const isOver = model.over(life.model, life.seen, secondsOf(life))
      for (const flow of isOver) {
        met(flow.isReleased ? 'expired when approved' : 'expired')
        model.shelve(flow)
      }
      const mails = { expired: () => mail, ending: () => mail }
      const { expired } = await store.approvals.expire(mails, life.now)
      return void expect(expired).toBe(isOver.length)
    }
    case 'sweep':
      return void (await store.flowLives.finishStops(life.now))
    default:
      life.now = life.now.add({ hours: model.APPROVAL_HOURS + 1 })
  }
}

const TAKE = `insert into leases (name, owner, token, expires_at) values ($1, 'x', $2, 'infinity')
  on conflict (name) do update set token = excluded.token, expires_at = excluded.expires_at`

const forEver = { lost: new AbortController().signal, isHeld: () => true }

const leaseOf = ({ account }: Life, token: number) => ({
  ...{ name: `account/${account}`, token, ...forEver },
})

const logOf = (life: Life, token: number) =>
  openSendLog(given.pool, journal, life.account, leaseOf(life, token), () => life.now)

function endOf({ now }: Life, messageId: number, attemptId: number, said: Outcome) {
  const context = { now, attempts: 1, firstStatusCheckSeconds: 60, whenUncertain: 'hold' as const }
  const after = afterOutcome(said, context)
  return {
    ...after,
    attemptId,
    messageId,
    institutionId: 1,
    outcome: said,
    httpStatus: null,
    at: now,
  }
}
