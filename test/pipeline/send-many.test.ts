import { describe, expect, it } from 'vitest'
import type { SandboxCall } from '../../src/sandbox/gateway.ts'
import {
  ACCOUNT,
  child,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'

const isSubmit = ({ path }: SandboxCall) => path === '/messages'

async function statesOf(here: Installation, flowId: number): Promise<string[]> {
  const firsts = await here.firsts(flowId)
  return [...new Set(firsts.map(({ state }) => state))].sort()
}

/** How often each message was accepted, by IO's own truth; sorted, without repeats. */
function timesAccepted({ playground }: Installation): number[] {
  return [...new Set(playground.sandbox.truth.acceptedCounts().values())].sort()
}

describe('the pace of an account', () => {
  it('never makes IO refuse a call for its rate', async () => {
    const window = { callsPerWindow: 20, windowSeconds: 1 }
    await using here = await openInstallation({
      account: { ...window, connections: 2 },
      sandbox: window,
    })
    const flow = await here.drop(children(22))
    await here.send()
    expect(await statesOf(here, flow)).toEqual(['sent'])
    const { calls, acceptedCount } = here.playground.sandbox.truth
    expect(calls.total).toBeGreaterThan(2 * window.callsPerWindow)
    expect({ limited: calls.limited, accepted: acceptedCount() }).toEqual({
      limited: 0,
      accepted: 22,
    })
  })

  it('lets nothing leave before the time that IO asked for is over', async () => {
    await using here = await openInstallation({ account: { connections: 1 } })
    const flow = await here.drop(children(3))
    const calls: number[] = []
    here.answer(() => {
      const headers = { 'x-rate-limit-retry-after': '1' }
      return calls.push(performance.now()) === 1 ? { answer: { status: 429, headers } } : null
    })
    await here.send()
    const [refused = 0, next = 0] = calls
    // A timer may fire a millisecond early, never more.
    expect(next - refused).toBeGreaterThanOrEqual(990)
    expect(await here.app.store.flows.account(flow)).toMatchObject({ read: 3, undeliverable: 0 })
  })
})

describe('a stop', () => {
  it('lets what is in flight end and gives back the rest, untouched', async () => {
    await using here = await openInstallation()
    const { truth } = here.playground.sandbox
    const flow = await here.drop(children(60))
    const stop = new AbortController()
    here.answer((call) => {
      if (isSubmit(call) && truth.acceptedCount() === 10) stop.abort()
      return null
    })
    await here.app.send(ACCOUNT, stop.signal)
    expect(await statesOf(here, flow)).toEqual(['sent', 'waiting'])
    const firsts = await here.firsts(flow)
    const sent = firsts.filter(({ state }) => state === 'sent')
    expect(sent).toHaveLength(truth.acceptedCount())
    expect(firsts.every(({ state, attempts }) => attempts === (state === 'sent' ? 1 : 0))).toBe(
      true,
    )
    await here.send()
    expect(await statesOf(here, flow)).toEqual(['sent'])
    expect(timesAccepted(here)).toEqual([1])
  })
})

describe('several processes', () => {
  it('on one database never send for one account together', async () => {
    await using here = await openInstallation()
    const flow = await here.drop(children(80))
    const apps = [here.app, await here.another(), await here.another()]
    const { signal } = new AbortController()
    const summaries = await Promise.all(apps.map((app) => app.send(ACCOUNT, signal)))
    expect(summaries.filter((summary) => summary !== null && summary.messages > 0)).toHaveLength(1)
    expect(await statesOf(here, flow)).toEqual(['sent'])
    expect(timesAccepted(here)).toEqual([1])
  })

  it('send each mail to the staff once', async () => {
    await using here = await openInstallation()
    await here.drop(children(1))
    const apps = [here.app, await here.another(), await here.another()]
    await Promise.all(apps.map((app) => app.mail()))
    expect(here.playground.mails.map(({ subject }) => subject)).toEqual([
      'File ricevuto: mensa-2026-03.csv',
    ])
  })

  it('take over from one that stalls, and its late acceptance still counts', async () => {
    await using here = await openInstallation({ account: { connections: 2 } })
    const flow = await here.drop(children(30))
    const other = await here.another()
    const { truth } = here.playground.sandbox
    let takeOver: Promise<unknown> | null = null
    here.answer((call) => {
      // The first message hangs at IO; meanwhile its sender's lease runs out and another begins.
      if (!isSubmit(call) || takeOver !== null) return null
      takeOver = here
        .query(`update leases set expires_at = '-infinity'`)
        .then(() => other.send(ACCOUNT, new AbortController().signal))
      return { delayMilliseconds: 1500 }
    })
    await here.send()
    await takeOver
    const firsts = await here.firsts(flow)
    // Accepted late: the outcome that the stalled one brings still wins over `uncertain`.
    expect(firsts.filter(({ state }) => state !== 'sent')).toEqual([])
    expect(truth.acceptedCount()).toBe(30)
    expect(timesAccepted(here)).toEqual([1])
    const uncertain = await here.query(`select from attempt_outcomes where outcome = 'uncertain'`)
    expect(uncertain.length).toBeGreaterThanOrEqual(1)
    expect(uncertain.length).toBeLessThanOrEqual(2)
    expect(await here.app.store.flows.get(flow)).toMatchObject({ state: 'sent', reason: null })
  })
})

describe('a database that goes away', () => {
  it('in the middle of sending loses nothing and sends nothing twice', async () => {
    await using here = await openInstallation()
    const { truth } = here.playground.sandbox
    const flow = await here.drop(children(60))
    const cutAt = new Set([5, 20, 40])
    let cuts = 0
    here.answer((call) => {
      if (isSubmit(call) && cutAt.delete(truth.acceptedCount())) {
        cuts += 1
        void here.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name like 'staffetta%'`,
        )
      }
      return null
    })
    for (let round = 0; round < 20; round += 1) {
      await here.send().catch(() => null)
      await here.query(`update leases set expires_at = '-infinity'`)
      await here.pass('1 minute')
      const states = await statesOf(here, flow)
      if (!states.some((state) => ['waiting', 'claimed', 'sending'].includes(state))) break
    }
    expect(cuts).toBe(3)
    const firsts = await here.firsts(flow)
    const uncertain = firsts.filter(({ state }) => state === 'uncertain')
    expect(firsts.filter(({ state }) => state === 'sent').length + uncertain.length).toBe(60)
    expect(uncertain.length).toBeLessThanOrEqual(3 * 4)
    expect(timesAccepted(here)).toEqual([1])
  })

  it('while the next messages are being claimed ends that run, not the process', async () => {
    await using here = await openInstallation({ account: { connections: 1 } })
    const flow = await here.drop(children(3))
    await here.query(`create function refuse() returns trigger language plpgsql as $$ begin
      if exists (select from attempts) then raise 'no more claims'; end if;
      return null; end $$`)
    await here.query(`create trigger no_claims after update of fence on messages
      for each statement execute function refuse()`)
    await expect(here.send()).rejects.toThrow('no more claims')
    await here.query('drop trigger no_claims on messages')
    await here.query(`update leases set expires_at = '-infinity'`)
    await here.send()
    expect(await statesOf(here, flow)).toEqual(['sent'])
    expect(timesAccepted(here)).toEqual([1])
  })
})

describe('the language of a message', () => {
  it('is the first that the citizen prefers and the mapping has, else Italian', async () => {
    await using here = await openInstallation()
    const preferred = [['en_GB'], ['de_DE'], ['es_ES', 'en_GB'], ['it_IT', 'en_GB'], []]
    preferred.forEach((languages, n) => {
      here.playground.sandbox.stateCitizen(parent(n), { languages })
    })
    const subjects = new Map<string, string>()
    here.answer((call) => {
      const { fiscal_code, content } = JSON.parse(call.body || '{}')
      if (isSubmit(call)) subjects.set(fiscal_code, content.subject)
      return null
    })
    await here.drop(children(preferred.length))
    await here.send()
    expect(preferred.map((_, n) => subjects.get(parent(n)))).toEqual([
      'School canteen: your bill for 2026-03',
      'Mensa scolastica: il conto di 2026-03',
      'School canteen: your bill for 2026-03',
      'Mensa scolastica: il conto di 2026-03',
      'Mensa scolastica: il conto di 2026-03',
    ])
  })
})

describe('a flow', () => {
  it('whose records were all refused or skipped closes without a message', async () => {
    await using here = await openInstallation()
    const flow = await here.drop([child(1, { cents: 0 }), child(2, { fiscalCode: 'X' })])
    expect(await here.app.store.messages.accountsWithWork(Temporal.Now.instant())).toEqual([
      ACCOUNT,
    ])
    await here.send()
    expect(await here.app.store.flows.get(flow)).toMatchObject({ state: 'sent' })
    expect(await here.app.store.flows.account(flow)).toMatchObject({ refused: 1, skipped: 1 })
  })

  it('left open by a process that was killed is closed by the next', async () => {
    await using here = await openInstallation()
    here.playground.sandbox.stateCitizen(parent(1), { onIo: false })
    const flow = await here.drop([child(1)])
    await here.send()
    await here.query(`update flows set state = 'sending', ended_at = null`)
    const now = Temporal.Now.instant()
    expect(await here.app.store.messages.accountsWithWork(now)).toEqual([ACCOUNT])
    await here.send()
    expect(await here.app.store.flows.get(flow)).toMatchObject({ state: 'sent' })
    expect(await here.app.store.messages.accountsWithWork(now)).toEqual([])
  })

  it('that is suspended or stopped claims nothing', async () => {
    await using here = await openInstallation()
    const flow = await here.drop(children(3))
    for (const column of ['suspended_at', 'stopped_at']) {
      await here.query(`update flows set ${column} = now()`)
      await here.send()
      await here.query(`update flows set ${column} = null`)
    }
    expect(await statesOf(here, flow)).toEqual(['waiting'])
    expect(here.playground.sandbox.truth.calls.total).toBe(0)
  })
})

describe('a service that is paused', () => {
  it('does not keep the other services of its account waiting', async () => {
    await using here = await openInstallation()
    const flow = await here.drop(children(2))
    const since = Temporal.Now.instant()
    const pause = { institution: INSTITUTION, since, code: 'IO_KEY', detail: '' }
    await here.app.store.pauses.pause({ ...pause, service: 'acqua' }, [])
    await here.send()
    expect(await statesOf(here, flow)).toEqual(['sent'])
  })
})
