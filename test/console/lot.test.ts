import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  canteenFile,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'
import { openVisited, type Visited, type Visiting } from './visiting.ts'

// The whole path of a lot as two people walk it: uploaded, checked, tested on colleagues, approved
// by the second, sent, followed. Through the pages alone, with IO's sandbox behind.

const ADA = { name: 'Ada', fiscalCode: parent(9001) }

let here: Installation
let visited: Visited
let clerk: Visiting
let head: Visiting
let flow: number

beforeAll(async () => {
  here = await openInstallation({
    configuration: {
      [`${INSTITUTION}/institution.yaml`]: { testers: [ADA] },
      [`${INSTITUTION}/feeds/mensa.yaml`]: { release: { approval: 'four-eyes' } },
    },
  })
  visited = await openVisited(here)
  clerk = await visited.as(['operator'], { login: 'sportello' })
  head = await visited.as(['approver', 'operator'], { login: 'ragioneria' })
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const accepted = () => [...here.playground.sandbox.truth.accepted()]
const path = (rest = '') => `/flows/${flow}${rest}`
const address = (location: string | null) => location?.replace(`/${INSTITUTION}`, '') ?? ''

/** What a hidden field of a page says. */
function hidden(text: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? ''
}

it('a file that is uploaded becomes a flow that its uploader has prepared', async () => {
  const rows = [...children(12), 'MENSA-X,ERRATO,2026-03,10,4500,2099-12-31,303202603000000099']
  const file = new File([canteenFile(rows)], 'mensa-marzo.csv', { type: 'text/csv' })
  const sent = await clerk.upload('/flows/upload', { feed: 'mensa' }, { file })
  expect(sent.status).toBe(303)
  const drop = Number(/\/drops\/(\d+)$/.exec(sent.location ?? '')?.[1])
  const waiting = await clerk.get(`/drops/${drop}`)
  expect(waiting.text).toContain('In attesa di essere letto')
  expect((await here.app.map(drop))?.kind).toBe('mapped')
  const after = await clerk.get(`/drops/${drop}`)
  flow = Number(/\/flows\/(\d+)$/.exec(after.location ?? '')?.[1])
  await here.app.release(flow)
  const { text } = await clerk.get(path())
  expect(text).toContain('mensa-marzo.csv')
  expect(text).toContain('file caricato')
  expect(text).toContain('in attesa di approvazione')
  expect(text).toMatch(/<strong>13<\/strong> righe lette.*<strong>1<\/strong> scartato/s)
  expect(await here.app.store.flows.get(flow)).toMatchObject({ preparedBy: ['sportello'] })
})

it('the same file again is told, and nothing of it is kept', async () => {
  const before = await here.query<{ n: string }>('select count(*) as n from drops')
  const rows = [...children(12), 'MENSA-X,ERRATO,2026-03,10,4500,2099-12-31,303202603000000099']
  const file = new File([canteenFile(rows)], 'altro-nome.csv', { type: 'text/csv' })
  const { status, text } = await clerk.upload('/flows/upload', { feed: 'mensa' }, { file })
  expect(status).toBe(422)
  expect(text).toContain('già stato elaborato')
  expect(text).toContain(`flusso ${flow}`)
  expect(await here.query('select count(*) as n from drops')).toEqual(before)
})

it('its checks and its problems are on its pages, values only for who asks', async () => {
  expect((await clerk.get(path('/checks'))).text).toContain('Che cosa parte')
  const problems = await clerk.get(path('/problems'))
  expect(problems.text).toContain('REC_FISCAL_CODE')
  expect(problems.text).not.toContain('ERRATO')
  const shown = await clerk.post(path('/problems'))
  expect(shown.text).toContain('ERRATO')
  const acts = await here.app.store.acts.ofFlow(flow)
  expect(acts.map(({ verb }) => verb)).toContain('revealed refused records')
})

it('a test batch reaches the colleague alone, and what she says is written down', async () => {
  const asking = await clerk.get(path('/test'))
  expect(asking.text).toContain('Prova su colleghi')
  const fields = { testers: 'Ada', random: '1', seed: 'x', noAnswers: 'on' }
  const sent = await clerk.post(path('/test'), fields)
  expect(sent.status).toBe(303)
  await here.send()
  const recipients = new Set(accepted().map(({ fiscalCode }) => fiscalCode))
  expect([...recipients]).toEqual([ADA.fiscalCode])
  const said = { tester: 'Ada', item: '', answer: 'ok', note: 'al telefono' }
  expect((await clerk.post(path('/test/answers'), said)).status).toBe(303)
  const { text } = await clerk.get(path('/test'))
  expect(text).toContain('Tutto corretto')
  expect(text).toContain('scritto da sportello')
})

it('who has prepared it reads why they may not approve it', async () => {
  const both = await visited.as(['operator', 'approver'], { login: 'ufficio' })
  const rows = children(3).map((row) => row.replaceAll('2026-03', '2026-04'))
  const file = new File([canteenFile(rows)], 'aprile.csv')
  const sent = await both.upload('/flows/upload', { feed: 'mensa' }, { file })
  const drop = Number(/\d+$/.exec(sent.location ?? '')?.[0])
  await here.app.map(drop)
  const own = Number(/\d+$/.exec((await both.get(`/drops/${drop}`)).location ?? '')?.[0])
  await here.app.release(own)
  const page = await both.get(`/approvals/${own}`)
  expect(page.text).toContain('Chi ha preparato non può approvare')
  expect(page.text).toContain('disabled')
  const digest = hidden(page.text, 'digest') || 'a'.repeat(64)
  const tried = await both.post(`/approvals/${own}`, { digest, recipients: '3', when: 'now' })
  expect(tried.status).toBe(422)
  expect(await here.app.store.flows.get(own)).toMatchObject({ releasedAt: null })
})

it('a second person sees what leaves, types to how many, and approves it', async () => {
  const list = await head.get('/approvals')
  expect(list.text).toContain(`/approvals/${flow}`)
  const page = await head.get(`/approvals/${flow}`)
  expect(page.text).toContain('Scrive a 12 destinatari')
  const digest = hidden(page.text, 'digest')
  const wrong = await head.post(`/approvals/${flow}`, { digest, recipients: '11', when: 'now' })
  expect([wrong.status, wrong.text.includes('Non è il numero')]).toEqual([422, true])
  const given = await head.post(`/approvals/${flow}`, { digest, recipients: '12', when: 'now' })
  expect(address(given.location)).toBe(path('/certificate'))
  const certificate = await head.get(path('/certificate'))
  expect(certificate.text).toContain(digest)
  expect(certificate.text).toContain('ragioneria')
})

it('it is sent, its sum says so, and each term leads to as many rows', async () => {
  await here.send()
  expect(accepted().filter(({ fiscalCode }) => fiscalCode !== ADA.fiscalCode)).toHaveLength(12)
  const { text } = await clerk.get(path())
  expect(text).toMatch(/<strong>12<\/strong> inviati/)
  for (const [term, rows] of [
    ['read', 13],
    ['sent', 12],
    ['refused', 1],
  ] as const) {
    const records = await clerk.get(path(`/records?term=${term}`))
    expect(records.text).toContain(`Totale: <strong>${rows}</strong>`)
    expect(records.text.match(/<th scope="row">/g)).toHaveLength(rows)
  }
  const outcomes = await clerk.get(path('/outcomes'))
  expect(outcomes.text).toContain('Esiti per stato e causa')
})

it('its history says what everybody did, and its file can be had back byte for byte', async () => {
  const { text } = await clerk.get(path('/history'))
  for (const said of ['caricato', 'provato sui collaudatori', 'approvato']) {
    expect(text).toContain(said)
  }
  const original = await clerk.post(path('/documents/original'), { part: '0' })
  expect(original.text.startsWith('PRATICA,CF_GENITORE')).toBe(true)
  expect(original.headers.get('content-disposition')).toContain('mensa-marzo.csv')
})
