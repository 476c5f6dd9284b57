// A system in a database, asked by a whole installation: what its file needs, what the commands
// show, and what becomes of a drop whose mapping looks it up.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseDocument, stringify } from 'yaml'
import dbview from '../connectors/dbview/index.ts'
import { run } from './cli/run-command.ts'
import { startViewRig, type ViewRig } from './contract/view-rig.ts'
import { freshDatabase } from './database.ts'
import {
  canteenFile,
  child,
  configure,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from './installation.ts'

let here: Installation
let rig: ViewRig
let canteen: string

beforeAll(async () => {
  const database = await freshDatabase()
  const url = new URL(database.url)
  url.username = 'postgres'
  rig = await startViewRig(dbview, { ...database, url: url.href })
  await rig.run(`create table app.registro (cf text, in_vita text, segreto text);
    grant select on app.registro to ${rig.reader};
    insert into app.registro values ('${parent(1)}', 'S', 'x'), ('${parent(2)}', 'N', 'y'),
      ('${parent(3)}', 'S', 'z')`)
  here = await openInstallation()
  await writeSystem()
  canteen = join(here.playground.configDirectory, 'mensa-prova.csv')
  await writeFile(canteen, canteenFile([1, 2, 3].map((n) => child(n))))
  await here.reopen()
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
  await rig.stop()
})

async function writeSystem(): Promise<void> {
  const { configDirectory } = here.playground
  const folder = join(configDirectory, INSTITUTION, 'systems')
  await mkdir(folder, { recursive: true })
  const { host, port, database, username } = rig.settings
  const statement = 'select cf, in_vita, segreto from app.registro where cf in (:keys)'
  const system = {
    connector: 'dbview',
    settings: {
      ...{ engine: 'postgresql', host, port, database, username },
      lookup: { statement, key: 'cf' },
    },
    lookup: { fields: { in_vita: { column: 'in_vita', type: 'boolean' } }, perDay: 50 },
  }
  await writeFile(join(folder, 'registro.yaml'), stringify(system))
  const asking = {
    'lookups.vita': { system: 'registro', by: 'codice_fiscale', onMissing: 'refuse' },
    'skip.1': { when: 'vita.in_vita == false', because: 'deceduto' },
  }
  await configure(configDirectory, { [`${INSTITUTION}/mappings/mensa.yaml`]: asking })
}

const staffetta = (...argv: string[]) => run([...argv, '--config', here.playground.configDirectory])

test('check finds its file in order, and says that it is reached', async () => {
  const { err, code, out } = await staffetta('check')
  expect([code, err, out]).toEqual([0, '', expect.not.stringContaining('registro.yaml')])
})

/** What became of each previewed record: after its line and its key. */
function endsIn(ndjson: string): (string | undefined)[] {
  const lines = ndjson.trimEnd().split('\n')
  return lines.map((line) => Object.keys(JSON.parse(line))[2])
}

test('preview asks nothing, says so, and takes its answers from a file', async () => {
  const { out } = await staffetta('preview', 'mensa', canteen)
  expect(out).toContain('Not asked: registro.')
  const answers = join(here.playground.configDirectory, 'risposte.json')
  await writeFile(
    answers,
    JSON.stringify({
      [parent(1)]: { in_vita: 'S' },
      [parent(2)]: { in_vita: 'N' },
      [parent(3)]: null,
    }),
  )
  const ran = await staffetta(
    'preview',
    'mensa',
    canteen,
    '--reference',
    `registro=${answers}`,
    '--json',
  )
  expect(endsIn(ran.out)).toEqual(['messages', 'skipped', 'refused'])
})

test('preview asks where it is told to', async () => {
  const { out, code } = await staffetta('preview', 'mensa', canteen, '--ask', '--json')
  expect(endsIn(out)).toEqual(['messages', 'skipped', 'messages'])
  expect(code).toBe(0)
})

test('a drop is asked about, and the commands say so', async () => {
  const flow = await here.drop([1, 2, 3, 4].map((n) => child(n)))
  const account = await here.app.store.flows.account(flow)
  expect(account).toMatchObject({ read: 4, waiting: 2, skipped: 1, refused: 1 })
  const { out } = await staffetta('drops', 'show', '1')
  expect(out).toContain('Systems were asked about it: 4 answers.')
  const systems = await staffetta('systems')
  expect(systems.code).toBe(0)
  expect(systems.out).toMatch(/comune-di-esempio\/registro +dbview +4 +50 +0 +0 +\d{4}.* answers\n/)
})

test('a system that is away keeps its records waiting, and the command says why', async () => {
  await rig.run('alter table app.registro rename to altrove')
  const rows = [child(7, { month: '2026-04' }), child(1, { month: '2026-04' })]
  const flow = await here.drop(rows, 'mensa-2026-04.csv')
  const account = await here.app.store.flows.account(flow)
  expect(account).toMatchObject({ read: 2, waiting: 2 })
  const shown = await staffetta('flows', 'show', String(flow))
  expect(shown.out).toMatch(/1 record waits for its answer from registro, asked again at/)
  const { code, out } = await staffetta('systems')
  expect(code).toBe(1)
  expect(out).toMatch(/ +5 +50 +1 +0 +\d{4}.* does not answer\n/)
  expect(out).toContain('SRC_')
  expect(out).not.toContain(parent(7))
  const mails = (await here.app.store.mails.waiting(100)).map(({ subject }) => subject)
  expect(mails).toContainEqual(expect.stringMatching(/^Sistema da guardare: registro \(SRC_/))
})

test('is asked at once when a person says so, who is remembered', async () => {
  const unknown = await staffetta('systems', 'retry', 'registr')
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('"registro"')])
  await rig.run('alter table app.altrove rename to registro')
  const { out, code } = await staffetta('systems', 'retry', 'registro', '--note', 'view renamed')
  expect([code, out]).toEqual([
    0,
    'registro may be asked at once: 1 record and 0 messages waited for it.\n',
  ])
  const acts = await here.query('select verb, subject, actor, detail from acts order by id desc')
  expect(acts[0]).toEqual({
    ...{ verb: 'asks again', subject: 'system/registro', actor: userInfo().username },
    detail: { records: 1, messages: 0, note: 'view renamed' },
  })
  const due = await here.app.store.waits.due(Temporal.Now.instant(), 10)
  expect(due).toHaveLength(1)
  const [rest] = await here.query('select resumes_at from systems')
  expect(rest).toEqual({ resumes_at: null })
  const limits = '50 times today, as `perDay` says'
  await here.query('update systems set asked = 50')
  const late = await staffetta('systems', 'retry', 'registro')
  expect([late.code, late.err]).toEqual([1, expect.stringContaining(limits)])
  await rig.run('alter table app.registro rename to altrove')
})

test('records that wait for a system which is gone say what to put back', async () => {
  const institution = join(here.playground.configDirectory, INSTITUTION)
  const mapping = join(institution, 'mappings/mensa.yaml')
  const document = parseDocument(await readFile(mapping, 'utf8'))
  document.deleteIn(['lookups'])
  document.deleteIn(['skip', 1])
  await writeFile(mapping, document.toString())
  await rm(join(institution, 'systems/registro.yaml'))
  const [{ id = 0 } = {}] = await here.query<{ id: number }>('select max(id) as id from flows')
  expect((await staffetta('flows', 'show', String(id))).out).toContain(
    'from registro, which the configuration no longer has: put systems/registro.yaml back, until',
  )
})
