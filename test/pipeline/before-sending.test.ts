// Systems that are asked just before messages leave, through the real sender, the tables and the
// sandbox of IO; the system itself is a connector in this process.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SourceError } from '../../src/connector.ts'
import type { AskableSystem } from '../../src/pipeline/connector/ask.ts'
import {
  child,
  configure,
  INSTITUTION,
  type Installation,
  openInstallation,
} from '../installation.ts'

const SYSTEM = `connector: dbview
settings:
  engine: postgresql
  host: 127.0.0.1
  database: pagamenti
  username: legge
  password: file:/dev/null
  lookup: { statement: "select stato from posizioni where avviso = :key" }
lookup:
  fields:
    stato: { column: stato, type: text }
`

const QUESTION = {
  system: 'pagamenti',
  by: 'avviso',
  skipWhen: 'stato == "pagato"',
  holdWhen: 'stato == "sospeso"',
  because: 'secondo il sistema dei pagamenti',
}

let here: Installation
/** What the system answers by notice number; others are to be paid. */
let said: Map<string, Record<string, string> | SourceError | null>
let calls: string[][]
let fault: (() => Promise<void>) | null
let rate: Partial<AskableSystem>

beforeEach(async () => {
  here = await openInstallation({ account: { connections: 2 } })
})
afterEach(() => here[Symbol.asyncDispose]())

async function ask(question: object = {}, system = SYSTEM): Promise<void> {
  const { configDirectory } = here.playground
  const folder = join(configDirectory, INSTITUTION, 'systems')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'pagamenti.yaml'), system)
  const beforeSending = [{ ...QUESTION, ...question }]
  await configure(configDirectory, { [`${INSTITUTION}/mappings/mensa.yaml`]: { beforeSending } })
  await here.reopen()
  said = new Map()
  calls = []
  fault = null
  rate = {}
  const known = here.app.asking.system
  here.app.asking.system = async (institution, name) => {
    const found = await known(institution, name)
    return found && { ...found, ...rate, connector: { ...found.connector, lookup } }
  }
}

async function lookup(_: unknown, keys: readonly string[]) {
  calls.push([...keys])
  await fault?.()
  const answers = new Map<string, Record<string, string> | SourceError>()
  for (const key of keys) {
    const answer = said.has(key) ? said.get(key) : { stato: 'da pagare' }
    if (answer) answers.set(key, answer)
  }
  return answers
}

/** The notice number of a child's bill. */
const numberOf = (n: number) => child(n).split(',')[6] as string

async function states(flow: number): Promise<string[]> {
  const firsts = await here.firsts(flow)
  return firsts.map(({ state, code }) => [state, code].filter(Boolean).join(' '))
}

async function closes(flow: number): Promise<void> {
  const { read, ...terms } = await here.app.store.flows.account(flow)
  const sum = Object.values(terms).reduce((all, count) => all + count, 0)
  expect(sum).toBe(read)
}

