import { readFileSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { difference } from '../../src/domain/flow-account.ts'
import type { SandboxFault } from '../../src/sandbox/fault.ts'
import type { SandboxCall } from '../../src/sandbox/gateway.ts'
import {
  child,
  children,
  configure,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'

const TESTER = 'AAAAAA00A00A000A'
const KEY = 'key-of-the-canteen-service'

const problem = (status: number, title: string, detail = ''): SandboxFault => ({
  answer: {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({ status, title, detail }),
  },
})

const gateway = (status: number, headers: Record<string, string> = {}): SandboxFault => ({
  answer: {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ statusCode: status, message: 'said by the gateway' }),
  },
})

const retryAfter = (seconds: string) => ({ 'x-rate-limit-retry-after': seconds })

const says = (status: number, body: string): SandboxFault => ({ answer: { status, body } })

const isSubmit = ({ path }: SandboxCall) => path === '/messages'
const isProfile = ({ path }: SandboxCall) => path === '/profiles'

/** Attempts of a message with what became of them, in order. */
function attemptsOf(here: Installation, messageId: number) {
  return here.query<{ outcome: string | null; code: string | null }>(
    `select o.outcome, o.code from attempts a left join attempt_outcomes o on o.attempt_id = a.id
     where a.message_id = $1 order by a.id, o.at`,
    [messageId],
  )
}

/** The lines of attempts: the first one says where the journal begins. */
function journalOf({ playground }: Installation): string[] {
  const path = join(playground.directory, 'data', 'send-journal.log')
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(1)
}

async function pauseMails(here: Installation): Promise<string[]> {
  await here.app.mail()
  const subjects = here.playground.mails.map((mail) => mail.subject)
  return subjects.filter((subject) => subject.startsWith('Servizio in pausa'))
}

async function stateCounts(here: Installation, flowId: number) {
  const firsts = await here.firsts(flowId)
  const byState = Object.groupBy(firsts, ({ state }) => state)
  return Object.fromEntries(Object.entries(byState).map(([state, all]) => [state, all.length]))
}

