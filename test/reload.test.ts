import { execFileSync } from 'node:child_process'
import { constants } from 'node:fs'
import { cp, mkdir, open, readdir, rm, symlink } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { call } from './cli/call-command.ts'
import { run, type Started, start } from './cli/run-command.ts'
import { administer } from './database.ts'
import {
  child,
  children,
  configure,
  INSTITUTION,
  type Installation,
  type InstallationOptions,
  leaveCanteenFile,
  openInstallation,
} from './installation.ts'

const patience = { timeout: 60_000, interval: 50 }
const MAPPING = `${INSTITUTION}/mappings/mensa.yaml`
const isSubmit = ({ path }: { path: string }) => path === '/messages'

/** One institution with one mapping, its cases and its feed: each reload reads them all. */
async function openSmall(options: InstallationOptions = {}): Promise<Installation> {
  const here = await openInstallation(options)
  const { configDirectory } = here.playground
  const institution = join(configDirectory, INSTITUTION)
  for (const name of await readdir(configDirectory)) {
    if (name.endsWith('-di-esempio') && name !== INSTITUTION) {
      await rm(join(configDirectory, name), { recursive: true })
    }
  }
  for (const folder of ['mappings', 'feeds', 'systems']) {
    for (const name of await readdir(join(institution, folder))) {
      if (!/^mensa\.(cases\.)?yaml$/.test(name)) await rm(join(institution, folder, name))
    }
  }
  await here.reopen()
  return here
}

/** A daemon of its own process; resolves once it runs. */
async function runDaemon({ playground }: Installation, ...more: string[]): Promise<Started> {
  const running = start(['run', '--config', playground.configDirectory, ...more])
  await running.printed('daemon started')
  return running
}

/** Lets it end, which it does without a fault. */
async function end(running: Started): Promise<void> {
  running.child.kill('SIGTERM')
  expect((await running.ended).code).toBe(0)
}

interface Line {
  time: string
  msg: string
  by?: string[]
  changes?: string[]
  problems?: string[]
  pausedMilliseconds?: number
}

const RELOADED = 'configuration reloaded'
const REFUSED = 'configuration refused'

function linesOf({ ran }: Started, msg: string): Line[] {
  const lines = ran.err.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as Line).filter((line) => line.msg === msg)
}

/** The nth line of these words; waits for it. */
function logged(running: Started, msg: string, nth = 1): Promise<Line> {
  return vi.waitFor(() => {
    const lines = linesOf(running, msg)
    if (lines.length < nth) throw new Error(`no line "${msg}" yet:\n${running.ran.err}`)
    return lines[nth - 1] as Line
  }, patience)
}

/** Asks by a signal; the line of what it did. */
async function reload(running: Started): Promise<Line> {
  const told = () => [...linesOf(running, RELOADED), ...linesOf(running, REFUSED)]
  const before = new Set(told().map(({ time }) => time))
  running.child.kill('SIGHUP')
  return vi.waitFor(() => {
    const line = told().find(({ time }) => !before.has(time))
    if (line === undefined) throw new Error(`nothing is said yet:\n${running.ran.err}`)
    return line
  }, patience)
}

/** Another text of the first message, with no case that would not like it. */
async function retitle({ playground }: Installation, subject: string): Promise<void> {
  const { configDirectory } = playground
  await configure(configDirectory, { [MAPPING]: { 'notice.subject.it': subject } })
  const cases = `${INSTITUTION}/mappings/mensa.cases.yaml`
  await rm(join(configDirectory, cases), { force: true })
}

/** The last flow, once all of its first messages are sent. */
async function sentFlow(here: Installation, count: number): Promise<void> {
  await vi.waitFor(async () => {
    const rows = await here.query<{ state: string }>(
      `select state from messages where purpose = 'first'
         and flow_id = (select max(id) from flows)`,
    )
    expect(rows.map(({ state }) => state)).toEqual(Array(count).fill('sent'))
  }, patience)
}

