// The subscriptions feed at work: read day by day in turn with the other calls, and what it saves.
// Invariant: a set that is not whole up to yesterday decides nothing; then profiles are asked.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ordinaryGroups } from '../../src/domain/io-groups.ts'
import { createOutage, createPace } from '../../src/domain/pace.ts'
import { createIoClient, type IoClient } from '../../src/io/client.ts'
import type { SendService } from '../../src/pipeline/send/one.ts'
import { reachOf } from '../../src/pipeline/send/reach.ts'
import {
  lastWholeDay,
  readFeeds,
  type SubscriptionsPorts,
} from '../../src/pipeline/send/subscriptions.ts'
import { createTurns } from '../../src/pipeline/send/turn.ts'
import type { AccountSession } from '../../src/pipeline/send.ts'
import type { SandboxFault } from '../../src/sandbox/fault.ts'
import type { SandboxCall } from '../../src/sandbox/gateway.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import type { Group, SandboxService } from '../../src/sandbox/services.ts'
import {
  child,
  children,
  configure,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'
import { clientOptions, serviceAt, tester } from '../io/given.ts'
import { comune, type GivenStore, givenStore } from '../store/given.ts'

const feedGroups: Group[] = [...ordinaryGroups, 'ApiSubscriptionsFeedRead']
const isFeed = ({ path }: SandboxCall) => path.startsWith('/subscriptions-feed/')
const problem = (status: number, title: string): SandboxFault => ({
  answer: {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({ status, title, detail: '' }),
  },
})

describe('reading the feed', () => {
  /** The third day of the feed's data has just ended. */
  const start = Temporal.Instant.from('2020-03-27T00:00:30Z')
  const codes = ['AAAAAA00A00A111A', 'BBBBBB00A00A111A', 'CCCCCC00A00A111A']
  const [early = '', late = '', never = ''] = codes

  let given: GivenStore
  let sandbox: Sandbox
  let io: IoClient
  let service: SendService
  let ports: SubscriptionsPorts
  let clock = start
  let fault: (call: SandboxCall) => SandboxFault | null = () => null
  let asked: string[] = []
  let pauses: string[] = []
  let tests = 0

  beforeAll(async () => {
    given = await givenStore()
    sandbox = await startSandbox({
      now: () => clock.epochMilliseconds,
      callsPerWindow: 0,
      population: { notOnIo: 1 },
      keys: {
        'canary-key': { service: 'tari', account: 'a', groups: feedGroups },
      },
      fault(call) {
        asked.push(call.path)
        return fault(call)
      },
    })
    io = createIoClient(clientOptions)
    clock = Temporal.Instant.from('2020-03-24T12:00:00Z')
    sandbox.stateCitizen(early, {})
    clock = Temporal.Instant.from('2020-03-26T23:59:59Z')
    sandbox.stateCitizen(late, {})
  })
  afterAll(async () => {
    await io.close()
    await sandbox.stop()
    await given.close()
  })

  beforeEach(() => {
    clock = start
    fault = () => null
    asked = []
    pauses = []
    // Each test has a service of its own in the store; for IO all of them are one.
    service = serviceAt(sandbox.url, { institution: comune, service: `tari-${tests++}` })
    ports = {
      readers: (account) => (account === service.account ? [service] : []),
      feed: {
        ...given.store.subscriptions,
        refuse: (refused, code, askAt) =>
          given.store.subscriptions.refuse(refused, { code, askAt, notify: ['a@b.it'] }, clock),
      },
      io,
      services: { pause: async (_, code) => void pauses.push(code) },
      now: () => clock,
      monotonic: () => performance.now(),
      log: { info() {} },
    }
  })

  function sessionOf(account = 'esempio', signal = new AbortController().signal): AccountSession {
    const pace = createPace(0, 5)
    const turns = createTurns(pace, { ...ports, sleep: async () => {} }, signal)
    const outage = createOutage()
    const told = { account: { name: account, windowSeconds: 5 }, pace, outage, turns, signal }
    return told as AccountSession
  }

  const read = (limit = 100, session = sessionOf()) => readFeeds(session, limit, ports)
  const through = async () => (await ports.feed.progress(service)).through?.toString() ?? null
  const subscribed = (code: string) =>
    given.store.subscriptions.find(service, code, lastWholeDay(clock))

  it('replays every day since the first, in order, and asks no day twice', async () => {
    expect(await read()).toBe(3)
    expect(asked).toEqual(
      ['2020-03-24', '2020-03-25', '2020-03-26'].map((day) => `/subscriptions-feed/${day}`),
    )
    expect(await Promise.all(codes.map(subscribed))).toEqual([true, true, false])
    expect(await read()).toBe(0)
    clock = clock.add({ hours: 24 })
    expect(await subscribed(early)).toBeNull()
    expect(await read()).toBe(1)
    expect(await subscribed(early)).toBe(true)
    expect(asked).toHaveLength(4)
  })

  it('goes on where it was stopped, however few calls there are', async () => {
    for (const day of ['2020-03-24', '2020-03-25', '2020-03-26']) {
      expect(await subscribed(early)).toBeNull()
      expect(await read(1)).toBe(1)
      expect(await through()).toBe(day)
    }
    expect(await read(1)).toBe(0)
    expect(await subscribed(late)).toBe(true)
  })

  it('asks a day again that was answered and never applied, as after a kill', async () => {
    const { apply } = ports.feed
    ports.feed.apply = async () => {
      throw new Error('the database is gone')
    }
    await expect(read()).rejects.toThrow('the database is gone')
    ports.feed.apply = apply
    expect(await through()).toBeNull()
    await read()
    expect(asked.filter((path) => path.endsWith('2020-03-24'))).toHaveLength(2)
    expect(await Promise.all(codes.map(subscribed))).toEqual([true, true, false])
  })

  it('makes no call for another account, with no calls left, or when it is stopping', async () => {
    const stopped = AbortSignal.abort()
    expect(await read(100, sessionOf('altro'))).toBe(0)
    expect(await read(0)).toBe(0)
    expect(await read(100, sessionOf('esempio', stopped))).toBe(0)
    expect(asked).toEqual([])
  })

  it.each<[string, SandboxFault, string, number]>([
    ['a day that IO does not have yet', problem(404, 'Data not available yet'), '', 60],
    ['a permission that is missing', problem(403, 'You are not allowed here'), '', 86_400],
    ['a day in HTML', { answer: { status: 200, body: '<html>' } }, '', 3_600],
    ['a fault of IO', problem(500, 'Internal server error'), '', 300],
    ['a limit', { answer: { status: 429, headers: { 'x-rate-limit-retry-after': '3' } } }, '', 3],
    ['a refused key', { answer: { status: 401 } }, 'IO_KEY', 300],
  ])('%s ends the reading, which waits before it asks again', async (_, answer, pause, seconds) => {
    fault = ({ path }) => (path.endsWith('2020-03-25') ? answer : null)
    expect(await read()).toBe(2)
    expect(await through()).toBe('2020-03-24')
    expect(pauses.join()).toBe(pause)
    clock = clock.add({ seconds: seconds - 1 })
    expect(await read()).toBe(0)
    fault = () => null
    clock = clock.add({ seconds: 1 })
    await read()
    expect(await through()).toBe(lastWholeDay(clock).toString())
    expect(await subscribed(late)).toBe(true)
  })

  it('asks nothing for the other services when IO fails for one', async () => {
    const other = { ...service, service: `tari-${tests++}` }
    ports.readers = () => [service, other]
    fault = () => problem(500, 'Internal server error')
    expect(await read()).toBe(1)
    fault = () => null
    expect(await read()).toBe(3)
    expect(await given.store.subscriptions.find(other, early, lastWholeDay(clock))).toBe(true)
    expect(await through()).toBeNull()
  })

  describe('tells who can be written to', () => {
    const reach = (code: string, languages = 1) =>
      reachOf(service, code, languages, sessionOf(), {
        ...ports,
        io,
        findSubscribed: given.store.subscriptions.find,
      })
    const profiles = () => asked.filter((path) => path === '/profiles').length

    it('without a call, when the message has one language', async () => {
      await read()
      expect(await reach(early)).toEqual({ allowed: true, languages: [] })
      expect(profiles()).toBe(0)
    })

    it('by the profile, when the message has several', async () => {
      await read()
      expect(await reach(early, 2)).toMatchObject({ allowed: true, languages: ['it_IT'] })
      expect(profiles()).toBe(1)
    })

    it('by its last day alone, for whoever is not in it', async () => {
      await read()
      expect(await reach(never, 2)).toEqual({
        allowed: false,
        outcome: {
          kind: 'undeliverable',
          code: 'not-subscribed',
          detail: expect.stringContaining('2020-03-26'),
        },
      })
      expect(profiles()).toBe(0)
    })

    it('by the profile, for a colleague who tests', async () => {
      await read()
      expect(await reach(tester)).toMatchObject({ allowed: true })
      expect(profiles()).toBe(1)
    })

    it('by a profile asked anew for each message', async () => {
      for (let message = 1; message <= 3; message++) {
        await reach(early)
        expect(profiles()).toBe(message)
      }
    })

    it('by the profile, while a day is missing', async () => {
      await read(2)
      expect(await reach(late)).toMatchObject({ allowed: true })
      expect(await reach(never)).toMatchObject({ outcome: { code: 'no-profile' } })
      expect(profiles()).toBe(2)
    })
  })
})

describe('an account with the feed', () => {
  const yesterday = lastWholeDay(Temporal.Now.instant())
  const keys = (groups: readonly Group[]): Record<string, SandboxService> =>
    Object.fromEntries(
      ['canteen', 'water'].map((name) => [
        `key-of-the-${name}-service`,
        {
          service: name,
          account: 'comune',
          maxAllowedPaymentAmount: 1_000_000,
          groups,
        },
      ]),
    )

  let here: Installation
  let clock: number | null = null

  /** One language, so that nobody needs to be asked which; `on` citizens are on IO since then. */
  async function open(groups: readonly Group[], languages: Record<string, unknown>, on: number) {
    here = await openInstallation({
      account: { subscriptionsFeed: true },
      sandbox: {
        keys: keys(groups),
        population: { notOnIo: 1 },
        now: () => clock ?? Date.now(),
      },
      configuration: { 'comune-di-esempio/mappings/mensa.yaml': languages },
    })
    clock = yesterday.toZonedDateTime('UTC').epochMilliseconds
    for (let n = 0; n < on; n++) here.playground.sandbox.stateCitizen(parent(n), {})
    clock = null
    // As if read until three days ago; the sandbox has nothing of the years before.
    for (const service of ['mensa', 'acqua']) {
      const day = yesterday.subtract({ days: 3 })
      const nothing = { subscriptions: [], unsubscriptions: [] }
      const name = { institution: INSTITUTION, service }
      await here.app.store.subscriptions.apply(name, day, nothing)
    }
  }
  afterEach(async () => {
    await here[Symbol.asyncDispose]()
  })

  const italian = {
    'notice.subject': { it: 'Mensa scolastica: il conto di {{ mese }}' },
    'notice.markdown': {
      it: `Il conto della mensa di {{ mese }} è disponibile. ${'Si paga in app. '.repeat(6)}`,
    },
    reminders: [],
  }

  async function reconfigure(file: string, values: Record<string, unknown>) {
    await configure(here.playground.configDirectory, { [file]: values })
    await here.reopen()
  }

  const subscribers = async () => (await here.query('select 1 from subscribers')).length

  function callsMade() {
    const { total, profile, submit, status } = here.playground.sandbox.truth.calls
    return { profile, submit, feed: total - profile - submit - status }
  }

  async function endsOf(flow: number) {
    const ended = (await here.firsts(flow)).map(({ state, code }) =>
      `${state} ${code ?? ''}`.trim(),
    )
    const byEnd = Object.groupBy(ended, (end) => end)
    return Object.fromEntries(Object.entries(byEnd).map(([end, all]) => [end, all?.length]))
  }

  it('sends a flow with one call for each reachable citizen and each day', async () => {
    await open(feedGroups, italian, 24)
    const flow = await here.drop(children(40))
    await here.send()
    expect(await endsOf(flow)).toEqual({ sent: 24, 'undeliverable not-subscribed': 16 })
    expect(callsMade()).toEqual({ profile: 0, submit: 24, feed: 2 * 3 })
    expect(await here.app.tendSubscriptions()).toEqual([])
  })

  it('asks the profiles of the reachable alone when a message has two languages', async () => {
    await open(feedGroups, {}, 6)
    const flow = await here.drop(children(10))
    await here.send()
    expect(await endsOf(flow)).toEqual({ sent: 6, 'undeliverable not-subscribed': 4 })
    expect(callsMade()).toMatchObject({ profile: 6, submit: 6 })
  })

  it('reports whom the feed does not name, and keeps the day that said so', async () => {
    await open(feedGroups, italian, 0)
    const flow = await here.drop([child(1)])
    await here.send()
    const report = (await Array.fromAsync(here.app.reportOf(flow, 'csv'))).join('')
    expect(report).toContain(';undeliverable;not-subscribed;')
    const [kept] = await here.query<{ detail: string }>(
      'select detail from messages where flow_id = $1 and code is not null',
      [flow],
    )
    expect(kept?.detail).toContain(yesterday.toString())
  })

  it('asks profiles when a day is missing, and reads it in spare calls later', async () => {
    await open(feedGroups, italian, 3)
    const missing = `/subscriptions-feed/${yesterday.toString()}`
    here.answer(({ path }) => (path === missing ? problem(500, 'Internal server error') : null))
    const flow = await here.drop(children(5))
    await here.send()
    expect(await endsOf(flow)).toEqual({ sent: 3, 'undeliverable no-profile': 2 })
    expect(callsMade()).toMatchObject({ profile: 5, submit: 3 })
    here.answer(() => null)
    await here.query(`update subscription_feeds set ask_at = now() - interval '1 second'`)
    expect(await here.app.tendSubscriptions()).toEqual(['esempio'])
    await here.send()
    expect(await here.app.tendSubscriptions()).toEqual([])
  })

  it('that IO does not grant asks profiles, and says so once for each service', async () => {
    await open(ordinaryGroups, italian, 3)
    const mails = async () => {
      await here.app.mail()
      return here.playground.mails
        .map(({ subject }) => subject)
        .filter((subject) => subject.startsWith('Feed delle iscrizioni'))
        .sort()
    }
    const flow = await here.drop(children(5))
    await here.send()
    expect(await endsOf(flow)).toEqual({ sent: 3, 'undeliverable no-profile': 2 })
    expect(callsMade()).toMatchObject({ profile: 5, feed: 2 })
    expect(await here.app.store.pauses.list()).toEqual([])
    const once = ['acqua', 'mensa'].map((name) => `Feed delle iscrizioni non letto: ${name}`)
    expect(await mails()).toEqual(once)
    await here.query(`update subscription_feeds set ask_at = now() - interval '1 second'`)
    await here.send()
    expect(callsMade()).toMatchObject({ feed: 4 })
    expect(await mails()).toEqual(once)
  })

  it('that no longer wants it forgets what it had', async () => {
    await open(feedGroups, italian, 3)
    await here.send()
    expect(await here.app.tendSubscriptions()).toEqual([])
    expect(await subscribers()).toBe(2 * 3)
    await reconfigure('staffetta.yaml', { 'accounts.esempio.subscriptionsFeed': false })
    expect(await here.app.tendSubscriptions()).toEqual([])
    expect(await subscribers()).toBe(0)
  })

  it('reads nothing for a service in dry-run, and keeps what it had', async () => {
    await open(feedGroups, italian, 3)
    await here.send()
    const modes = { 'services.acqua.mode': 'dry-run', 'services.mensa.mode': 'dry-run' }
    await reconfigure('comune-di-esempio/institution.yaml', modes)
    await here.query('update subscription_feeds set through = through - 1')
    const { feed } = callsMade()
    expect(await here.app.tendSubscriptions()).toEqual([])
    await here.send()
    expect(callsMade().feed).toBe(feed)
    expect(await subscribers()).toBe(2 * 3)
  })

  it('reads each day once for each service, with its own key', async () => {
    await open(feedGroups, italian, 0)
    const seen: string[] = []
    here.answer((call) => {
      if (isFeed(call)) seen.push(`${call.method} ${call.key} ${call.path.slice(-10)}`)
      return null
    })
    await here.send()
    const days = [2, 1, 0].map((back) => yesterday.subtract({ days: back }).toString())
    const asked = (key: string) => days.map((day) => `GET key-of-the-${key}-service ${day}`)
    expect(seen).toEqual([...asked('water'), ...asked('canteen')])
  })
})
