import { userInfo } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SourceError } from '../../src/connector.ts'
import { child, configure, type Installation, openInstallation, parent } from '../installation.ts'
import { portsOf, sentAndFollowed, targetThat, wait, write } from '../pipeline/reporting.ts'
import { call } from './call-command.ts'
import { run } from './run-command.ts'

let here: Installation
let flow: number

const nobody = 'nobody answers at registro.example'
const away = new SourceError('SRC_UNREACHABLE', nobody, { retry: true })
const refused = new SourceError('SRC_REFUSED', 'l’oggetto è vuoto', { retry: false })

/** A register that takes line 2, refuses line 3, and whose answer for line 4 is lost. */
const register = targetThat(
  async (_, report) => {
    for await (const receipt of report.receipts) {
      const { line } = receipt
      if (line === 3) await report.failed(receipt, refused)
      else if (line === 4) await report.failed(receipt, away, true)
      else await report.given([{ receipt, answer: { number: '0001234', date: '2026-03-02' } }])
    }
  },
  { target: 'protocollo' },
)
const source = targetThat(
  async () => {
    throw away
  },
  { retryHours: 1 },
)

beforeAll(async () => {
  here = await openInstallation({ tells: 'protocollo' })
  flow = await sentAndFollowed(here, [child(0), child(1), child(2)])
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const staffetta = (...argv: string[]) => run([...argv, '--config', here.playground.configDirectory])
const receipts = (...argv: string[]) => staffetta('receipts', ...argv)
const look = (...argv: string[]) => call(here, argv)

test('receipts says when nothing is left to tell', async () => {
  expect(await receipts()).toMatchObject({
    code: 0,
    out: 'Nothing is left to tell: no report fails, and no receipt waits.\n',
  })
  const { out } = await look('flows', 'show', String(flow))
  expect(out).toMatch(/told +still to tell +last report\n─.*\nsource +3 +–\nprotocollo +3 +–\n/)
})

test('receipts shows what fails, since when, why and the way out, but no fiscal code', async () => {
  const ports = portsOf(here)
  await write(ports, register, source)
  const { code, out } = await receipts()
  expect(code).toBe(0)
  expect(out).toContain(`flow ${flow} → source  fails since `)
  expect(out).toContain('SRC_UNREACHABLE: nobody answers at registro.example\n    Tried once, next')
  expect(out).toMatch(/\d+ +3 +protocollo +given-up +sent +\S+ \S+ +– +SRC_REFUSED\n/)
  expect(out).toMatch(/\d+ +4 +protocollo +uncertain +sent +\S+ \S+ +– +SRC_UNREACHABLE\n/)
  expect(out).toContain('SRC_REFUSED: l’oggetto è vuoto')
  expect(out).toContain('staffetta receipts resolve FLOW LINE --target TARGET --as given')
  for (let n = 0; n < 3; n++) expect(out).not.toContain(parent(n))
  const json = JSON.parse((await look('receipts', '--target', 'protocollo', '--json')).out)
  expect(json).toMatchObject({
    reports: [],
    receipts: [
      { line: 3, target: 'protocollo', state: 'given-up', failure: { code: 'SRC_REFUSED' } },
      { line: 4, target: 'protocollo', state: 'uncertain', tryAt: null },
    ],
  })
})

test('flows show and list say how each target stands', async () => {
  const { out } = await look('flows', 'show', String(flow))
  expect(out).toMatch(/told +still to tell +given +uncertain +given-up +last report/)
  expect(out).toMatch(/protocollo +0 +1 +1 +1 +\d{4}/)
  expect(out).toMatch(/source +3 +0 +0 +0 +–/)
  expect(out).toContain('fails since')
  const json = JSON.parse((await look('flows', 'show', String(flow), '--json')).out)
  expect(json.reporting).toMatchObject([
    { target: 'source', owed: 3, failing: { code: 'SRC_UNREACHABLE', tries: 1 } },
    { target: 'protocollo', counts: { given: 1, uncertain: 1, 'given-up': 1 }, failing: null },
  ])
  expect((await look('flows', 'list')).out).toContain(`flow ${flow} → source  fails since`)
})

test('report says of each record what every target answered', async () => {
  const csv = (await staffetta('report', String(flow), '--format', 'csv')).out
  expect(csv).toContain('ioMessageId;at;protocollo\r\n')
  expect(csv).toContain(';given: number=0001234, date=2026-03-02\r\n')
  expect(csv).toContain(';given-up: SRC_REFUSED l’oggetto è vuoto\r\n')
  const lines = (await look('report', String(flow), '--format', 'json')).out.trim().split('\n')
  expect(JSON.parse(lines[0] as string).targets).toMatchObject([
    { target: 'protocollo', state: 'given', answer: { number: '0001234', date: '2026-03-02' } },
  ])
})

test.each([
  [['wait'], 'say what:'],
  [['retry'], 'say what:'],
  [['retry', 'x'], '"x" is not a flow’s number'],
  [['resolve', '1'], 'say what:'],
  [['resolve', '1', '2'], 'say whom: --target'],
  [['resolve', '1', '2', '--target', 'source', '--as', 'sent'], 'say --as given or --as owed'],
  [['resolve', '1', 'x', '--target', 'source', '--as', 'owed'], '"x" is not a line’s number'],
  [['retry', '1', '--note', 'AAAAAA00A00A000A'], 'names a fiscal code'],
  [['--limit', '0'], '--limit is a number'],
  [['retry', '1', '--target', 'protocolo'], 'did you mean "protocollo"?'],
])('receipts %j is wrong usage, and says what is missing', async (argv, text) => {
  const { code, err } = await look('receipts', ...argv)
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(text) })
})

