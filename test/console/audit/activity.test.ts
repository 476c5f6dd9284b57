import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { children, INSTITUTION, type Installation, openInstallation } from '../../installation.ts'
import { openVisited, type Visited, type Visiting } from '../visiting.ts'

let here: Installation
let visited: Visited
let auditor: Visiting
let flow: number

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  flow = await here.drop(children(3))
  await here.send()
  auditor = await visited.as(['auditor'], { login: 'revisore' })
  const note = 'importi <b>sbagliati</b>'
  for (let n = 1; n <= 30; n += 1) {
    const act = { actor: 'ragioneria', origin: 'console', verb: `exported ${n} rows` }
    await here.app.store.acts.add(
      INSTITUTION,
      { ...act, subject: 'export/flows', detail: { note } },
      Temporal.Instant.from('2026-10-02T08:42:00Z'),
    )
  }
  const act = { actor: 'ced', origin: 'cli', verb: 'approved', subject: `flow/${flow}` }
  const detail = { messages: 40_120 }
  await here.app.store.acts.add(INSTITUTION, { ...act, detail }, Temporal.Now.instant())
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

describe('the activity log', () => {
  it('tells what was done as sentences by day, with reasons escaped', async () => {
    const { text, status } = await auditor.get('/activity')
    expect(status).toBe(200)
    expect(text).toContain(`<strong>ced</strong>: approvato, flusso ${flow} (40.120 destinatari)`)
    expect(text).toContain('10:42</time> – <strong>ragioneria</strong>: esportate 30 righe')
    expect(text).toContain('importi &lt;b&gt;sbagliati')
    expect(text).toContain('02/10/2026')
  })

  it('leads to what an act is about, for who may see that', async () => {
    const administrator = await visited.as(['administrator'])
    const link = `href="/${INSTITUTION}/flows/${flow}"`
    expect((await auditor.get('/activity')).text).not.toContain(link)
    expect((await administrator.get('/activity')).text).toContain(link)
  })

  it('is narrowed by who, what and when', async () => {
    const lines = async (query: string) =>
      (await auditor.get(`/activity?${query}`)).text.match(/<li><time/g)?.length ?? 0
    expect(await lines('actor=ragioneria&size=100')).toBe(30)
    expect(await lines(`kind=flow&name=${flow}&actor=ced`)).toBe(1)
    expect(await lines('to=2026-10-01')).toBe(0)
    expect(await lines('from=2026-10-02&to=2026-10-02&size=100')).toBe(30)
    expect(await lines("actor='%3B--&kind=%00")).toBe(0)
  })

  it('goes from page to page and back without losing or repeating an act', async () => {
    const seen = (text: string) => [...text.matchAll(/esportate (\d+) righe/g)].map(([, n]) => n)
    const first = (await auditor.get('/activity?actor=ragioneria&size=25')).text
    const next = /rel="next" href="([^"]+)"/.exec(first)![1]!.replaceAll('&amp;', '&')
    const second = (await auditor.get(`/activity${next}`)).text
    expect([...seen(first), ...seen(second)]).toEqual(
      Array.from({ length: 30 }, (_, index) => String(30 - index)),
    )
    const back = /rel="prev" href="([^"]+)"/.exec(second)![1]!.replaceAll('&amp;', '&')
    expect(seen((await auditor.get(`/activity${back}`)).text)).toEqual(seen(first))
  })

  it('shows to who answers for one service what was done there, and nothing else', async () => {
    const some = await visited.as(['auditor'], { services: ['mensa'] })
    const { text } = await some.get('/activity?size=100')
    expect(text).toContain(`flusso ${flow}`)
    expect(text).not.toContain('esportate')
    expect(text).not.toContain('Verifica integrità')
    expect((await some.post('/activity/verify')).status).toBe(404)
  })

  it('is taken away as a sheet', async () => {
    const { text } = await auditor.get('/activity/export?format=csv&actor=ced')
    expect(text).toContain('approvato')
    expect(text).not.toContain('ragioneria')
  })
})

describe('the proof of the log', () => {
  it('says that the chain is whole, and how many entries it has', async () => {
    const { location } = await auditor.post('/activity/verify')
    expect(location).toBe(`/${INSTITUTION}/activity/verification`)
    const { text } = await auditor.get('/activity/verification')
    const { number } = (await here.app.store.actChain.head())!
    expect(text).toContain(`Catena integra: ${number} voci`)
  })

  it('says where somebody has touched it', async () => {
    await here.query('alter table acts disable trigger user')
    await here.query(`update acts set actor = 'altri' where verb = 'approved' and actor = 'ced'`)
    await here.query('alter table acts enable trigger user')
    await auditor.post('/activity/verify')
    const { text } = await auditor.get('/activity/verification')
    expect(text).toMatch(/Catena interrotta alla voce \d+, su \d+ voci/)
    expect(text).toContain('non è quella che era stata sigillata')
  })
})