describe('a daemon that is asked to read its configuration anew', () => {
  let here: Installation
  let daemon: Started
  let pristine: string
  let titles: string[] = []
  let nobody: Awaited<ReturnType<typeof run>>

  beforeAll(async () => {
    here = await openSmall({ account: { connections: 2 } })
    const { configDirectory, directory } = here.playground
    pristine = join(directory, 'pristine')
    await cp(configDirectory, pristine, { recursive: true })
    nobody = await run(['reload', '--config', configDirectory])
    daemon = await runDaemon(here)
  })
  afterAll(async () => {
    daemon.child.kill('SIGKILL')
    await daemon.ended
    await here[Symbol.asyncDispose]()
  })
  // Each begins with the configuration of the first, which the daemon runs.
  afterEach(async () => {
    if (daemon.child.exitCode !== null) return
    const { configDirectory } = here.playground
    await rm(configDirectory, { recursive: true, force: true })
    await cp(pristine, configDirectory, { recursive: true })
    expect((await reload(daemon)).msg).toBe(RELOADED)
    here.answer(keepTitle)
    titles = []
  })
  const keepTitle = (sent: { path: string; body: string }) => {
    if (isSubmit(sent)) titles.push(JSON.parse(sent.body).content.subject)
    return null
  }
  const leave = (rows: string[], name: string) =>
    leaveCanteenFile(here.playground.canteen, rows, name)

  it('sends a flow to its end with the old text, and a new drop with the new one', async () => {
    const held = Promise.withResolvers<void>()
    here.answer((sent) => {
      if (!isSubmit(sent)) return null
      keepTitle(sent)
      if (titles.length === 10) held.resolve()
      return { delayMilliseconds: 30 }
    })
    await leave(children(60), 'mensa-2026-03.csv')
    await held.promise
    await retitle(here, 'Mensa: il nuovo avviso di {{ mese }}')
    const { changes, by } = await reload(daemon)
    expect(by).toEqual(['signal'])
    expect(changes).toEqual([expect.stringMatching(/^comune-di-esempio mapping mensa: \w+ → \w+$/)])
    await sentFlow(here, 60)
    expect(new Set(titles)).toEqual(new Set(['Mensa scolastica: il conto di 2026-03']))
    expect(titles).toHaveLength(60)

    await leave([child(900)], 'mensa-2026-04.csv')
    await vi.waitFor(() => expect(titles).toHaveLength(61), patience)
    expect(titles.at(-1)).toBe('Mensa: il nuovo avviso di 2026-03')
    const versions = await here.query<{ n: number }>(
      'select count(distinct mapping_version_id)::int as n from flows',
    )
    expect(versions).toEqual([{ n: 2 }])
  })

  it('runs on as before past an error, a failing case, and what needs a restart', async () => {
    const { configDirectory } = here.playground
    await configure(configDirectory, { [MAPPING]: { 'notice.dueDate': 'scadenzza' } })
    const { problems } = await reload(daemon)
    expect(problems?.[0]).toMatch(/mensa\.yaml:\d+ CFG_\w+ .*scadenzza/)

    await configure(configDirectory, {
      [MAPPING]: { 'notice.dueDate': 'scadenza', 'notice.subject.it': 'Mensa: altro {{ mese }}' },
    })
    const second = await reload(daemon)
    expect(second.problems?.[0]).toMatch(/mensa\.cases\.yaml:\d+ CFG_CASE /)

    await retitle(here, 'Mensa: altro {{ mese }}')
    await configure(configDirectory, { 'staffetta.yaml': { dataDirectory: '/srv/elsewhere' } })
    const third = await reload(daemon)
    expect(third.problems).toEqual([
      'CFG_RESTART staffetta.yaml: dataDirectory has changed: restart needed',
    ])
    // What it ran it still runs, by the mapping of before.
    await leave([child(1001)], 'mensa-2026-05.csv')
    await vi.waitFor(() => expect(titles).toHaveLength(1), patience)
    expect(titles).toEqual(['Mensa scolastica: il conto di 2026-03'])
    const outcomes = await here.query('select outcome from reloads order by id desc limit 3')
    expect(outcomes).toEqual([1, 2, 3].map(() => ({ outcome: 'refused' })))
  })

  it('runs on as before past files that nobody can read, or that are not there', async () => {
    const { configDirectory } = here.playground
    const own = join(configDirectory, INSTITUTION, 'mappings/own.yaml')
    await symlink('own.yaml', own)
    expect((await reload(daemon)).problems).toEqual([expect.stringContaining('(ELOOP)')])
    await rm(own)
    await symlink('/nowhere', join(configDirectory, 'gone'))
    expect((await reload(daemon)).msg).toBe(RELOADED)
    await rm(join(configDirectory, INSTITUTION), { recursive: true })
    const { problems } = await reload(daemon)
    expect(problems).toEqual(['CFG_RESTART no institution is left: restart needed'])
    await rm(configDirectory, { recursive: true })
    expect((await reload(daemon)).problems).toEqual([expect.stringContaining('it is not there')])
  })

  it('keeps what people have stopped and suspended', async () => {
    const config = ['--config', here.playground.configDirectory]
    const act = { actor: 'ufficio', origin: 'cli', note: 'prova' } as const
    const states = async () => (await here.firsts(flow)).map(({ state }) => state)
    const [{ last } = { last: 0 }] = await here.query<{ last: number }>(
      'select max(id)::int as last from flows',
    )
    expect((await run(['stop-all', '--because', 'prova', ...config])).code).toBe(0)
    await logged(daemon, 'everything stopped')
    await leave(
      [2001, 2002].map((n) => child(n)),
      'mensa-2026-06.csv',
    )
    const flow = await vi.waitFor(async () => {
      const [made] = await here.query<{ id: number }>('select max(id)::int as id from flows')
      expect(made?.id).toBeGreaterThan(last)
      expect(await here.firsts(made?.id ?? 0)).toHaveLength(2)
      return made?.id ?? 0
    }, patience)
    await reload(daemon)
    await logged(daemon, 'everything stopped', 2)
    expect(await states()).toEqual(['waiting', 'waiting'])
    await here.app.flows.suspend(flow, act)
    expect(await here.app.stopAll.resume({ actor: 'ufficio', origin: 'cli' })).toBe(true)
    await leave([child(2050)], 'mensa-2026-07.csv')
    await vi.waitFor(() => expect(titles).toHaveLength(1), patience)
    await reload(daemon)
    expect(await states()).toEqual(['waiting', 'waiting'])
    await here.app.flows.resume(flow, act)
    await vi.waitFor(async () => expect(await states()).toEqual(['sent', 'sent']), patience)
  })

  it('is asked by the command, which tells what it did, and by whom', async () => {
    const { configDirectory } = here.playground
    const nothing = expect.stringContaining('No daemon runs on this database')
    expect([nobody.code, nobody.err]).toEqual([1, nothing])
    await here.query(
      `insert into nodes (name, host, pid, configuration, started_at, seen_at)
       values ('killed/1', 'killed', 1, '', now(), now())`,
    )
    await retitle(here, 'Mensa: un altro titolo')
    const asked = run(['reload', '--config', configDirectory])
    await vi.waitFor(async () => {
      expect(await here.query('select id from reload_requests')).toHaveLength(1)
    }, patience)
    await here.query(`update nodes set seen_at = now() - interval '1 min' where host = 'killed'`)
    const good = await asked
    expect(good.out).toMatch(/reloaded in [\d,]+ ms\.\n {4}comune-di-esempio mapping mensa: /)
    // One that was killed is not waited for.
    expect(good.out).toContain('killed/1  has not answered')
    expect(good.code).toBe(1)
    const { by } = linesOf(daemon, RELOADED).at(-1) as Line
    expect(by).toEqual([userInfo().username])

    await configure(configDirectory, { [MAPPING]: { 'notice.dueDate': 'scadenzza' } })
    const wrong = await run(['reload', '--config', configDirectory])
    expect([wrong.code, wrong.err]).toEqual([78, expect.stringContaining('scadenzza')])
    await configure(configDirectory, {
      [MAPPING]: { 'notice.dueDate': 'scadenza' },
      'staffetta.yaml': { dataDirectory: '/srv/elsewhere' },
    })
    const refused = await run(['reload', '--json', '--config', configDirectory])
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.out).nodes).toMatchObject([
      { outcome: 'refused', problems: [expect.stringContaining('restart needed')] },
    ])
    const status = await call(here, ['reload', '--status'])
    expect(status.out).toContain(`/${daemon.child.pid}  runs `)
    expect(status.out).toContain('refused, asked by')
  })

  it('goes on with the configuration of before where the new one fails as it starts', async () => {
    const { configDirectory, directory } = here.playground
    const [pipe, name] = [join(directory, 'authority.pem'), new URL(here.databaseUrl).pathname]
    execFileSync('mkfifo', [pipe])
    await configure(configDirectory, {
      'staffetta.yaml': {
        'outbound.certificateAuthorities': [`file:${pipe}`, 'file:/nowhere/authority.pem'],
      },
    })
    const refused = reload(daemon)
    // It stands still as it reads what only sending needs: nobody can write before.
    const flags = constants.O_WRONLY | constants.O_NONBLOCK
    const writer = await vi.waitFor(() => open(pipe, flags), patience)
    const database = name.slice(1)
    await administer(`alter database "${database}" allow_connections false`)
    await administer(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`,
    )
    await writer.close()
    // The database is away just then: it is tried again, until it is back.
    await logged(daemon, 'configuration of before not running yet')
    await administer(`alter database "${database}" allow_connections true`)
    const { problems, pausedMilliseconds } = await refused
    expect(problems).toEqual([expect.stringContaining('/nowhere/authority.pem')])
    expect(pausedMilliseconds).toBeGreaterThan(0)
    await leave([child(3001)], 'mensa-2026-08.csv')
    await vi.waitFor(() => expect(titles).toHaveLength(1), patience)
  })

  it('ends where neither configuration can start any more, for its supervisor', async () => {
    const journal = join(here.playground.directory, 'data/send-journal.log')
    await rm(journal, { force: true })
    await mkdir(journal)
    daemon.child.kill('SIGHUP')
    const { code, err } = await daemon.ended
    expect([code, err]).toEqual([1, expect.stringContaining('STORE_JOURNAL: ')])
  })
})

describe('a reload while work is under way', () => {
  it('loses nothing and sends nothing twice, six times in a flow', async () => {
    const MESSAGES = 900
    const RELOADS = 6
    await using here = await openSmall({ account: { connections: 8 } })
    here.answer((sent) => (isSubmit(sent) ? { delayMilliseconds: 60 } : null))
    const flow = await here.drop(children(MESSAGES))
    const running = await runDaemon(here, '--roles', 'send')
    for (let n = 1; n <= RELOADS; n++) {
      await configure(here.playground.configDirectory, {
        'staffetta.yaml': { 'limits.mapBatchRecords': 1000 + n },
      })
      expect((await reload(running)).msg).toBe(RELOADED)
    }
    expect(here.playground.sandbox.truth.acceptedCount()).toBeLessThan(MESSAGES)
    await vi.waitFor(async () => {
      const left = await here.query<{ n: number }>(
        `select count(*)::int as n from messages where flow_id = $1 and purpose = 'first'
           and state <> 'sent'`,
        [flow],
      )
      expect(left).toEqual([{ n: 0 }])
    }, patience)
    const times = [...here.playground.sandbox.truth.acceptedCounts().values()]
    expect(times).toHaveLength(MESSAGES)
    expect(Math.max(...times)).toBe(1)
    expect(linesOf(running, 'work failed')).toEqual([])
    expect(linesOf(running, 'stopped before all work had ended')).toEqual([])
    await end(running)
  })

  it('maps a drop to its end as it began, and stops where it is told to', async () => {
    await using here = await openSmall({ account: { connections: 2 } })
    const running = await runDaemon(here)
    // Nobody can write what the drop becomes, until it is let go.
    const keeper = new pg.Client({ connectionString: here.databaseUrl })
    keeper.on('error', () => {})
    await keeper.connect()
    await keeper.query('begin; lock table notices in exclusive mode')
    await leaveCanteenFile(here.playground.canteen, children(3), 'mensa-2026-03.csv')
    await vi.waitFor(async () => {
      expect(await here.query('select map_attempts as n from drops')).toEqual([{ n: 1 }])
    }, patience)
    await retitle(here, 'Mensa: il nuovo avviso di {{ mese }}')
    expect((await reload(running)).msg).toBe(RELOADED)
    expect(await here.query('select state from drops')).toEqual([{ state: 'received' }])
    await keeper.query('commit')
    await keeper.end()
    await logged(running, 'drop mapped')
    const kept = await here.query<{ attempts: number; title: string }>(
      `select d.map_attempts as attempts, v.spec->'mapping'->'notice'->'subject'->>'it' as title
       from drops d join flows f on f.drop_id = d.id
         join mapping_versions v on v.id = f.mapping_version_id`,
    )
    expect(kept).toEqual([{ attempts: 1, title: 'Mensa scolastica: il conto di {{ mese }}' }])

    // One that is told to stop while it reloads stops.
    running.child.kill('SIGHUP')
    await end(running)
    expect(await here.query('select name from nodes')).toEqual([])
  })
})
