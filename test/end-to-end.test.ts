import { mkdir, readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openPlayground, type Playground } from '../scripts/playground.ts'
import { type Bill, bill, billsZip, contact, contactsCsv } from '../scripts/samples.ts'
import { type App, openApp } from '../src/app.ts'
import { getFeed } from '../src/config/config.ts'
import { type Daemon, roles, startDaemon } from '../src/daemon.ts'
import { accountTerms, difference, type FlowAccount } from '../src/domain/flow-account.ts'
import { createMapWorker } from '../src/map-worker.ts'
import { previewFile } from '../src/workbench/previewing.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { configure } from './installation.ts'

const CUSTOMERS = 8
const DUE = Temporal.PlainDate.from('2099-04-30')
const ZIP = 'bollette-2026-03.zip'
const RESULT = 'bollette-2026-03.esiti.csv'
const patience = { timeout: 30_000, interval: 50 }

/** The last customer is in no list of contacts. */
const customers = Array.from({ length: CUSTOMERS }, (_, n) => n)
const bills = [...customers, CUSTOMERS].map((n) => bill(n, '2026-03', DUE))

let database: FreshDatabase
let playground: Playground
let app: App
let daemon: Daemon
const posted: string[] = []

beforeAll(async () => {
  database = await freshDatabase()
  playground = await openPlayground({
    databaseUrl: database.url,
    stabilitySeconds: 0,
    account: { callsPerWindow: 0 },
    sandbox: {
      callsPerWindow: 0,
      processingDelayMilliseconds: 0,
      population: { notOnIo: 0, serviceOff: 0, english: 0, german: 0 },
      fault({ path, body }) {
        if (path === '/messages') posted.push(body)
        return null
      },
    },
  })
  playground.sandbox.stateCitizen(contact(1).fiscalCode, { onIo: false })
  const { configDirectory } = playground
  await mkdir(join(playground.directory, 'sftp/out'))
  await configure(configDirectory, {
    'comune-di-esempio/feeds/bollette.yaml': { 'settings.resultsDirectory': '/out' },
  })
  app = await openApp({ configDirectory, logLevel: 'silent', sends: true })
  const { connection } = app
  const mapper = createMapWorker({ configDirectory, logLevel: 'silent', connection })
  daemon = await startDaemon(app, mapper, new Set(roles))
})

afterAll(async () => {
  await daemon.stop()
  await app.close()
  await playground.stop()
  await database.drop()
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('STAFFETTA_')) delete process.env[name]
  }
})

/** Leaves a file as a billing system does: whole at once, under its last name, with its time. */
async function leave(name: string, bytes: Uint8Array, modified: string): Promise<void> {
  const path = join(playground.billing, name)
  await writeFile(`${path}.part`, bytes)
  const seconds = Temporal.Instant.from(modified).epochMilliseconds / 1000
  await utimes(`${path}.part`, seconds, seconds)
  await rename(`${path}.part`, path)
}

/** The account of the nth flow, once it is closed. */
function accountOf(nth: number): Promise<FlowAccount> {
  return vi.waitFor(async () => {
    const flows = await app.store.flows.list(anyFlow)
    const flow = flows[flows.length - nth]
    expect(flow?.state).toBe('sent')
    return app.store.flows.account(flow?.id as number)
  }, patience)
}

const anyFlow = { institution: null, feed: null, state: null, limit: 10 }

/** Of the first drop; or of a later one of its name, whose own has the time of its file. */
async function resultOf(read: number, stamp?: string): Promise<Record<string, string>[]> {
  const out = join(playground.directory, 'sftp/out')
  return vi.waitFor(async () => {
    const own = (await readdir(out)).find((name) => name.startsWith(`${ZIP}.${stamp}`))
    const text = await readFile(join(out, stamp === undefined ? RESULT : (own ?? '')), 'utf8')
    const rows = parse(text, { delimiter: ';', bom: true, columns: true })
    expect(rows).toHaveLength(read)
    return rows as Record<string, string>[]
  }, patience)
}

const terms = (account: FlowAccount) =>
  Object.fromEntries(accountTerms.flatMap((term) => (account[term] ? [[term, account[term]]] : [])))

