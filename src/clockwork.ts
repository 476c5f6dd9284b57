// The clockwork of a time lapse: what is due at an instant is done to its end, in the order of the
// stages and of ids, then the tables say which instant is next. A fault ends it all at once.
// Invariant: the clock stands still while anything is done, and never goes back.
import type { App } from './app.ts'
import { nextRun } from './domain/campaign.ts'

export interface Clockwork {
  now(): Temporal.Instant
  /** Does all that is due until this instant, each at its own, and stands there. */
  advanceTo(instant: Temporal.Instant): Promise<void>
  /** Lets time go by with nobody at work, as in an outage; what was due then is late. */
  skipTo(instant: Temporal.Instant): void
  /** Does what is due now. */
  settle(): Promise<void>
  /** Called after each instant at which anything was done. */
  onInstant(listener: Listener): void
}

type Listener = (instant: Temporal.Instant) => Promise<void> | void

/** Drops and flows looked at together. */
const TOGETHER = 100
/** Rounds of one stage at one instant, while each finds something to do. */
const MOST_ROUNDS = 1000
/** IO is asked what became of messages this often, and whenever anything else is done. */
const ASKING_MINUTES = 60
/** Drops that wait for others are looked at this often. */
const AWAITING_MINUTES = 5

const never = new AbortController().signal

export function createClockwork(
  app: App,
  clock: { now: Temporal.Instant },
  { writesBack }: { writesBack: boolean },
): Clockwork {
  /** Drops that wait for their companions, and until when. */
  const awaited = new Map<number, Temporal.Instant>()
  const listeners: Listener[] = []
  const campaigns = app.config.institutions.flatMap((one) =>
    one.campaigns.map(({ times }) => ({ times, zone: one.timeZone })),
  )
  /** Until when campaigns have been made; null: they are not known yet. */
  let madeUntil: Temporal.Instant | null = null
  let isPaused = true

  async function settle(): Promise<void> {
    if (isPaused) await app.probePaused()
    await untilNone(mapReceived)
    await makeCampaigns()
    await untilNone(release)
    await app.releaseFresh()
    await send()
    if (writesBack) await app.writeBack(never)
    for (const listener of listeners) await listener(clock.now)
  }

  async function untilNone(work: () => Promise<number>): Promise<void> {
    for (let rounds = 0; (await work()) > 0; rounds++) {
      if (rounds === MOST_ROUNDS) throw new Error(`the work of ${clock.now} does not end`)
    }
  }

  async function mapReceived(): Promise<number> {
    const { drops, waits } = app.store
    const received = await drops.waiting(TOGETHER)
    let mapped = 0
    for (const id of [...received, ...(await waits.due(clock.now, TOGETHER))]) {
      const until = awaited.get(id)
      if (until && isBefore(clock.now, until)) continue
      const result = await app.map(id)
      if (result?.kind === 'waiting') awaited.set(id, awaitedUntil(result.until))
      if (result?.kind !== 'mapped' && result?.kind !== 'failed') continue
      mapped += 1
      // Others may have waited for this one.
      awaited.clear()
    }
    return mapped
  }

  function awaitedUntil(until: Temporal.Instant): Temporal.Instant {
    const soon = clock.now.add({ minutes: AWAITING_MINUTES })
    return isBefore(until, soon) ? soon : until
  }

  async function makeCampaigns(): Promise<void> {
    const since = madeUntil
    const isDue = since === null || runsAfter(since).some((run) => !isBefore(clock.now, run))
    if (campaigns.length === 0 || !isDue) return
    await app.runCampaigns(never)
    madeUntil = clock.now
  }

  function runsAfter(instant: Temporal.Instant): Temporal.Instant[] {
    const runs = campaigns.map(({ times, zone }) => nextRun(times, zone, instant))
    return runs.filter((run) => run !== null)
  }

  async function release(): Promise<number> {
    let released = 0
    for (const id of await app.store.flows.awaitingRelease(TOGETHER)) {
      if (await app.release(id)) released += 1
    }
    return released
  }

  /** Each account sends until nothing of it is due. */
  async function send(): Promise<void> {
    for (const account of (await app.store.messages.accountsWithWork(clock.now)).sort()) {
      const sent = await app.send(account, never)
      if (sent === null) throw new Error(`somebody else sends for ${account}`)
    }
  }

  async function findNext(): Promise<Temporal.Instant | null> {
    const { work, question, ...agenda } = await app.store.agenda.next(clock.now)
    isPaused = agenda.isPaused
    const asking = question && nextAsking(question, clock.now)
    return [work, asking, ...awaited.values(), ...runsAfter(clock.now)]
      .filter((instant) => instant !== null)
      .filter((instant) => isBefore(clock.now, instant))
      .reduce<Temporal.Instant | null>(earlier, null)
  }

  function skipTo(instant: Temporal.Instant): void {
    if (isBefore(instant, clock.now)) throw new Error('time never goes back')
    clock.now = instant
  }

  return {
    now: () => clock.now,
    settle,
    skipTo,
    onInstant: (listener) => void listeners.push(listener),
    async advanceTo(instant) {
      await settle()
      for (;;) {
        const next = await findNext()
        if (next === null || isBefore(instant, next)) break
        clock.now = next
        await settle()
      }
      skipTo(instant)
    },
  }
}

function isBefore(one: Temporal.Instant, other: Temporal.Instant): boolean {
  return Temporal.Instant.compare(one, other) < 0
}

function earlier(first: Temporal.Instant | null, second: Temporal.Instant): Temporal.Instant {
  return first !== null && !isBefore(second, first) ? first : second
}

/** When IO is asked, of a question that has been due since, or will be. */
function nextAsking(due: Temporal.Instant, now: Temporal.Instant): Temporal.Instant {
  const since = Temporal.Instant.compare(due, now) > 0 ? due : now.add({ milliseconds: 1 })
  const step = ASKING_MINUTES * 60_000
  return Temporal.Instant.fromEpochMilliseconds(Math.ceil(since.epochMilliseconds / step) * step)
}
