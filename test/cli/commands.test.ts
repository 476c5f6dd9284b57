import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  canteenFile,
  child,
  type Installation,
  leaveCanteenFile,
  openInstallation,
} from '../installation.ts'
import { run, start } from './run-command.ts'

let here: Installation
let flow: number

beforeAll(async () => {
  here = await openInstallation()
  flow = await here.drop([
    child(0),
    child(1),
    child(2, { cents: 0 }),
    child(3, { fiscalCode: 'X' }),
  ])
  await here.send()
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const staffetta = (...argv: string[]) => run([...argv, '--config', here.playground.configDirectory])
const json = async (...argv: string[]) => JSON.parse((await staffetta(...argv, '--json')).out)

test.concurrent('flows list shows each flow with its account', async () => {
  expect(await json('flows', 'list')).toMatchObject([
    {
      id: flow,
      state: 'sent',
      feed: 'mensa',
      account: { read: 4, sent: 2, refused: 1, skipped: 1 },
    },
  ])
  const listed = ['--feed', 'mensa', '--state', 'sent', '--lang', 'it']
  const { code, out } = await staffetta('flows', 'list', ...listed)
  expect(code).toBe(0)
  expect(out).toContain('Inviato')
  expect((await staffetta('flows', 'list', '--feed', 'bollette')).out).toContain('No flows yet')
})

test.concurrent('flows show has the account, refusals, reminders and history', async () => {
  const shown = await json('flows', 'show', String(flow))
  expect(shown).toMatchObject({
    id: flow,
    account: { read: 4, sent: 2 },
    reminders: { waiting: 2 },
    refusals: [{ line: 5, refusals: [{ code: 'REC_FISCAL_CODE_FORM' }] }],
    history: [{ actor: 'staffetta', verb: 'approved' }],
  })
  const { out } = await staffetta('flows', 'show', String(flow))
  expect(out).toContain('The account closes.')
  const missing = await staffetta('flows', 'show', '999')
  expect(missing.code).toBe(1)
  expect(missing.err).toContain('there is no flow 999')
})

test.concurrent('report --format csv is the result file: one line a record', async () => {
  const { code, out } = await staffetta('report', String(flow), '--format', 'csv')
  expect(code).toBe(0)
  const rows = parse(out, { delimiter: ';', bom: true, columns: true }) as Record<string, string>[]
  expect(rows.map(({ line, outcome }) => `${line} ${outcome}`)).toEqual([
    '2 sent',
    '3 sent',
    '4 skipped',
    '5 refused',
  ])
})

test.concurrent('report --format json is one object a record, and --json the account', async () => {
  const { out } = await staffetta('report', String(flow), '--format', 'json')
  const lines = out.trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).fate)).toEqual(['sent', 'sent', 'skipped', 'refused'])
  expect(await json('report', String(flow))).toMatchObject({ read: 4, sent: 2 })
})

test('collect polls once, saves what is new, and says so', async () => {
  await leaveCanteenFile(here.playground.canteen, [child(9)], 'mensa-altra.csv')
  const { code, out } = await staffetta('collect', 'mensa')
  expect(code).toBe(0)
  const bytes = Buffer.byteLength(canteenFile([child(9)]))
  expect(out).toContain('mensa-altra.csv')
  expect(out).toContain(`${bytes} bytes`)
  expect((await staffetta('collect', 'comune-di-esempio/mensa')).out).toBe('Nothing new.\n')
})

test('collect of a source that cannot be reached ends with 1, and says what to do', async () => {
  await here.playground.sftp.stop()
  const { code, err } = await staffetta('collect', 'bollette')
  expect(code).toBe(1)
  expect(err).toContain('SRC_UNREACHABLE')
  expect(err).toContain('The next poll goes on by itself.')
})

test.concurrent('migrate says that there is nothing to apply', async () => {
  expect(await json('migrate')).toEqual({ migrated: [] })
  expect((await staffetta('migrate')).out).toBe('The database has this version’s schema.\n')
})

test.concurrent('a database that is away ends a command with 1, in one line', async () => {
  const { code, out, err } = await run(
    ['flows', 'list', '--config', here.playground.configDirectory],
    { env: { STAFFETTA_DATABASE: 'postgresql://127.0.0.1:1/none' } },
  )
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toContain('ECONNREFUSED')
  expect(err).not.toContain('    at ')
})

test('sandbox prints its address, answers there, and ends on SIGTERM with 0', async () => {
  const sandbox = start(['sandbox', '--json'])
  await sandbox.printed('\n')
  const [line = ''] = sandbox.ran.out.split('\n')
  const { url } = JSON.parse(line)
  const answer = await fetch(`${url}/profiles`, {
    method: 'POST',
    headers: { 'ocp-apim-subscription-key': 'any', 'content-type': 'application/json' },
    body: JSON.stringify({ fiscal_code: 'AAAAAA00A00A000A' }),
  })
  expect(await answer.json()).toMatchObject({ sender_allowed: true })
  sandbox.child.kill('SIGTERM')
  expect((await sandbox.ended).code).toBe(0)
})

test('run ends on SIGTERM with 0, and leaves nothing claimed', async () => {
  const daemon = start(['run', '--config', here.playground.configDirectory])
  await daemon.printed('daemon started')
  daemon.child.kill('SIGTERM')
  const { code, out, err } = await daemon.ended
  expect({ code, out }).toEqual({ code: 0, out: '' })
  expect(err).toContain('daemon stopped')
  expect(await here.query(`select from messages where state in ('claimed', 'sending')`)).toEqual([])
})
