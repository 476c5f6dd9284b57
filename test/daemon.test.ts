import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { InstallationSpec } from '../src/config/installation.ts'
import { ROUND_SECONDS } from '../src/daemon.ts'
import { type Started, start } from './cli/run-command.ts'
import { children, type Installation, openInstallation } from './installation.ts'

const CONNECTIONS = 4
const isSubmit = ({ path }: { path: string }) => path === '/messages'

/** An installation whose IO takes submits and says nothing for minutes, from the n-th on. */
async function withSlowIo(from: number) {
  const here = await openInstallation({
    account: { connections: CONNECTIONS },
    configuration: { 'staffetta.yaml': { 'limits.shutdownSeconds': 6 } },
  })
  const asked = Promise.withResolvers<void>()
  let submits = 0
  here.answer((call) => {
    if (!isSubmit(call) || ++submits <= from) return null
    if (submits === from + CONNECTIONS) asked.resolve()
    return { delayMilliseconds: 300_000 }
  })
  return { here, asked: asked.promise }
}

async function countsOf(here: Installation, flow: number) {
  const firsts = await here.firsts(flow)
  const byState = Object.groupBy(firsts, ({ state }) => state)
  return Object.fromEntries(Object.entries(byState).map(([state, all]) => [state, all.length]))
}

describe('a daemon whose IO does not answer', () => {
  let daemon: Started | null = null
  afterEach(async () => {
    daemon?.child.kill('SIGKILL')
    await daemon?.ended
  })

  const startDaemon = (here: Installation) =>
    start(['run', '--roles', 'send', '--config', here.playground.configDirectory])

  it('stops within its time: what was claimed waits, what is in flight is uncertain', async () => {
    const { here, asked } = await withSlowIo(20)
    await using _ = here
    const flow = await here.drop(children(60))
    daemon = startDaemon(here)
    await asked
    daemon.child.kill('SIGTERM')
    // Given back at once, while the answers are still awaited.
    while ((await countsOf(here, flow))['claimed'] !== undefined);
    expect(daemon.child.exitCode).toBe(null)
    expect((await daemon.ended).code).toBe(0)
    here.answer(() => null)
    while ((await here.send()) === null);
    const { uncertain, ...rest } = await countsOf(here, flow)
    expect(uncertain).toBeLessThanOrEqual(CONNECTIONS)
    expect(rest).toEqual({ sent: 60 - (uncertain ?? 0) })
    const times = [...here.playground.sandbox.truth.acceptedCounts().values()]
    expect(Math.max(...times)).toBe(1)
  })

  it('ends at once at the second signal', async () => {
    const { here, asked } = await withSlowIo(0)
    await using _ = here
    await here.drop(children(10))
    daemon = startDaemon(here)
    await asked
    const ended = once(daemon.child, 'exit')
    daemon.child.kill('SIGTERM')
    const again = setInterval(() => daemon?.child.kill('SIGTERM'), 100)
    const [code] = await ended
    clearInterval(again)
    expect(code).toBe(143)
  })
})

describe('an account whose node died', () => {
  it('is taken over within 15 seconds by the defaults', () => {
    const { leaseSeconds } = InstallationSpec.parse({}).limits
    expect(leaseSeconds + ROUND_SECONDS).toBeLessThanOrEqual(15)
  })

  it('is taken over by another node once its lease has run out', async () => {
    await using here = await openInstallation({
      account: { connections: CONNECTIONS },
      configuration: { 'staffetta.yaml': { 'limits.leaseSeconds': 5 } },
    })
    const flow = await here.drop(children(40))
    const daemon = start(['run', '--roles', 'send', '--config', here.playground.configDirectory])
    let isDead = false
    here.answer((call) => {
      if (!isSubmit(call) || isDead || here.playground.sandbox.truth.acceptedCount() < 10) {
        return null
      }
      isDead = true
      daemon.child.kill('SIGKILL')
      return null
    })
    expect((await daemon.ended).code).toBe(null)
    const other = await here.another()
    let rounds = 0
    while ((await other.send('esempio', new AbortController().signal)) === null) rounds += 1
    // It was not free to take: the dead node's lease had to run out first.
    expect(rounds).toBeGreaterThan(0)
    const { uncertain = 0, ...rest } = await countsOf(here, flow)
    expect(uncertain).toBeLessThanOrEqual(CONNECTIONS)
    expect(rest).toEqual({ sent: 40 - uncertain })
  })
})
