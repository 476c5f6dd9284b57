import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  canteenFile,
  child,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from '../../installation.ts'
import { openVisited, type Visited } from '../visiting.ts'

// Mappings looked at, and tried with a file of which nothing leaves.

let here: Installation
let visited: Visited

beforeAll(async () => {
  here = await openInstallation()
  await here.drop(children(2))
  visited = await openVisited(here)
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const fileOf = (rows: string[]) => new File([canteenFile(rows)], 'mensa.csv', { type: 'text/csv' })
const rows = [
  child(1),
  child(2, { fiscalCode: 'SBAGLIATO' }),
  child(3, { due: '2020-01-31' }),
  child(4),
]

async function tried(roles: Parameters<Visited['as']>[0] = ['operator']) {
  const visitor = await visited.as(roles)
  const sent = await visitor.upload('/mappings/mensa/try', { pasted: '' }, { file: fileOf(rows) })
  expect(sent.status).toBe(303)
  return { visitor, path: (sent.location ?? '').replace(`/${INSTITUTION}`, '') }
}

it('the list has each mapping with its feeds and when it was last used', async () => {
  const visitor = await visited.as(['viewer'])
  const { status, text } = await visitor.get('/mappings')
  expect(status).toBe(200)
  expect(text).toContain('<h1>Modelli</h1>')
  expect(text).toMatch(/mappings\/mensa"[\s\S]*?<time /)
})

it('one mapping shows its fields, its texts, its versions; its cases run when asked', async () => {
  const visitor = await visited.as(['viewer'])
  const { text } = await visitor.get('/mappings/mensa')
  expect(text).toContain('Dove sta nel file')
  expect(text).toContain('{{')
  expect(text).toContain('Quella di adesso')
  expect(text).not.toContain('Prova con un file')
  const ran = await visitor.get('/mappings/mensa?run=cases')
  expect(ran.text).toMatch(/prove riuscite su \d/)
  expect((await visitor.get('/mappings/nessuno')).status).toBe(404)
})

it('who may not try a file finds no such page', async () => {
  const visitor = await visited.as(['viewer'])
  expect((await visitor.get('/mappings/mensa/try')).status).toBe(404)
})

it('a file becomes its messages, row by row, and nothing leaves or is kept', async () => {
  const before = await here.query('select count(*)::int as n from messages')
  const { visitor, path } = await tried()
  const { status, text } = await visitor.get(path)
  expect(status).toBe(200)
  expect(text).toContain('Ho capito: file csv')
  expect(text).toContain('4 righe')
  expect(text).toContain('class="phone"')
  expect(text).toMatch(/Scarti \(\d\)/)
  expect(await here.query('select count(*)::int as n from messages')).toEqual(before)
  const drops = await here.query('select count(*)::int as n from drops')
  expect(drops).toEqual([{ n: 1 }])
})

it('refused rows are found by the filter, each with its reason and its remedy', async () => {
  const { visitor, path } = await tried()
  const { text } = await visitor.get(`${path}?show=refused`)
  expect(text).toContain('Che cosa non va')
  expect(text).toContain('Come correggere')
})

it('how the file is read can be said for this try', async () => {
  const { visitor, path } = await tried()
  const { text } = await visitor.get(`${path}?delimiter=%7C`)
  expect(text).toContain('separato da «|»')
  expect(text).toContain('Il file non si può leggere fino in fondo')
})

it('a row becomes a case without anybody’s data', async () => {
  const { visitor, path } = await tried()
  const { text } = await visitor.get(`${path}?row=1&case=yes`)
  expect(text).toContain('mensa.cases.yaml')
  const yaml = /<pre>(# yaml[\s\S]*?)<\/pre>/.exec(text)?.[1] ?? ''
  expect(yaml).toContain('expect:')
  expect(yaml).not.toContain(parent(1))
})

it('the file is seen by who brought it alone, and until it is deleted', async () => {
  const { visitor, path } = await tried()
  const other = await visited.as(['operator'])
  expect((await other.get(path)).status).toBe(404)
  expect((await visitor.post(`${path}/forget`)).status).toBe(303)
  expect((await visitor.get(path)).status).toBe(404)
})

it('a sample that is an hour old is not found, and is deleted', async () => {
  const { visitor, path } = await tried()
  await here.query(`update drafts set expires_at = now() - interval '1 second'`)
  expect((await visitor.get(path)).status).toBe(404)
  expect(await here.app.store.drafts.forget(Temporal.Now.instant())).toBeGreaterThan(0)
  expect(await here.query('select from drafts')).toEqual([])
})

it('rows may be pasted, and nothing at all is a fault', async () => {
  const visitor = await visited.as(['configurator'])
  const nothing = new File([], '')
  const empty = await visitor.upload('/mappings/mensa/try', { pasted: '' }, { file: nothing })
  expect(empty.status).toBe(422)
  const pasted = { pasted: canteenFile([child(1)]) }
  const sent = await visitor.upload('/mappings/mensa/try', pasted, { file: nothing })
  expect(sent.status).toBe(303)
})