describe('a month of bills', () => {
  it('goes from the drop to the result file, one line a bill', async () => {
    await leave('contatti.csv', contactsCsv(customers.map(contact)), '2026-03-01T06:00:00Z')
    await leave(ZIP, billsZip('2026-03', bills), '2026-03-01T07:00:00Z')
    const account = await accountOf(1)
    expect(terms(account)).toEqual({ sent: CUSTOMERS - 1, undeliverable: 1, refused: 1 })
    expect(difference(account)).toBe(0)

    const rows = await resultOf(bills.length)
    expect(rows.map(({ line, key, outcome }) => `${line} ${key} ${outcome}`)).toEqual(
      bills.map((given, n) => `${n + 2} ${given.number} ${outcomeOf(n)}`),
    )
    const { truth } = playground.sandbox
    const ids = new Set([...truth.accepted()].map(({ id }) => id))
    expect(rows.flatMap(({ ioMessageId }) => ioMessageId || []).every((id) => ids.has(id))).toBe(
      true,
    )
    expect([...truth.acceptedCounts().values()]).toEqual(Array(CUSTOMERS - 1).fill(1))
  })

  it('becomes the same when it is rendered again, with the contacts that are kept', async () => {
    const [flow] = await app.store.flows.list(anyFlow)
    const opened = await app.rerender(flow?.dropId as number, null)
    const records = opened.kind === 'open' ? await Array.fromAsync(opened.records) : []
    expect(records.map(({ change, was }) => `${change} ${was}`)).toEqual(
      bills.map((_, n) => (n === CUSTOMERS ? 'equal refused' : 'equal notice')),
    )
  })

  it('sent to IO exactly what a preview of the same file shows', async () => {
    const feed = getFeed(app.config, 'comune-di-esempio', 'bollette')
    const preview = previewFile(app.config, {
      target: { institution: feed.institution, mapping: feed.mapping, feed },
      files: [join(playground.billing, ZIP)],
      references: new Map([['contatti', join(playground.billing, 'contatti.csv')]]),
      now: Temporal.Now.instant(),
      language: 'it',
    })
    const shown = (await Array.fromAsync(preview)).flatMap((record) =>
      'messages' in record ? (record.messages[0]?.payload ?? []) : [],
    )
    const reachable = shown.filter(({ fiscal_code }) => fiscal_code !== contact(1).fiscalCode)
    const sorted = (payloads: object[]) => payloads.map((one) => JSON.stringify(one)).sort()
    expect(sorted(posted.map((body) => JSON.parse(body)))).toEqual(sorted(reachable))
  })

  it('told the staff which files arrived, and nothing about any person', async () => {
    const subjects = await vi.waitFor(() => {
      const all = playground.mails.map(({ subject }) => subject)
      expect(all).toHaveLength(2)
      return all
    }, patience)
    expect(subjects.sort()).toEqual([`File ricevuto: ${ZIP}`, 'File ricevuto: contatti.csv'])
    const text = playground.mails.map((mail) => mail.subject + mail.text).join('\n')
    for (const n of customers) {
      expect(text).not.toContain(contact(n).fiscalCode)
      expect(text).not.toContain((bills[n] as Bill).name)
    }
  })

  it('dropped again sends nothing: each bill is a duplicate', async () => {
    await leave(ZIP, billsZip('2026-03', bills), '2026-03-02T07:00:00Z')
    const account = await accountOf(2)
    expect(terms(account)).toEqual({ duplicate: CUSTOMERS, refused: 1 })
    expect(difference(account)).toBe(0)
    expect(posted).toHaveLength(CUSTOMERS - 1)
  })

  it('dropped with one bill changed sends exactly one message', async () => {
    const changed = bills.map((given, n) => (n === 3 ? { ...given, amount: '999,99' } : given))
    await leave(ZIP, billsZip('2026-03', changed), '2026-03-03T07:00:00Z')
    const account = await accountOf(3)
    expect(terms(account)).toEqual({ sent: 1, duplicate: CUSTOMERS - 1, refused: 1 })
    expect(posted).toHaveLength(CUSTOMERS)
    const { fiscal_code, content } = JSON.parse(posted.at(-1) as string)
    expect(fiscal_code).toBe(contact(3).fiscalCode)
    expect(content.payment_data.amount).toBe(99_999)
    const rows = await vi.waitFor(async () => {
      const found = await resultOf(bills.length, '20260303T070000Z')
      expect(found.filter(({ outcome }) => outcome === 'sent')).toHaveLength(1)
      return found
    }, patience)
    expect(rows[3]).toMatchObject({ key: bills[3]?.number, outcome: 'sent' })
  })
})

function outcomeOf(n: number): string {
  if (n === CUSTOMERS) return 'refused'
  return n === 1 ? 'undeliverable' : 'sent'
}