describe('what IO answers', () => {
  let here: Installation
  let month = 0

  beforeAll(async () => {
    here = await openInstallation()
  })
  afterAll(async () => {
    await here[Symbol.asyncDispose]()
  })
  afterEach(async () => {
    here.answer(() => null)
    await here.query('delete from service_pauses')
    await here.query('delete from service_limits')
    await here.query(`update messages set state = 'cancelled' where state = 'waiting'`)
  })

  /** One message on its way, and everything that can be seen of it afterwards. */
  async function sendOne(fault: (call: SandboxCall) => SandboxFault | null) {
    month += 1
    const mailsBefore = (await pauseMails(here)).length
    const flow = await here.drop([child(1, { month: `2026-${String(month).padStart(2, '0')}` })])
    here.answer(fault)
    await here.send()
    const [message] = await here.firsts(flow)
    const pauses = await here.app.store.pauses.list()
    const account = await here.app.store.flows.account(flow)
    return {
      seen: {
        state: message?.state,
        code: message?.code ?? null,
        attempts: message?.attempts,
        outcomes: (await attemptsOf(here, message?.id as number)).map(({ outcome }) => outcome),
        pause: pauses.map((pause) => pause.code).join() || null,
        mails: (await pauseMails(here)).length - mailsBefore,
      },
      flow: await here.app.store.flows.get(flow),
      difference: difference(account),
    }
  }

  const none = { attempts: 0, outcomes: [] as string[], pause: null, mails: 0 }
  const tried = { attempts: 1, pause: null, mails: 0 }

  it.each<[string, SandboxFault | null, object]>([
    [
      'a profile that does not exist closes the message',
      problem(404, 'Profile not found'),
      { ...none, state: 'undeliverable', code: 'no-profile' },
    ],
    [
      'a refused key at the profile pauses the service, with one mail',
      gateway(401),
      { ...none, state: 'waiting', code: 'IO_KEY', pause: 'IO_KEY', mails: 1 },
    ],
    [
      "the gateway's 404 is a wrong path, never a missing citizen",
      gateway(404),
      { ...none, state: 'waiting', code: 'IO_PATH', pause: 'IO_PATH', mails: 1 },
    ],
    [
      'a profile that IO fails to answer waits',
      problem(500, 'Internal server error'),
      { ...none, state: 'waiting', code: 'IO_PROFILE_FAULT' },
    ],
  ])('%s', async (_, fault, expected) => {
    const { seen, difference } = await sendOne((call) => (isProfile(call) ? fault : null))
    expect(seen).toEqual(expected)
    expect(difference).toBe(0)
    const { calls } = here.playground.sandbox.truth
    const before = calls.total
    await here.send()
    expect(calls.total).toBe(before)
  })

  it.each<[string, string, SandboxFault, string[]]>([
    ['a gateway that fails at the profile', '/profiles', says(503, '<html>'), ['accepted']],
    ['a profile whose answer is lost', '/profiles', { connection: 'reset-after' }, ['accepted']],
    ['a 429 at the profile', '/profiles', gateway(429, retryAfter('1')), ['accepted']],
    ['a 429', '/messages', gateway(429, retryAfter('1')), ['deferred', 'accepted']],
  ])('%s holds everybody back a moment, and counts for nobody', async (...given) => {
    const [, path, fault, outcomes] = given
    let isOver = false
    const { seen } = await sendOne((call) => {
      if (call.path !== path || isOver) return null
      isOver = true
      return fault
    })
    expect(seen).toEqual({ ...tried, state: 'sent', code: null, outcomes })
  })

  it('a citizen who switched the service off closes the message', async () => {
    here.playground.sandbox.stateCitizen(parent(1), { off: 'all' })
    const { seen, flow } = await sendOne(() => null)
    here.playground.sandbox.stateCitizen(parent(1), {})
    expect(seen).toEqual({ ...none, state: 'undeliverable', code: 'sender-blocked' })
    expect(flow.state).toBe('sent')
  })

  it.each<[string, SandboxFault | null, object, string]>([
    [
      '201 with an id is accepted',
      null,
      { ...tried, state: 'sent', code: null, outcomes: ['accepted'] },
      'sent',
    ],
    [
      '400 about the payload closes it, and shows it',
      problem(400, 'Invalid message structure'),
      { ...tried, state: 'rejected', code: 'IO_PAYLOAD', outcomes: ['rejected'] },
      'incomplete · errors',
    ],
    [
      'a forbidden recipient closes it',
      problem(403, 'Recipient forbidden'),
      { ...tried, state: 'rejected', code: 'IO_RECIPIENT_FORBIDDEN', outcomes: ['rejected'] },
      'incomplete · errors',
    ],
    [
      '401 pauses the service with one mail, and the attempt is given back',
      gateway(401),
      {
        state: 'waiting',
        code: 'IO_KEY',
        attempts: 0,
        outcomes: ['deferred'],
        pause: 'IO_KEY',
        mails: 1,
      },
      'sending',
    ],
    [
      '403 about the service pauses it with one mail, and does not count',
      problem(403, 'You are not allowed here'),
      {
        state: 'waiting',
        code: 'IO_FORBIDDEN',
        attempts: 0,
        outcomes: ['deferred'],
        pause: 'IO_FORBIDDEN',
        mails: 1,
      },
      'sending',
    ],
    [
      'a remote configuration that does not exist pauses the service',
      problem(404, 'Remote Content Configuration NOT FOUND'),
      {
        state: 'waiting',
        code: 'IO_CONFIGURATION',
        attempts: 0,
        outcomes: ['deferred'],
        pause: 'IO_CONFIGURATION',
        mails: 1,
      },
      'sending',
    ],
    [
      'a feature that the key lacks holds the message',
      problem(
        403,
        'You are not allowed here',
        'You do not have enough permissions to send a payment message with payee',
      ),
      { ...tried, state: 'held', code: 'IO_FEATURE', outcomes: ['deferred'] },
      'incomplete · errors',
    ],
    [
      '500 leaves it uncertain',
      problem(500, 'Internal server error'),
      { ...tried, state: 'uncertain', code: 'IO_SUBMIT_FAULT', outcomes: ['uncertain'] },
      'incomplete · uncertain',
    ],
    [
      'an HTML page from a gateway leaves it uncertain',
      says(502, '<html>bad gateway</html>'),
      { ...tried, state: 'uncertain', code: 'IO_SUBMIT_FAULT', outcomes: ['uncertain'] },
      'incomplete · uncertain',
    ],
    [
      'a connection cut before IO took it leaves it uncertain: nobody can know',
      { connection: 'reset-before' },
      { ...tried, state: 'uncertain', code: 'IO_ANSWER_LOST', outcomes: ['uncertain'] },
      'incomplete · uncertain',
    ],
    [
      '201 without an id leaves it uncertain',
      says(201, '{}'),
      { ...tried, state: 'uncertain', code: 'IO_ANSWER_ODD', outcomes: ['uncertain'] },
      'incomplete · uncertain',
    ],
    [
      'a redirect is not followed, and leaves it uncertain',
      { answer: { status: 307, headers: { location: 'http://127.0.0.1:1/' } } },
      { ...tried, state: 'uncertain', code: 'IO_ANSWER_ODD', outcomes: ['uncertain'] },
      'incomplete · uncertain',
    ],
  ])('%s', async (_, fault, expected, flowState) => {
    const { seen, flow, difference } = await sendOne((call) => (isSubmit(call) ? fault : null))
    expect(seen).toEqual(expected)
    expect(difference).toBe(0)
    expect(flow.reason === null ? flow.state : `${flow.state} · ${flow.reason}`).toBe(flowState)
    const { calls } = here.playground.sandbox.truth
    const before = calls.submit
    await here.send()
    expect(calls.submit).toBe(before)
  })
})

