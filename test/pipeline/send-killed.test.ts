import { once } from 'node:events'
import { afterEach, expect, test, vi } from 'vitest'
import { difference } from '../../src/domain/flow-account.ts'
import type { SandboxFault } from '../../src/sandbox/fault.ts'
import type { SandboxCall } from '../../src/sandbox/gateway.ts'
import { type Started, start } from '../cli/run-command.ts'
import {
  child,
  type Installation,
  leaveCanteenFile,
  openInstallation,
  parent,
} from '../installation.ts'

const MESSAGES = 120
const CONNECTIONS = 4

let here: Installation
let daemon: Started | null = null

afterEach(async () => {
  if (daemon?.child.exitCode === null && daemon.child.signalCode === null) {
    daemon.child.kill('SIGKILL')
    await daemon.ended
  }
  await here[Symbol.asyncDispose]()
})

/** A way to die, tried on the calls in turn until it has happened; true when it has. */
type Death = (call: SandboxCall) => SandboxFault | null | 'not yet'

const isSubmit = ({ path }: SandboxCall) => path === '/messages'
const accepted = () => here.playground.sandbox.truth.acceptedCount()
const kill = () => void daemon?.child.kill('SIGKILL')

const deaths: Death[] = [
  // IO has accepted, and nobody lives to hear it.
  (call) => {
    if (!isSubmit(call) || accepted() < 10) return 'not yet'
    kill()
    return null
  },
  // Only a profile was asked: nothing of this message has left.
  (call) => {
    if (isSubmit(call) || accepted() < 30) return 'not yet'
    kill()
    return null
  },
  // The request left, and IO took nothing.
  (call) => {
    if (!isSubmit(call) || accepted() < 50) return 'not yet'
    kill()
    return { connection: 'reset-before' }
  },
  // The answer is on its way back.
  (call) => {
    if (!isSubmit(call) || accepted() < 80) return 'not yet'
    setImmediate(kill)
    return null
  },
]

test('kill -9 at any moment loses no message and sends none twice', async () => {
  here = await openInstallation({ account: { connections: CONNECTIONS } })
  const pending = [...deaths]
  let dying = false
  // One message is refused, by the last life: an answer that a death swallows would be uncertain.
  let refused = ''
  here.answer((call) => {
    if (pending.length === 0 && !dying && isSubmit(call)) refused ||= call.body
    if (call.body === refused && isSubmit(call)) return echoing(call.body)
    const death = dying ? undefined : pending[0]
    const fault = death === undefined ? 'not yet' : death(call)
    if (fault === 'not yet') return null
    pending.shift()
    dying = true
    return fault
  })
  const rows = Array.from({ length: MESSAGES }, (_, n) => child(n))
  await leaveCanteenFile(here.playground.canteen, rows, 'mensa-2026-03.csv')

  let log = ''
  for (let lives = 0; lives < deaths.length; lives += 1) {
    daemon = start(['run', '--config', here.playground.configDirectory])
    await once(daemon.child, 'exit')
    expect(daemon.child.signalCode).toBe('SIGKILL')
    log += (await daemon.ended).err
    dying = false
    // The leases of the dead run out.
    await here.query(`update leases set expires_at = '-infinity'`)
  }
  daemon = start(['run', '--config', here.playground.configDirectory])
  const flow = await vi.waitFor(
    async () => {
      const [ended] = await here.query<{ id: string }>(
        `select id from flows where state in ('sent', 'incomplete')`,
      )
      expect(ended).toBeDefined()
      return Number(ended?.id)
    },
    { timeout: 30_000, interval: 100 },
  )
  daemon.child.kill('SIGTERM')
  const last = await daemon.ended
  expect(last.code).toBe(0)
  log += last.err

  const fates = await fatesOf(flow)
  expect(fates).toHaveLength(MESSAGES)
  const count = (fate: string) => fates.filter((one) => one === fate).length
  expect(count('rejected')).toBe(1)
  expect(count('sent') + count('uncertain')).toBe(MESSAGES - 1)
  expect(count('uncertain')).toBeGreaterThanOrEqual(1)
  expect(count('uncertain')).toBeLessThanOrEqual(deaths.length * CONNECTIONS)

  const account = await here.app.store.flows.account(flow)
  expect({ read: account.read, difference: difference(account) }).toEqual({
    read: MESSAGES,
    difference: 0,
  })
  const attempts = await here.query(
    'select message_id from attempts group by 1 having count(*) > 1',
  )
  expect(attempts).toEqual([])
  expectNoSecrets(log)
})

/** What became of each first message, beside what IO has of it: at most one of each citizen. */
async function fatesOf(flow: number): Promise<string[]> {
  const { truth } = here.playground.sandbox
  const times = new Map([...truth.accepted()].map(({ id, fiscalCode }) => [fiscalCode, id]))
  expect(truth.acceptedCount()).toBe(times.size)
  return (await here.firsts(flow)).map(({ state, ioId }, n) => {
    if (state === 'sent') return times.get(parent(n)) === ioId ? 'sent' : 'sent without a trace'
    if (state === 'uncertain') return state
    return times.has(parent(n)) ? `${state}, though accepted` : state
  })
}

/** IO's refusals quote what they refuse. */
function echoing(body: string): SandboxFault {
  const detail = `value ${body} at root.content.markdown is not a valid [string]`
  return {
    answer: {
      status: 400,
      body: JSON.stringify({ status: 400, title: 'Invalid message structure', detail }),
    },
  }
}

/** The log of the whole run names no citizen, no text of a message, no key and no password. */
function expectNoSecrets(log: string): void {
  expect(log).toContain('daemon started')
  const people = Array.from({ length: MESSAGES }, (_, n) => parent(n))
  const secrets = ['key-of-the-', 'only-for-the-playground', 'Mensa scolastica', '303202603']
  const found = [...people, ...secrets].filter((text) => log.includes(text))
  expect(found).toEqual([])
  const lines = log.trimEnd().split('\n')
  expect(lines.filter((line) => !line.startsWith('{'))).toEqual([])
}