test('receipts resolve is an act; of what waits for nobody it ends with 1', async () => {
  const argv = ['resolve', String(flow), '4', '--target', 'protocollo', '--as', 'given']
  const done = await receipts(...argv, '--note', 'visto in archivio')
  expect(done).toMatchObject({
    code: 0,
    out: 'Resolved as given: 1 receipt. It is not told again.\n',
  })
  const again = await look('receipts', ...argv)
  expect(again.code).toBe(1)
  expect(again.err).toContain(`Line 4 of flow ${flow} waits for no decision about protocollo`)
  const { out } = await look('flows', 'show', String(flow))
  const who = `${userInfo().username} (cli)`
  expect(out).toContain(`${who}: resolved the receipt of line 4 as given for protocollo`)
  expect(out).toContain('visto in archivio')
})

test('receipts retry starts again what was given up, and says what it started', async () => {
  const ports = portsOf(here)
  for (let hour = 0; hour < 2; hour++) {
    wait(ports, { hours: 1 })
    await write(ports, source)
  }
  expect((await look('receipts', '--flow', String(flow))).out).toContain(
    `Given up after it was tried 2 times: staffetta receipts retry ${flow} --target source`,
  )
  const { code, out } = await receipts('retry', String(flow))
  expect({ code, out }).toEqual({
    code: 0,
    out: 'Tried again at once: 1 report and 1 receipt that had failed alone.\n',
  })
  expect((await look('receipts', 'retry', String(flow), '--target', 'source')).out).toBe(
    `Of flow ${flow} nothing has failed, and nothing was given up.\n`,
  )
})

test('a target that its feed names since later, or no more, is shown as not told', async () => {
  const id = String(flow)
  await here.query(`update flows set tells = '{source}' where id = $1`, [flow])
  const joined = (await look('flows', 'show', id)).out
  expect(joined).toContain('protocollo joined its feed after this flow, and is told nothing of it.')
  expect(joined).toContain(`staffetta receipts retry ${id} --target protocollo\n`)
  const { configDirectory } = here.playground
  const feed = 'comune-di-esempio/feeds/mensa.yaml'
  await configure(configDirectory, { [feed]: { writeBack: [{ to: 'source' }] } })
  await here.reopen()
  const unnamed = 'its feed does not name it any more, under `writeBack`'
  expect((await look('receipts')).out).toContain(`protocollo is told nothing more: ${unnamed}\n`)
  const shown = JSON.parse((await look('receipts', '--target', 'protocollo', '--json')).out)
  expect(shown.receipts).toMatchObject([{ line: 3, isNamed: false }])
  const wrong = await look('receipts', 'retry', id, '--target', 'protocollo')
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining(unnamed) })
})

test('a user whom `staff` does not name may not decide', async () => {
  const file = 'comune-di-esempio/institution.yaml'
  const { configDirectory } = here.playground
  await configure(configDirectory, { [file]: { staff: { someone: 'operator' } } })
  const denied = await receipts('retry', String(flow))
  expect(denied.code).toBe(1)
  expect(denied.err).toContain('may not do this for comune-di-esempio')
})