describe('an attempt', () => {
  it('is in the journal and in the database before its first byte arrives', async () => {
    await using here = await openInstallation()
    const flow = await here.drop(children(12))
    const looks: Promise<{ id: string }[]>[] = []
    const journaled: number[] = []
    here.answer((call) => {
      if (isSubmit(call)) {
        journaled.push(journalOf(here).length - journaled.length)
        looks.push(here.query(`select id from messages where state in ('sending', 'sent')`))
      }
      return null
    })
    await here.send()
    const known = await Promise.all(looks)
    expect(journaled.every((ahead) => ahead >= 1)).toBe(true)
    expect(known.every((rows, index) => rows.length > index)).toBe(true)
    expect(await stateCounts(here, flow)).toEqual({ sent: 12 })
    const attempts = await here.query<{ id: string; message_id: string }>(
      'select id, message_id from attempts order by id',
    )
    const lines = journalOf(here).map((line) => line.split(' ').slice(1, 3))
    expect(lines).toEqual(attempts.map(({ id, message_id }) => [id, message_id]))
  })

  it('that cannot be written keeps the message here', async () => {
    await using here = await openInstallation()
    const flow = await here.drop(children(5))
    await here.query(`create function refuse() returns trigger language plpgsql as
      $$ begin raise 'the disk is full'; end $$`)
    await here.query('create trigger disk_full before insert on attempts execute function refuse()')
    await expect(here.send()).rejects.toThrow('the disk is full')
    expect(here.playground.sandbox.truth.calls.submit).toBe(0)

    await here.query('drop trigger disk_full on attempts')
    await here.send()
    expect(await stateCounts(here, flow)).toEqual({ sent: 5 })
    expect(here.playground.sandbox.truth.acceptedCount()).toBe(5)
  })

  it('is not begun when the lease was stolen since the claim', async () => {
    await using here = await openInstallation()
    const flow = await here.drop(children(3))
    await here.query(`create function steal() returns trigger language plpgsql as $$ begin
      update leases set owner = 'thief', token = token + 1 where name like 'account/%';
      return null; end $$`)
    await here.query(`create trigger stolen after update on messages for each row
      when (new.state = 'claimed') execute function steal()`)
    await here.send()
    expect(here.playground.sandbox.truth.calls.submit).toBe(0)
    expect(await stateCounts(here, flow)).toEqual({ waiting: 3 })

    await here.query('drop trigger stolen on messages')
    await here.query(`update leases set expires_at = '-infinity'`)
    await here.send()
    expect(await stateCounts(here, flow)).toEqual({ sent: 3 })
    expect(here.playground.sandbox.truth.acceptedCount()).toBe(3)
  })
})

