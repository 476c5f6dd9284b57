// Messages whose outcome nobody knows, as people meet them: explained, listed, decided.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { children, type Installation, openInstallation, parent } from '../installation.ts'
import { openVisited, type Visited, type Visiting } from './visiting.ts'

let here: Installation
let visited: Visited
let flow: number
let clerk: Visiting

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  clerk = await visited.as(['operator'])
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const idsOf = async (state: string) =>
  (
    await here.query<{ id: string }>('select id from messages where state = $1 order by id', [
      state,
    ])
  ).map(({ id }) => id)

it('says so where nothing is uncertain', async () => {
  const { text, status } = await clerk.get('/uncertain')
  expect(status).toBe(200)
  expect(text).toContain('Nessun esito incerto.')
})

it('lists them with what happened, recipients masked, and counts that agree', async () => {
  flow = await here.drop(children(6))
  here.answer(({ path }) => (path === '/messages' ? { answer: { status: 503, body: '' } } : null))
  await here.send()
  here.answer(() => null)
  expect(await idsOf('uncertain')).toHaveLength(6)
  const { text } = await clerk.get('/uncertain')
  expect(text).toContain('IO ha avuto un guasto mentre prendeva il messaggio')
  expect(text).toContain('Totale: <strong>6</strong>')
  expect(text.match(/name="message"/g)).toHaveLength(6)
  expect(text).toContain(`${parent(0).slice(0, 6)}••••••`)
  expect(text).not.toContain(parent(0))
  const elsewhere = await visited.as(['operator'], { services: ['tari'] })
  expect((await elsewhere.get('/uncertain')).text).toContain('Nessun esito incerto.')
})

it('takes chosen ones as sent, with who decided and why', async () => {
  const [first = ''] = await idsOf('uncertain')
  const note = 'trovato sul portale'
  const answer = await clerk.post('/uncertain', {
    as: 'sent',
    message: first,
    note,
    which: 'chosen',
  })
  expect(answer.status).toBe(303)
  expect((await clerk.get('/uncertain')).text).toContain('Messaggi decisi: 1.')
  const acts = await here.app.store.acts.ofFlow(flow)
  expect(acts.at(-1)).toMatchObject({ actor: clerk.login, origin: 'console', note })
  const { text } = await clerk.get(`/messages/${first}`)
  expect(text).toMatch(new RegExp(`${clerk.login}</td><td>considerati inviati: 1</td><td>${note}`))
  const again = await clerk.post('/uncertain', { as: 'sent', message: first, which: 'chosen' })
  expect(again.status).toBe(422)
  expect(again.text).toContain('non è stato fatto nulla')
})

it('sends again only for who types how many may hear twice', async () => {
  const [one = '', two = ''] = await idsOf('uncertain')
  const form = { as: 'resend', which: 'chosen', message: [one, two] }
  const guessed = await clerk.post('/uncertain', { ...form, typed: '1' })
  expect(guessed.status).toBe(422)
  expect(guessed.text).toContain('I messaggi sono 2')
  expect(guessed.text).toContain(`value="${one}" checked`)
  expect((await clerk.post('/uncertain', { ...form, typed: '2' })).status).toBe(303)
  expect(await idsOf('waiting')).toEqual(expect.arrayContaining([one, two]))
})

it('never decides about messages of another service, nor about more than was typed', async () => {
  const left = await idsOf('uncertain')
  expect(left).toHaveLength(3)
  const elsewhere = await visited.as(['operator'], { services: ['tari'] })
  const theirs = { as: 'cancelled', which: 'chosen', message: left }
  expect((await elsewhere.post('/uncertain', theirs)).status).toBe(422)
  const all = { as: 'cancelled', which: 'all', filter: `flow=${flow}` }
  expect((await clerk.post('/uncertain', { ...all, typed: '4' })).status).toBe(422)
  expect(await idsOf('uncertain')).toEqual(left)
  expect((await clerk.post('/uncertain', { ...all, typed: '3' })).status).toBe(303)
  expect(await idsOf('uncertain')).toEqual([])
})

it('asks what to do, and takes IO’s id for one message alone', async () => {
  const form = { which: 'chosen', message: '1' }
  expect((await clerk.post('/uncertain', form)).text).toContain('Scegli che cosa fare.')
  const none = await clerk.post('/uncertain', { as: 'sent', which: 'chosen' })
  expect(none.text).toContain('Scegli almeno un messaggio.')
})

it('shows what is held by its reason, with what each decision does', async () => {
  await here.query(
    `update messages set state = 'held', code = 'HOLD_PAYMENTS_STALE' where state = 'waiting' and purpose = 'first'`,
  )
  const { text } = await clerk.get('/uncertain?state=held')
  expect(text).toContain('I pagamenti noti sono troppo vecchi')
  expect(text).toContain('Lascia partire')
  expect(text).not.toContain('Considera inviati')
})
