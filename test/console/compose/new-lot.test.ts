import { afterAll, beforeAll, expect, it } from 'vitest'
import { INSTITUTION, type Installation, openInstallation, parent } from '../../installation.ts'
import { openVisited, type Visited } from '../visiting.ts'

// A lot of an office's own, from its list to its flow.

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

const row = (n: number, code = parent(n)) => `${code};Anna ${n};0${n}/12/2099`
const listOf = (rows: string[]) =>
  new File([['Codice Fiscale;Nome;Giorno', ...rows, ''].join('\r\n')], 'elenco.csv')
const none = () => new File([], '')

const begun = { title: 'Appuntamenti di dicembre', service: 'mensa' }
const texts = {
  subject: 'Il tuo appuntamento',
  markdown:
    'Ciao {{ nome }}, ti aspettiamo il **{{ giorno }}** allo sportello. Porta un documento con te.',
}

type Visiting = Awaited<ReturnType<Visited['as']>>
async function begin(visitor: Visiting, rows = [row(1), row(2), row(3, 'SBAGLIATO')]) {
  const { status, location } = await visitor.upload('/lots/new', begun, { file: listOf(rows) })
  expect(status).toBe(303)
  return (location ?? '').replace(`/${INSTITUTION}`, '')
}

it('who may not prepare finds no such page', async () => {
  const visitor = await visited.as(['approver', 'configurator', 'administrator'])
  expect((await visitor.get('/lots/new')).status).toBe(404)
})

it('it begins with a name, a service of the visitor and a list', async () => {
  const visitor = await visited.as(['operator'], { services: ['acqua'] })
  const wrong = await visitor.upload('/lots/new', { title: '', service: 'mensa' }, { file: none() })
  expect(wrong.status).toBe(422)
  for (const field of ['title', 'service', 'file']) {
    expect(wrong.text).toContain(`href="#${field}"`)
  }
})

it('the columns of the list stand beside the text that uses them', async () => {
  const visitor = await visited.as(['operator'])
  const path = await begin(visitor)
  const { text } = await visitor.get(path)
  expect(text).toContain('{{ nome }}')
  expect(text).toContain('riconosciuta: Codice Fiscale')
  expect(text).not.toContain('class="phone"')
})

it('a text with its names shows each row as a message, and what is refused', async () => {
  const visitor = await visited.as(['operator'])
  const path = await begin(visitor)
  const fields = { ...begun, ...texts, act: 'save' }
  expect((await visitor.upload(path, fields, { file: none() })).status).toBe(303)
  const { text } = await visitor.get(path)
  expect(text).toContain('Ciao Anna 1, ti aspettiamo il <strong>1 dicembre 2099</strong>')
  expect(text).toContain('Le righe scartate non partono: sono 1 su 3.')
  const second = await visitor.get(`${path}?row=2`)
  expect(second.text).toContain('Ciao Anna 2')
})

it('a name that is no column keeps the flow from being prepared', async () => {
  const visitor = await visited.as(['operator'])
  const path = await begin(visitor)
  const wrong = { ...begun, ...texts, markdown: 'Ciao {{ nom }}!', act: 'prepare' }
  const { status, text } = await visitor.upload(path, wrong, { file: none() })
  expect(status).toBe(422)
  expect(text).toContain('Forse intendevi {{ nome }}?')
  expect(await here.query('select from flows')).toEqual([])
})

it('prepared it is a flow, once, and its draft begins another', async () => {
  const visitor = await visited.as(['operator'], { login: 'sportello' })
  const path = await begin(visitor)
  const fields = { ...begun, ...texts, act: 'prepare' }
  const prepared = await visitor.upload(path, fields, { file: none() })
  expect(prepared.location).toMatch(/\/flows\/\d+$/)
  await visitor.upload(path, fields, { file: none() })
  const flows = await here.query('select origin, prepared_by as by from flows')
  expect(flows).toEqual([{ origin: 'upload', by: ['sportello'] }])
  expect((await visitor.get(path)).text).toContain('Apri il flusso')
  const copy = await visitor.post(path, { act: 'duplicate' })
  expect(copy.status).toBe(303)
  const { text } = await visitor.get((copy.location ?? '').replace(`/${INSTITUTION}`, ''))
  expect(text).toContain('Copia di Appuntamenti di dicembre')
  expect(text).toContain('Ciao {{ nome }}')
})

it('a draft is nobody else’s, and is deleted when its office says so', async () => {
  const visitor = await visited.as(['operator'])
  const path = await begin(visitor)
  const other = await visited.as(['operator'])
  expect((await other.get(path)).status).toBe(404)
  expect((await other.upload(path, { act: 'remove' }, { file: none() })).status).toBe(404)
  expect((await visitor.upload(path, { act: 'remove' }, { file: none() })).status).toBe(303)
  expect((await visitor.get(path)).status).toBe(404)
})
