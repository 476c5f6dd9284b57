// The accounts of a period: every flow closes, and each number is that of the list it leads to.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { child, children, type Installation, openInstallation, parent } from '../installation.ts'
import { openVisited, type Visited, type Visiting } from './visiting.ts'

let here: Installation
let visited: Visited
let flow: number
let clerk: Visiting

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  clerk = await visited.as(['operator'])
  flow = await here.drop([
    ...children(4),
    child(5, { fiscalCode: 'XXXXXX00A01Z999X' }),
    child(6, { due: '2026-02-31' }),
    child(0),
  ])
  here.answer(({ path, body }) =>
    path === '/messages' && body.includes(parent(2)) ? { answer: { status: 503, body: '' } } : null,
  )
  await here.send()
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const linksOf = (text: string) =>
  [...text.matchAll(/href="([^"]*)">([\d.]+)<\/a>/g)].map(([, href = '', n = '']) => [
    href.replaceAll('&amp;', '&').replace('/comune-di-esempio', ''),
    n,
  ])

it('says that every account closes, term by term, and leads to the records of each', async () => {
  const { status, text } = await clerk.get('/accounts')
  expect(status).toBe(200)
  expect(text).toContain('Tutti i conti tornano.')
  const records = linksOf(text).filter(([href]) => href?.includes('/records?term='))
  expect(records).toEqual([
    [`/flows/${flow}/records?term=read`, '7'],
    [`/flows/${flow}/records?term=sent`, '3'],
    [`/flows/${flow}/records?term=refused`, '2'],
    [`/flows/${flow}/records?term=duplicate`, '1'],
    [`/flows/${flow}/records?term=uncertain`, '1'],
  ])
  for (const [href = '', n] of records) {
    expect((await clerk.get(href)).text).toContain(`Totale: <strong>${n}</strong>`)
  }
  expect(text).toContain('180,00 €')
})

it('sums by service and feed, and each sum leads to the flows that make it', async () => {
  const { text } = await clerk.get('/accounts')
  const [sum] = linksOf(text).filter(([href]) => href?.includes('feed=mensa'))
  expect(sum?.[1]).toBe('1')
  const { text: of } = await clerk.get(`/accounts${sum?.[0]}`)
  expect(of.match(/<tr data-href/g)).toHaveLength(1)
})

it('still closes while records are corrected and mapped again', async () => {
  const { correcting } = here.app.desk
  const asked = { actor: 'sportello', origin: 'console', note: null }
  const name = { flowId: flow, record: 5 }
  const place = await here.app.store.corrections.find('comune-di-esempio', null, name)
  if (place === null) throw new Error('it is not refused')
  await correcting.correct(place, 0, { codice_fiscale: parent(5) }, asked)
  const made = await correcting.rework(place, null, [{ record: 5, edition: 1 }], asked)
  expect(made.kind).toBe('done')
  const { text } = await clerk.get('/accounts')
  expect(text).toContain('Tutti i conti tornano.')
  expect(text.match(/<tr data-href/g)).toHaveLength(2)
  expect(text).toContain('Rilette: righe corrette e rielaborate')
})

it('shows nothing of another service, and nothing out of the period', async () => {
  const other = await visited.as(['operator'], { services: ['tari'] })
  expect((await other.get('/accounts')).text).toContain('Nessun flusso in questo periodo.')
  const past = await clerk.get('/accounts?from=2020-01-01&to=2020-12-31')
  expect(past.text).toContain('Nessun flusso in questo periodo.')
})

it('is exported with its sums, and so are refused records without anybody’s data', async () => {
  const accounts = await clerk.get('/accounts/export?format=csv')
  expect(accounts.status).toBe(200)
  const [, ...lines] = accounts.text.trim().split('\r\n')
  expect(lines).toHaveLength(2)
  const refused = await clerk.get('/refusals/export?format=csv&standing=all')
  expect(refused.text).toContain('REC_FISCAL_CODE_CHECK')
  expect(refused.text).not.toContain('XXXXXX00A01Z999X')
  const form = { purpose: 'da restituire all’ufficio' }
  const whole = await clerk.post('/refusals/export?format=csv&standing=all', form)
  expect(whole.text).toContain('XXXXXX00A01Z999X')
})
