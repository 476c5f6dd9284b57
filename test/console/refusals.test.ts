// Refused records as people meet them: by cause, one by one, shown on being asked for, corrected.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { child, children, type Installation, openInstallation, parent } from '../installation.ts'
import { openVisited, type Visited, type Visiting } from './visiting.ts'

let here: Installation
let visited: Visited
let flow: number
let clerk: Visiting

const WRONG = 'XXXXXX00A01Z999X'

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  flow = await here.drop([
    ...children(2),
    child(2, { fiscalCode: WRONG }),
    child(3, { fiscalCode: WRONG }),
    child(4, { due: '2026-02-31' }),
    child(5, { due: '2026-02-31' }),
  ])
  clerk = await visited.as(['operator'])
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const actsOf = async () =>
  (await here.app.store.acts.ofFlow(flow)).map(({ verb, actor }) => `${actor} ${verb}`)

it('counts them by cause, and each count is that of the list that it leads to', async () => {
  const { text, status } = await clerk.get('/refusals')
  expect(status).toBe(200)
  expect(text).toContain('Codice fiscale con il carattere di controllo sbagliato')
  const links = [...text.matchAll(/href="[^"]*(\/refusals\/records[^"]*)">([\d.]+)<\/a>/g)]
  expect(links.map(([, , n]) => n)).toEqual(['2', '2'])
  for (const [, path = '', n] of links) {
    const list = await clerk.get(path.replaceAll('&amp;', '&'))
    expect(list.text).toContain(`Totale: <strong>${n}</strong>`)
    expect(list.text.match(/<tr data-href/g)).toHaveLength(Number(n))
  }
  expect(text + (await clerk.get('/refusals/records')).text).not.toContain(WRONG)
})

it('shows a record to who asks for it and may, and writes that down', async () => {
  const path = `/refusals/${flow}/3`
  const before = await clerk.get(path)
  expect(before.text).toContain('Mostra la riga')
  expect(before.text).not.toContain(WRONG)
  const shown = await clerk.post(`${path}/reveal`)
  expect(shown.text).toContain(`<mark>${WRONG}</mark>`)
  expect(await actsOf()).toContain(`${clerk.login} revealed record 3`)

  const technician = await visited.as(['configurator'])
  expect((await technician.get(path)).text).toContain('non vede i dati delle persone')
  expect((await technician.post(`${path}/reveal`)).status).toBe(404)
  const elsewhere = await visited.as(['operator'], { services: ['tari'] })
  expect((await elsewhere.get(path)).status).toBe(404)
  expect((await elsewhere.post(`${path}/reveal`)).status).toBe(404)
  expect((await elsewhere.get('/refusals')).text).toContain('Nessuno scarto: tutte le righe')
})

it('says in the field what is still wrong, and keeps a correction that is right', async () => {
  const path = `/refusals/${flow}/3`
  const wrong = await clerk.post(`${path}/correct`, { edition: '0', 'f.codice_fiscale': 'ABC' })
  expect(wrong.status).toBe(422)
  expect(wrong.text).toContain('id="f.codice_fiscale-fault"')
  expect(wrong.text).toContain('value="ABC"')
  const fields = { edition: '0', 'f.codice_fiscale': parent(2) }
  const right = await clerk.post(`${path}/correct`, fields)
  expect([right.status, right.location]).toEqual([303, `/comune-di-esempio${path}`])
  const late = await (await visited.as(['operator'])).post(`${path}/correct`, fields)
  expect(late.status).toBe(422)
  expect(late.text).toContain('un’altra persona ha deciso')
})

it('maps corrected records again on being asked, into a flow that it names', async () => {
  const answer = await clerk.post(`/refusals/${flow}/3/rework`, { edition: '1' })
  expect(answer.status).toBe(303)
  const said = await clerk.get(`/refusals/${flow}/3`)
  expect(said.text).toMatch(/Righe rielaborate: 1\. Flusso \d+\./)
  const [made] = await here.query<{ id: string; prepared: string[] }>(
    "select id, prepared_by as prepared from flows where origin = 'correction'",
  )
  expect(made?.prepared).toEqual([clerk.login])
  expect((await clerk.get('/refusals/records?standing=settled')).text).toContain('Rielaborata')
})

it('decides about all of a list only for who types how many they are', async () => {
  const filter = `flow=${flow}&code=REC_DATE_FORM`
  const all = { filter, act: 'rework all' }
  const guessed = await clerk.post('/refusals/records', { ...all, typed: '3' })
  expect(guessed.status).toBe(422)
  expect(guessed.text).toContain('Le righe sono 2')
  const still = await clerk.post('/refusals/records', { ...all, typed: '2' })
  expect(still.text).toContain('sono ancora tutte sbagliate')
})

it('ignores chosen records with a reason, and never without', async () => {
  const record = [`${flow}.5.0`, `${flow}.6.0`]
  const filter = `flow=${flow}`
  const without = await clerk.post('/refusals/records', { filter, act: 'ignore', record })
  expect(without.text).toContain('Scrivi il motivo.')
  const reason = 'il bambino non è più iscritto'
  await clerk.post('/refusals/records', { filter, act: 'ignore', record, reason })
  expect(await actsOf()).toContain(`${clerk.login} ignored 2 refused`)
  const left = await clerk.get(`/refusals/records?flow=${flow}`)
  expect(left.text).toContain('Totale: <strong>1</strong>')
})

it('gives the office a text that says nothing of anybody', async () => {
  const { text } = await clerk.get('/refusals')
  const [, letter = ''] = /<textarea[^>]*>([^<]*)</.exec(text) ?? []
  expect(letter).toContain('- 1: Codice fiscale con il carattere di controllo sbagliato')
  expect(letter).not.toContain(WRONG)
})