describe('a system that is asked before sending', () => {
  it('lets messages go, keeps those back that its answer skips, and holds others', async () => {
    await ask()
    said.set(numberOf(2), { stato: 'pagato' }).set(numberOf(3), { stato: 'sospeso' })
    said.set(numberOf(4), null)
    const flow = await here.drop([1, 2, 3, 4].map((n) => child(n)))
    await here.send()
    expect(await states(flow)).toEqual(['sent', 'cancelled answered', 'held HOLD_ANSWER', 'sent'])
    expect(calls.flat().sort()).toEqual([1, 2, 3, 4].map(numberOf).sort())
    await closes(flow)
    const open = await here.query('select from notices where state <> $1', ['open'])
    expect(open).toHaveLength(0)
  })

  it('ends the notice with its reminders, where the mapping says so', async () => {
    await ask({ ends: 'settled' })
    said.set(numberOf(1), { stato: 'pagato' })
    const flow = await here.drop([child(1), child(2)])
    await here.send()
    expect(await states(flow)).toEqual(['cancelled answered', 'sent'])
    const rows = await here.query<{ state: string; by: string; left: number }>(
      `select n.state, n.ended_by as by, (select count(*)::int from messages m
         where m.notice_id = n.id and m.state = 'waiting') as left from notices n order by n.id`,
    )
    expect(rows).toEqual([
      { state: 'settled', by: 'answer', left: 0 },
      { state: 'open', by: null, left: 1 },
    ])
    await closes(flow)
  })

  it('asks nothing about whom nothing would leave for', async () => {
    await ask()
    await configure(here.playground.configDirectory, {
      [`${INSTITUTION}/institution.yaml`]: { 'services.mensa.mode': 'dry-run' },
    })
    const { system } = here.app.asking
    await here.reopen()
    here.app.asking.system = system
    const flow = await here.drop([child(1)])
    await here.send()
    expect(await states(flow)).toEqual(['recorded'])
    expect(calls).toEqual([])
  })

  it('is tried again by itself while it does not answer, and says why meanwhile', async () => {
    await ask()
    fault = async () => {
      throw new SourceError('SRC_UNREACHABLE', 'it is down', { retry: true })
    }
    const flow = await here.drop([child(1), child(2)])
    await here.send()
    expect(await states(flow)).toEqual(['waiting HOLD_UNANSWERED', 'waiting HOLD_UNANSWERED'])
    await closes(flow)
    fault = null
    await here.pass('10 minutes')
    await here.query('update systems set resumes_at = null')
    await here.send()
    expect(await states(flow)).toEqual(['sent', 'sent'])
    await closes(flow)
  })

  it('is asked at once about what waits for it, when a person says so', async () => {
    await ask()
    fault = async () => {
      throw new SourceError('SRC_CREDENTIALS', 'wrong password', { retry: false })
    }
    const flow = await here.drop([child(1), child(2)])
    await here.send()
    fault = null
    await here.send()
    expect(await states(flow)).toEqual(['waiting HOLD_UNANSWERED', 'waiting HOLD_UNANSWERED'])
    const { systems } = here.app.store
    expect(await systems.list()).toMatchObject([{ name: 'pagamenti', waiting: 0, messages: 2 }])
    const act = { institution: INSTITUTION, actor: 'ufficio', origin: 'cli', note: null }
    const now = Temporal.Now.instant()
    expect(await systems.retry({ ...act, name: 'altro' }, now)).toMatchObject({ messages: 0 })
    const retried = await systems.retry({ ...act, name: 'pagamenti' }, now)
    expect(retried).toEqual({ records: 0, messages: 2 })
    await here.send()
    expect(await states(flow)).toEqual(['sent', 'sent'])
    expect(await systems.list()).toMatchObject([{ messages: 0, failures: 0 }])
    const mails = (await here.app.store.mails.waiting(100)).map(({ subject }) => subject)
    expect(mails.filter((subject) => subject.startsWith('Sistema'))).toEqual([
      'Sistema da guardare: pagamenti (SRC_CREDENTIALS)',
      'Sistema di nuovo attivo: pagamenti',
    ])
  })

  it.each([
    ['refuse', 'held HOLD_UNANSWERED'],
    ['skip', 'cancelled unanswered'],
  ])('does what its file says where it does not answer: %s', async (onFailure, expected) => {
    await ask({}, `${SYSTEM}  onFailure: ${onFailure}\n`)
    said.set(numberOf(1), new SourceError('SRC_REFUSED', 'not this one', { retry: false }))
    const flow = await here.drop([child(1), child(2)])
    await here.send()
    expect(await states(flow)).toEqual([expected, 'sent'])
    await closes(flow)
  })

  it('holds for a person what it has not answered for so many hours', async () => {
    await ask({}, `${SYSTEM}  holdHours: 2\n`)
    said.set(numberOf(1), new SourceError('SRC_BUSY', 'later', { retry: true }))
    const flow = await here.drop([child(1)])
    await here.send()
    expect(await states(flow)).toEqual(['waiting HOLD_UNANSWERED'])
    await here.query(`update flows set released_at = released_at - interval '3 hours'`)
    await here.pass('10 minutes')
    await here.query('update systems set resumes_at = null')
    await here.send()
    expect(await states(flow)).toEqual(['held HOLD_UNANSWERED'])
  })

  it('is not asked again about what a person has let go', async () => {
    await ask()
    said.set(numberOf(1), { stato: 'sospeso' })
    const flow = await here.drop([child(1)])
    await here.send()
    expect(await states(flow)).toEqual(['held HOLD_ANSWER'])
    const [first] = await here.firsts(flow)
    await here.letGo([first!.id])
    await here.send()
    expect(await states(flow)).toEqual(['sent'])
    expect(calls).toHaveLength(1)
  })

  it('has what it cannot be asked about in time wait for later', async () => {
    await ask()
    rate = { perSecond: 0.5, batch: 1 }
    const flow = await here.drop([1, 2, 3, 4, 5, 6].map((n) => child(n)))
    await here.send()
    const ended = await states(flow)
    expect(ended.filter((state) => state === 'sent').length).toBeGreaterThanOrEqual(2)
    expect(ended.filter((state) => state === 'waiting').length).toBeGreaterThanOrEqual(2)
    await closes(flow)
  })
})
