import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { getFeed } from '../../src/config/config.ts'
import {
  child,
  children,
  INSTITUTION,
  type Installation,
  leaveCanteenFile,
  openInstallation,
  parent,
} from '../installation.ts'
import { run } from './run-command.ts'

let here: Installation
/** By name: the paid list, and three snapshots of which two were not let close anything. */
const drops: Record<string, number> = {}

const SETTLEMENT = `shape: settlement
series: [mensa-scolastica]
record: { format: csv, delimiter: ",", fields: {
  pratica: { column: PRATICA, type: text }, stato: { column: STATO, type: text } } }
key: [pratica]
as: { field: stato, settled: [PAGATO], ignore: [APERTO] }
`

beforeAll(async () => {
  here = await openInstallation({
    configuration: {
      [`${INSTITUTION}/mappings/mensa.yaml`]: {
        key: ['pratica'],
        delivery: 'snapshot',
        missing: { as: 'settled' },
      },
    },
  })
  const { configDirectory, canteen } = here.playground
  const paid = join(canteen, '../pagati')
  await mkdir(paid, { recursive: true })
  const at = join(configDirectory, INSTITUTION)
  await writeFile(join(at, 'mappings/pagati.yaml'), SETTLEMENT)
  const settings = `{ directory: ${paid}, pattern: "*.csv", stabilitySeconds: 0 }`
  await writeFile(
    join(at, 'feeds/pagati.yaml'),
    `connector: folder\nsettings: ${settings}\nfrom: all\nmapping: pagati\n`,
  )
  await here.reopen()
  await bring('first', 'mensa', () => leaveCanteenFile(canteen, children(5), 'mensa-1.csv'))
  const rows = ['MENSA-0,Pagato', 'MENSA-1,aperto', 'MENSA-99,PAGATO', 'MENSA-2,boh']
  await bring('paid', 'pagati', () =>
    writeFile(join(paid, 'pagati.csv'), ['PRATICA,STATO', ...rows, ''].join('\n')),
  )
  await bring('empty', 'mensa', () => leaveCanteenFile(canteen, [], 'mensa-2.csv'))
  await bring('short', 'mensa', () => leaveCanteenFile(canteen, [child(1)], 'mensa-3.csv'))
})
afterAll(() => here[Symbol.asyncDispose]())

async function bring(name: string, feed: string, leave: () => Promise<unknown>): Promise<void> {
  await leave()
  const { app } = here
  const poll = await app.collect(getFeed(app.config, INSTITUTION, feed), AbortSignal.timeout(9_000))
  const id = poll?.drops[0]?.id
  if (id === undefined) throw new Error(JSON.stringify(poll))
  drops[name] = id
  await app.map(id)
}

const staffetta = (...argv: string[]) =>
  run(['drops', ...argv, '--config', here.playground.configDirectory])

test('drops list says what each drop made, and what a snapshot was not let close', async () => {
  const { code, out } = await staffetta('list')
  expect(code).toBe(0)
  expect(out).toMatch(/mapped +4 +closed 1, 1 refused +comune-di-esempio\/pagati/)
  expect(out).toMatch(/SNAP_EMPTY: .*\n.*staffetta drops close-missing/)
  expect(out).toContain('SNAP_MISSING')
  const { out: json } = await staffetta('list', '--feed', 'pagati', '--json')
  expect(JSON.parse(json)).toMatchObject([{ id: drops['paid'], flowId: null, refused: 1 }])
})

test('drops show counts every row of a settlement once, and says why it refused some', async () => {
  const { out } = await staffetta('show', String(drops['paid']))
  const counts = [...out.matchAll(/= (.+?) {2,}(\d+)/g)].map(([, term, n]) => `${term} ${n}`)
  expect(counts).toEqual(['closed a notice 1', 'name no notice 1', 'close nothing 1', 'refused 1'])
  expect(out).toMatch(/read +4/)
  expect(out).toMatch(/line 5 {2}REC_VALUE_UNKNOWN stato\n {4}«boh» non dice/)
})

test('drops show says of a snapshot what is missing, and where its records are', async () => {
  const { out } = await staffetta('show', String(drops['short']))
  expect(out).toMatch(/staffetta flows show \d+/)
  expect(out).toContain('3 of 4 open notices are missing in it; none was closed.')
  for (let n = 0; n < 5; n++) expect(out).not.toContain(parent(n))
})

test('drops close-missing closes what the newest snapshot does not name, once', async () => {
  const id = String(drops['short'])
  const refused = await staffetta('close-missing', String(drops['empty']), '--because', 'sì')
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('newer drop') })
  const { code, out } = await staffetta('close-missing', id, '--because', 'emissione chiusa')
  expect(out).toBe('Closed 3 notices that it does not name.\n')
  expect(code).toBe(0)
  expect((await staffetta('close-missing', id, '--because', 'ancora')).code).toBe(1)
  expect((await staffetta('show', id)).out).toContain('closed as settled: 3')
})

test.each([
  [[], 'say what: `drops list`'],
  [['show'], 'say what: `drops list`'],
  [['show', 'x'], '"x" is not a drop’s number'],
  [['close-missing', '1'], 'say why in 1 to 200 characters'],
  [['list', '--limit', '0'], '--limit is a number from 1 to 10000'],
])('%j is wrong usage, and says what is missing', async (argv, text) => {
  const { code, err } = await staffetta(...argv)
  expect(err).toContain(text)
  expect(code).toBe(2)
})
