import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Installation, openInstallation, parent } from '../../installation.ts'
import { openVisited, type Visited } from '../visiting.ts'

// A message written by hand: typed, checked, shown, sent.

let here: Installation
let visited: Visited

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const typed = {
  service: 'mensa',
  fiscalCode: parent(1).toLowerCase(),
  subject: 'La tua pratica è pronta',
  markdown: 'Ciao, la **carta** è pronta: ritirala allo sportello dal lunedì al venerdì mattina.',
}

it('the form asks for what a message needs, with the services of the visitor alone', async () => {
  const visitor = await visited.as(['operator'], { services: ['mensa'] })
  const { status, text } = await visitor.get('/messages/new')
  expect(status).toBe(200)
  expect(text).toContain('<h1>Nuovo messaggio</h1>')
  expect(text).toContain('<option value="mensa">')
  expect(text).not.toContain('<option value="acqua">')
  expect(text).toContain('data-most="120"')
})

it('who may not prepare finds no such page', async () => {
  for (const role of ['viewer', 'approver', 'configurator', 'administrator', 'auditor'] as const) {
    const visitor = await visited.as([role])
    expect((await visitor.get('/messages/new')).status).toBe(404)
    expect((await visitor.post('/messages/new', typed)).status).toBe(404)
  }
})

it('all that is wrong comes back at once, with what was typed', async () => {
  const visitor = await visited.as(['operator'])
  const wrong = {
    ...{ service: '', fiscalCode: 'RSSMRA', subject: 'Corto', markdown: 'Corto' },
    ...{ noticeNumber: '', amount: '145' },
  }
  const { status, text } = await visitor.post('/messages/new', wrong)
  expect(status).toBe(422)
  for (const field of ['service', 'fiscalCode', 'subject', 'markdown', 'noticeNumber']) {
    expect(text).toContain(`href="#${field}"`)
  }
  expect(text).toContain('value="RSSMRA"')
  const gaps = { ...typed, subject: 'Rata di [[importo]] in scadenza' }
  expect((await visitor.post('/messages/new', gaps)).text).toContain('[[importo]].')
})

it('IO says whether the recipient can be reached, and nothing is sent', async () => {
  const visitor = await visited.as(['operator'])
  const { status, text } = await visitor.post('/messages/new', { ...typed, act: 'verify' })
  expect(status).toBe(200)
  expect(text).toContain('È su IO e riceve questo servizio.')
  expect(await here.query('select from drops')).toEqual([])
})

it('the checked message is shown as on a telephone, and sent once however often', async () => {
  const visitor = await visited.as(['operator'])
  const review = await visitor.post('/messages/new', { ...typed, act: 'review' })
  expect(review.status).toBe(200)
  expect(review.text).toContain('<h1>Controlla il messaggio</h1>')
  expect(review.text).toContain('la <strong>carta</strong> è pronta')
  const key = /name="key" value="([^"]+)"/.exec(review.text)?.[1] ?? ''
  const sent = await visitor.post('/messages/new', { ...typed, act: 'send', key })
  expect(sent.status).toBe(303)
  const again = await visitor.post('/messages/new', { ...typed, act: 'send', key })
  expect(again.location).toBe(sent.location)
  expect(await here.query('select count(*)::int as n from flows')).toEqual([{ n: 1 }])
  const another = await visitor.post('/messages/new', { ...typed, act: 'review' })
  expect(another.text).toContain('Oggi questo cittadino ha già avuto un messaggio')
})

it('a time that has passed is refused, and one to come waits', async () => {
  const visitor = await visited.as(['operator'])
  const other = { ...typed, fiscalCode: parent(2), act: 'schedule' }
  const past = await visitor.post('/messages/new', { ...other, leavesAt: '2020-01-01T08:00' })
  expect([past.status, past.text.includes('href="#leavesAt"')]).toEqual([422, true])
  const today = Temporal.Now.plainDateISO('Europe/Rome')
  const later = { ...other, leavesAt: `${today.add({ days: 3 })}T09:30` }
  expect((await visitor.post('/messages/new', later)).status).toBe(303)
})

it('a service that is not the visitor’s sends nothing', async () => {
  const visitor = await visited.as(['operator'], { services: ['acqua'] })
  const { status, text } = await visitor.post('/messages/new', { ...typed, act: 'send' })
  expect([status, text.includes('href="#service"')]).toEqual([422, true])
})

it('the text of a mapping begins a message, with gaps for its values', async () => {
  const visitor = await visited.as(['operator'])
  const { text } = await visitor.get('/messages/new?from=mensa')
  expect(text).toContain('[[')
  expect(text).not.toContain('{{')
})

it('a colleague gets it first, with a false notice number', async () => {
  const visitor = await visited.as(['operator'])
  const paid = { ...typed, noticeNumber: '302000100000000017', amount: '145,00' }
  const { status, text } = await visitor.post('/messages/new', {
    ...paid,
    act: 'test',
    tester: '0',
  })
  expect(status).toBe(200)
  expect(text).toContain('Prova creata per')
})