describe('the mode of a service', () => {
  const mode = (value: string) => ({
    'comune-di-esempio/institution.yaml': { 'services.mensa.mode': value },
  })

  it('dry-run records every message and never calls IO, not even once it goes live', async () => {
    await using here = await openInstallation({ configuration: mode('dry-run') })
    const flow = await here.drop(children(3))
    await here.send()
    expect(await stateCounts(here, flow)).toEqual({ recorded: 3 })
    const { state, reason } = await here.app.store.flows.get(flow)
    expect({ state, reason }).toEqual({ state: 'sent', reason: 'recorded' })

    await configure(here.playground.configDirectory, mode('live'))
    await here.reopen()
    await here.pass('1 day')
    await here.send()
    expect(await stateCounts(here, flow)).toEqual({ recorded: 3 })
    expect(here.playground.sandbox.truth.calls.total).toBe(0)
    expect(await here.query('select from attempts')).toEqual([])
  })

  it('testers lets only the listed fiscal codes be named to IO', async () => {
    await using here = await openInstallation({ configuration: mode('testers') })
    const named: string[] = []
    here.answer(({ body, path }) => {
      named.push(`${path} ${/[A-Z0-9]{16}/.exec(body + path)?.[0]}`)
      return null
    })
    const flow = await here.drop([child(0), child(1, { fiscalCode: TESTER }), child(2)])
    await here.send()
    expect((await here.firsts(flow)).map(({ state }) => state)).toEqual([
      'recorded',
      'sent',
      'recorded',
    ])
    expect(named).toEqual([`/profiles ${TESTER}`, `/messages ${TESTER}`])
  })
})

describe('what must not leave', () => {
  it('is held when its text is not the one that was checked', async () => {
    await using here = await openInstallation()
    const flow = await here.drop(children(2))
    await here.query(`update mapping_versions
      set spec = replace(spec::text, 'Puoi pagare', 'Devi pagare')::jsonb`)
    await here.send()
    const firsts = await here.firsts(flow)
    expect(firsts.map(({ state, code }) => `${state} ${code}`)).toEqual([
      'held HOLD_TEXT_CHANGED',
      'held HOLD_TEXT_CHANGED',
    ])
    expect(here.playground.sandbox.truth.calls.total).toBe(0)
  })

  it('is held when its service has moved to another account, and the others go on', async () => {
    await using here = await openInstallation()
    const flow = await here.drop(children(2))
    await configure(here.playground.configDirectory, {
      'staffetta.yaml': { 'accounts.altro': { baseUrl: here.playground.sandbox.url } },
      'comune-di-esempio/institution.yaml': { 'services.mensa.account': 'altro' },
    })
    await here.reopen()
    await here.send()
    await here.app.send('altro', new AbortController().signal)
    const firsts = await here.firsts(flow)
    expect(firsts.map(({ state, code }) => `${state} ${code}`)).toEqual([
      'held HOLD_SERVICE',
      'held HOLD_SERVICE',
    ])
    expect(here.playground.sandbox.truth.calls.total).toBe(0)
  })

  it('is held alone when its amount is above what the service may ask', async () => {
    const canteen = { service: 'mensa', account: 'a', maxAllowedPaymentAmount: 5000 }
    await using here = await openInstallation({ sandbox: { keys: { [KEY]: canteen } } })
    const flow = await here.drop([child(0), child(1, { cents: 5001 }), child(2, { cents: 5000 })])
    await here.send()
    const firsts = await here.firsts(flow)
    expect(firsts.map(({ state, code }) => [state, code])).toEqual([
      ['sent', null],
      ['held', 'IO_AMOUNT_CEILING'],
      ['sent', null],
    ])
    expect(await here.app.store.pauses.list()).toEqual([])
    expect(await here.app.store.flows.get(flow)).toMatchObject({
      state: 'incomplete',
      reason: 'errors',
    })
  })
})

