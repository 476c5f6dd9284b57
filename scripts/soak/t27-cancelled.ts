// T27: people suspend, resume and stop flows and notices are paid, at any moment of the sending; a
// model of a few lines says what may still leave. After each act no more requests than there are
// connections, every message in a legal state, and the account of each flow closes.
import fc from 'fast-check'
import { difference } from '../../src/domain/flow-account.ts'
import type { SettlementRow } from '../../src/store/settlements.ts'
import type { IoCall } from '../simulate/io.ts'
import { type SoakOptions, type SoakResult, type SoakRun, sized } from './run.ts'
import { numberOf, openTimeless, type Sender, type Timeless, timesAccepted } from './timeless.ts'

const RUNS = 1_000
const FLOWS = 2
const NOTICES = 12
const CONNECTIONS = 4

export const run: SoakRun = {
  name: 'T27',
  title: 'flows suspended and stopped, notices paid, at any moment: C more requests at most',
  run: interrupt,
}

/** What may no longer leave, since when, and how many requests have left all the same. */
interface Ban {
  what: string
  covers(number: number): boolean
  left: number
}

interface Scene {
  here: Timeless
  /** Flow ids, and the first notice of each. */
  flows: { id: number; from: number }[]
  bans: Map<string, Ban>
}

type Act =
  | { kind: 'wait'; milliseconds: number }
  | { kind: 'suspend' | 'resume' | 'stop'; flow: number }
  | { kind: 'pay'; flow: number; notice: number }

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait'), milliseconds: fc.nat(800) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('suspend', 'resume', 'stop'),
      flow: fc.nat(FLOWS - 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pay'),
      flow: fc.nat(FLOWS - 1),
      notice: fc.nat(NOTICES - 1),
    }),
  },
) as fc.Arbitrary<Act>

async function interrupt(options: SoakOptions): Promise<SoakResult> {
  const { seed, share, databaseUrl, note } = options
  const runs = sized(RUNS, share, 10)
  const bans = new Map<string, Ban>()
  const answer = (call: IoCall) => {
    if (call.path === '/messages') countAgainst(bans, call)
    return null
  }
  const account = { connections: CONNECTIONS }
  await using here = await openTimeless({
    seed,
    databaseUrl,
    account,
    services: ['tributi'],
    answer,
  })
  let lives = 0
  const life = fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 8 }), async (acts) => {
    const scene = await open(here, bans, lives)
    lives += 1
    if (lives % 50 === 0) note(`${lives} of ${runs} lives`)
    await live(scene, acts)
  })
  const found = await fc.check(life, { numRuns: runs, seed, endOnFailure: true })
  const { sent = 0, uncertain = 0, ...others } = await here.states()
  const { truth } = here.io
  const accepted = timesAccepted(truth)
  return {
    lost: Math.max(0, sent - accepted.size),
    duplicated: truth.length - accepted.size,
    uncertain,
    inFlightMax: here.io.inFlightMax(),
    counts: { lives, sent, ...others },
    failures: found.failed ? [failureOf(found)] : [],
  }
}

function countAgainst(bans: Map<string, Ban>, call: IoCall): void {
  const { content } = JSON.parse(call.body) as { content: { subject: string } }
  const number = numberOf(content.subject)
  for (const ban of bans.values()) if (ban.covers(number)) ban.left += 1
}

async function open(here: Timeless, bans: Map<string, Ban>, life: number): Promise<Scene> {
  bans.clear()
  const flows: Scene['flows'] = []
  for (let n = 0; n < FLOWS; n += 1) {
    const from = 1 + (life * FLOWS + n) * NOTICES
    const id = await here.addFlow({ service: 'tributi', from, count: NOTICES })
    flows.push({ id, from })
  }
  return { here, flows, bans }
}

