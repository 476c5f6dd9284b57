import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startDaemon } from '../../../src/daemon.ts'
import { createMapWorker } from '../../../src/map-worker.ts'
import {
  children,
  INSTITUTION,
  type Installation,
  leaveCanteenFile,
  openInstallation,
} from '../../installation.ts'
import { openVisited, type Visited, type Visiting } from '../visiting.ts'

// Sources, services, the state of the system, and stopping everything: as whoever runs it does.

let here: Installation
let visited: Visited
let configurator: Visiting
let administrator: Visiting

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  configurator = await visited.as(['configurator'])
  administrator = await visited.as(['administrator'])
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

describe('sources', () => {
  it('are listed with where they are, when they were read, and what they brought', async () => {
    await here.drop(children(3), 'mensa-2026-05.csv')
    const { text } = await configurator.get('/feeds')
    expect(text).toContain(`<a href="/${INSTITUTION}/feeds/mensa">mensa</a>`)
    expect(text).toContain(here.playground.canteen)
    expect((await configurator.get('/feeds/mensa')).text).toContain('mensa-2026-05.csv')
  })

  it('show settings, and of secrets only where they are', async () => {
    const { text } = await configurator.get('/feeds/bollette')
    expect(text).toMatch(/segreto, in (env|file):/)
    expect(text).not.toContain('[secret]')
  })

  it('that fail say why and what to do, in Italian', async () => {
    await here.query(
      `update feeds set failure = 'connection refused', failure_code = 'SRC_UNREACHABLE',
         failing_since = now() where name = 'mensa'`,
    )
    const { text } = await configurator.get('/feeds/mensa')
    expect(text).toContain('La fonte non risponde')
    expect(text).toContain('SRC_UNREACHABLE')
    expect((await configurator.get('/')).text).toContain('Fonte che non si legge: mensa')
    await here.query('update feeds set failure = null, failure_code = null, failing_since = null')
  })

  it('are tried on request, line by line', async () => {
    const { status, text } = await configurator.post('/feeds/mensa/check')
    expect(status).toBe(200)
    expect(text).toContain('La fonte risponde.')
  })

  it('are looked at now by whoever collects, wherever that runs', async () => {
    const options = { configDirectory: here.playground.configDirectory, logLevel: 'silent' }
    const other = await here.another()
    const mapper = createMapWorker({ ...options, connection: other.connection, fingerprint: '' })
    const before = await dropsOf('mensa')
    await leaveCanteenFile(here.playground.canteen, children(2), 'mensa-2026-06.csv')
    await here.query(`update feeds set next_poll_at = now() + interval '1 day', polled_at = now()`)
    const daemon = await startDaemon(other, mapper, new Set(['collect'] as const))
    try {
      const { status, location } = await configurator.post('/feeds/mensa/poll')
      expect([status, location]).toEqual([303, `/${INSTITUTION}/feeds/mensa`])
      await expect.poll(() => dropsOf('mensa'), { timeout: 20_000 }).toBe(before + 1)
    } finally {
      await daemon.stop()
    }
    const [act] = await here.query<{ actor: string }>(
      `select actor from acts where verb = 'asked for a poll' and subject = 'feed/mensa'`,
    )
    expect(act?.actor).toBe(configurator.login)
  })

  const dropsOf = async (feed: string) => {
    const [row] = await here.query<{ n: string }>(
      'select count(*) as n from drops where feed = $1',
      [feed],
    )
    return Number(row?.n)
  }
})

describe('services', () => {
  it('are listed with their mode, account and key, of which nothing is shown', async () => {
    const { text } = await configurator.get('/services')
    expect(text).toContain('Simulazione')
    expect(text).toContain('configurata')
    for (const name of Object.keys(process.env)) {
      const value = process.env[name] ?? ''
      if (/^STAFFETTA_.*KEY/.test(name) && value !== '') expect(text).not.toContain(value)
    }
  })

  it('that are paused say why, and go on when somebody says so', async () => {
    const pause = { institution: INSTITUTION, service: 'mensa', code: 'IO_KEY', detail: '' }
    await here.app.store.pauses.pause({ ...pause, since: Temporal.Now.instant() }, [])
    expect((await configurator.get('/')).text).toContain('Servizio in pausa: mensa')
    expect((await configurator.get('/services/mensa')).text).toContain('IO rifiuta la chiave')
    const { status } = await configurator.post('/services/mensa/resume')
    expect(status).toBe(303)
    expect(await here.app.store.pauses.list()).toEqual([])
    const acts = await here.query<{ actor: string }>(
      `select actor from acts where subject = 'service/mensa' and verb = 'resumed'`,
    )
    expect(acts.map(({ actor }) => actor)).toEqual([configurator.login])
  })

  it('have their key tried without naming anybody', async () => {
    const { status, text } = await configurator.post('/services/mensa/check')
    expect([status, text.includes('Prova della connessione')]).toEqual([200, true])
  })
})

describe('the state of the system', () => {
  it('says which processes run, and asks them to reload', async () => {
    const node = { name: 'ced/7', host: 'ced', pid: 7, configuration: 'a'.repeat(64) }
    await here.app.store.nodes.beat(node, Temporal.Now.instant())
    expect((await configurator.get('/status')).text).toContain('ced/7')
    expect((await configurator.post('/status/reload')).status).toBe(404)
    expect((await administrator.post('/status/reload')).status).toBe(303)
    expect(await here.app.store.nodes.lastRequest()).toMatchObject({ actor: administrator.login })
    await here.app.store.nodes.leave('ced/7')
  })

  it('is downloaded without anybody’s data and without a secret', async () => {
    const { headers, text } = await configurator.get('/status/diagnosis')
    expect(headers.get('content-disposition')).toContain('attachment')
    const told = JSON.parse(text)
    expect(told.versions.node).toBe(process.version)
    expect(told.feeds.map(({ feed }: { feed: string }) => feed)).toContain('mensa')
    expect(text).not.toMatch(/[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]/)
    expect(text).not.toContain('mensa-2026-05.csv')
    expect(text).not.toContain(configurator.login)
  })
})

describe('stopping everything', () => {
  afterEach(() => here.app.stopAll.resume({ actor: 'ced', origin: 'cli' }))

  it('takes a page and a button, and is told on every page', async () => {
    const operator = await visited.as(['operator'])
    expect((await operator.get('/stop-all')).text).toContain('Interrompi tutto adesso')
    await operator.post('/stop-all', { because: 'importi sbagliati' })
    expect(here.app.stopAll.standing()).toMatchObject({
      actor: operator.login,
      because: 'importi sbagliati',
    })
    const { text } = await operator.get('/')
    expect(text).toContain('È tutto fermo')
    expect(text).toContain('importi sbagliati')
    expect(text).not.toContain('class="stop"')
    expect((await operator.post('/stop-all/resume')).status).toBe(404)
    await administrator.post('/stop-all/resume')
    expect(here.app.stopAll.standing()).toBeNull()
    expect((await operator.get('/')).text).not.toContain('È tutto fermo')
  })

  it('needs no reason', async () => {
    const approver = await visited.as(['approver'])
    await approver.post('/stop-all')
    expect(here.app.stopAll.standing()?.because).toBe('Dalla console, senza motivo scritto')
  })
})