describe('a key that stops working in the middle', () => {
  it('returns all to waiting with one pause and one mail, and resumes by itself', async () => {
    await using here = await openInstallation()
    const { truth } = here.playground.sandbox
    const flow = await here.drop(children(60))
    let isKeyGood = false
    let refused = 0
    here.answer(() => {
      if (isKeyGood || truth.acceptedCount() < 10) return null
      refused += 1
      return gateway(401)
    })
    await here.send()
    const { sent = 0, waiting = 0 } = await stateCounts(here, flow)
    expect(sent).toBeGreaterThanOrEqual(10)
    expect(sent + waiting).toBe(60)
    // Only calls that were already under way may still learn it.
    expect(refused).toBeLessThanOrEqual(4)
    expect((await here.app.store.pauses.list()).map(({ code }) => code)).toEqual(['IO_KEY'])

    await here.pass('1 hour')
    const calls = truth.calls.total
    await here.send()
    expect(truth.calls.total).toBe(calls)
    expect(await here.app.probePaused()).toBe(0)

    isKeyGood = true
    expect(await here.app.probePaused()).toBe(0)
    await here.pass('1 minute')
    expect(await here.app.probePaused()).toBe(1)
    await here.send()
    expect(await stateCounts(here, flow)).toEqual({ sent: 60 })
    expect([...truth.acceptedCounts().values()].every((times) => times === 1)).toBe(true)
    const firsts = await here.firsts(flow)
    expect(firsts.every(({ attempts }) => attempts === 1)).toBe(true)
    expect(await pauseMails(here)).toHaveLength(1)
  })
})

describe('a lost answer', () => {
  const lost = (call: SandboxCall): SandboxFault | null =>
    isSubmit(call) ? { connection: 'reset-after' } : null
  const feed = 'comune-di-esempio/feeds/mensa.yaml'

  it('is uncertain, and is not sent again however long it lasts', async () => {
    await using here = await openInstallation()
    const flow = await here.drop(children(1))
    here.answer(lost)
    await here.send()
    here.answer(() => null)
    await here.pass('30 days')
    await here.send()
    await here.reopen()
    await here.send()
    expect(await stateCounts(here, flow)).toEqual({ uncertain: 1 })
    expect(here.playground.sandbox.truth.acceptedCount()).toBe(1)
  })

  it('is sent again where the feed says so, and both attempts stay on record', async () => {
    const configuration = { [feed]: { whenUncertain: 'resend' } }
    await using here = await openInstallation({ configuration })
    const flow = await here.drop(children(1))
    here.answer(lost)
    await here.send()
    expect(await stateCounts(here, flow)).toEqual({ waiting: 1 })
    here.answer(() => null)
    await here.pass('1 minute')
    await here.send()
    const [message] = await here.firsts(flow)
    expect(message?.state).toBe('sent')
    expect(await attemptsOf(here, message?.id as number)).toEqual([
      { outcome: 'uncertain', code: 'IO_ANSWER_LOST' },
      { outcome: 'accepted', code: null },
    ])
    expect(here.playground.sandbox.truth.acceptedCount()).toBe(2)
  })

  it('of one feed is not sent again because another feed of the same service would', async () => {
    await using here = await openInstallation()
    const { configDirectory } = here.playground
    const other = 'comune-di-esempio/feeds/mensa-estiva.yaml'
    await copyFile(join(configDirectory, feed), join(configDirectory, other))
    await configure(configDirectory, {
      [other]: { whenUncertain: 'resend', 'settings.pattern': 'estiva-*.csv' },
    })
    await here.reopen()
    const flow = await here.drop(children(1))
    here.answer(lost)
    await here.send()
    expect(await stateCounts(here, flow)).toEqual({ uncertain: 1 })
  })
})