/** Throws, with a sentence, at the first thing that is not as promised. */
async function live(scene: Scene, acts: Act[]): Promise<void> {
  const { here, flows, bans } = scene
  const sender = here.startSending()
  try {
    for (const one of acts) {
      await perform(scene, one)
      await expectPromises(scene)
    }
    for (const flow of flows) await decide(here, 'resume', flow.id)
    for (const name of bans.keys()) if (name.startsWith('suspend')) bans.delete(name)
    await untilClosed(scene, sender)
    await expectPromises(scene)
  } finally {
    await sender.stop()
  }
}

async function perform({ here, flows, bans }: Scene, one: Act): Promise<void> {
  if (one.kind === 'wait') return here.clock.run(here.clock.now() + one.milliseconds)
  const flow = flows[one.flow] as (typeof flows)[number]
  const isOfFlow = (number: number) => number >= flow.from && number < flow.from + NOTICES
  const ban = (what: string, covers: Ban['covers']) => {
    if (!bans.has(what)) bans.set(what, { what, covers, left: 0 })
  }
  switch (one.kind) {
    case 'suspend':
      await decide(here, 'suspend', flow.id)
      return ban(`suspend ${flow.id}`, isOfFlow)
    case 'resume':
      await decide(here, 'resume', flow.id)
      bans.delete(`suspend ${flow.id}`)
      return
    case 'stop':
      await here.store.flowLives.stop(flow.id, { ...asked, atMost: null }, here.now())
      return ban(`stop ${flow.id}`, isOfFlow)
    case 'pay': {
      const paid = flow.from + one.notice
      await pay(here, String(paid))
      return ban(`pay ${paid}`, (number) => number === paid)
    }
  }
}

const asked = { actor: 'soak', origin: 'cli', note: 'T27' }

/** Refused where it makes no sense, which changes nothing. */
async function decide(here: Timeless, act: 'suspend' | 'resume', flowId: number): Promise<void> {
  await here.store.flowLives[act](flowId, asked, here.now())
}

async function pay(here: Timeless, key: string): Promise<void> {
  const { store, now } = here
  const place = { institution: 'comune', feed: 'pagamenti', maximumDropBytes: 1_000, notify: [] }
  const saved = await store.drops.save(place, { key: `paid-${key}-${now()}`, parts: [] }, now())
  if (saved === null) return
  const target = {
    institution: 'comune',
    series: ['tributi'],
    by: 'key' as const,
    rememberDays: 0,
    dropId: saved.id,
  }
  const summary = () => ({ refused: 0, rows: [] })
  await store.settlements.apply(target, rowsOf(key), summary, now())
}

async function* rowsOf(key: string): AsyncGenerator<SettlementRow[]> {
  yield [{ key, as: 'settled' }]
}

async function expectPromises({ here, flows, bans }: Scene): Promise<void> {
  for (const { what, left } of bans.values()) {
    if (left > CONNECTIONS) throw new Error(`${left} requests left after "${what}"`)
  }
  for (const { id } of flows) {
    const account = await here.store.flows.account(id)
    if (account.read !== NOTICES || difference(account) !== 0) {
      throw new Error(`the account of flow ${id} does not close: ${JSON.stringify(account)}`)
    }
  }
}

/** Every flow comes to its end, also one that was stopped. */
async function untilClosed({ here, flows }: Scene, sender: Sender): Promise<void> {
  const end = here.clock.now() + 3_600_000
  const ids = flows.map(({ id }) => id)
  while (here.clock.now() < end && !sender.hasFailed()) {
    await here.clock.run(here.clock.now() + 5_000)
    const open = await here.database.query(OPEN, [ids])
    if (open.length === 0) return
  }
  throw new Error('a flow does not end')
}

const OPEN = `select from messages
  where flow_id = any($1) and state in ('waiting', 'claimed', 'sending') limit 1`

function failureOf(found: fc.RunDetails<[Act[]]>): string {
  const acts = JSON.stringify(found.counterexample?.[0])
  const error = found.errorInstance
  return `${error instanceof Error ? error.message : String(error)}, with ${acts}.`
}
