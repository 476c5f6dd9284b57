import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { children, type Installation, openInstallation, parent } from '../installation.ts'
import { openVisited, type Visited, type Visiting } from './visiting.ts'

// A canteen file of which two parents are not on IO, one message is rejected, and one record is
// none: what the pages say of the year, the month, and of who may see it.

let here: Installation
let visited: Visited
const today = Temporal.Now.zonedDateTimeISO('Europe/Rome').toPlainDate()
const { year } = today
const month = today.toPlainYearMonth().toString()
const monthName = today.toLocaleString('it-IT', { month: 'long' })

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

it('a year without anything says so', async () => {
  const { text } = await (await visited.as(['viewer'])).get('/statistics')
  expect(text).toContain(`Nessun invio nel ${year}. I dati appaiono dopo il primo flusso.`)
})

const problem = (status: number, title: string) => ({
  answer: { status, body: JSON.stringify({ status, title, detail: title }) },
})

describe('after a flow has ended', () => {
  let operator: Visiting

  beforeAll(async () => {
    const [gone, away, odd] = [parent(0), parent(1), parent(2)]
    here.answer(({ path, body }) => {
      const isOf = (fiscalCode: string) => body.includes(fiscalCode)
      if (path === '/profiles' && (isOf(gone) || isOf(away)))
        return problem(404, 'Profile not found')
      if (path === '/messages' && isOf(odd)) return problem(400, 'Bad Request')
      return null
    })
    await here.drop([...children(20), 'short'])
    await here.send()
    await here.pass('1 day')
    await here.send()
    operator = await visited.as(['operator'])
  })

  /** Cells of the first row that begins with this, without markup. */
  async function rowOf(path: string, first: string): Promise<string[]> {
    const { status, text } = await operator.get(path)
    expect(status).toBe(200)
    const rows = [...text.matchAll(/<tr.*<\/tr>/g)].map(([row]) =>
      row
        .split(/<t[hd][^>]*>/)
        .slice(1)
        .map((cell) => cell.replace(/<[^>]*>/g, '').trim()),
    )
    return rows.findLast((row) => row[0]?.includes(first)) ?? []
  }

  it('its messages are in the year, by state, with their shares', async () => {
    const row = async (first: string) => (await rowOf('/statistics', first)).slice(-2)
    expect([
      await row('Disponibile su IO'),
      await row('Non è su IO'),
      await row('Errore nei dati'),
      await row('Totale messaggi conclusi'),
    ]).toEqual([
      ['17', '85,00%'],
      ['2', '10,00%'],
      ['1', '5,00%'],
      ['20', '100,00%'],
    ])
  })

  it('the cards count what was refused before sending as an error', async () => {
    const { text } = await operator.get('/statistics')
    const said = text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
    expect(said).toContain('Totale messaggi 21 20 conclusi e 1 scartati')
    expect(said).toContain('Totale errori: 2 (9,52%)')
    expect(said).toContain('Adesione a IO 90,00%')
  })

  it('a month and an emission have figures of their own', async () => {
    const figures = ['20', '17', '2', '1', '0', '0,00%', '90,00%']
    expect((await rowOf('/statistics/months', monthName)).slice(1)).toEqual(figures)
    const path = `/statistics/months?year=${year}&month=${month}`
    expect((await rowOf(path, 'Totale messaggi conclusi')).slice(-2)).toEqual(['20', '100,00%'])
    const emissions = await rowOf('/statistics/emissions', '2026-03')
    expect(emissions.slice(1)).toEqual(figures)
    const one = '/statistics/emissions?emission=2026-03'
    expect((await rowOf(one, 'Totale messaggi conclusi')).slice(-2)).toEqual(['20', '100,00%'])
  })

  it('each view can be taken along as a file', async () => {
    for (const view of ['', '/emissions', '/months']) {
      const { status, text } = await operator.get(`/statistics${view}/export?format=csv`)
      expect([status, text.split('\r\n')[1]?.split(';').slice(1, 3)]).toEqual([200, ['20', '17']])
    }
  })

  it('has nothing for who may see only another service', async () => {
    const other = await visited.as(['viewer'], { services: ['acqua'] })
    expect((await other.get('/statistics')).text).toContain('Nessun invio nel')
    expect((await other.get('/statistics?service=mensa')).status).toBe(404)
  })

  it('leads to messages only whom may see them all', async () => {
    const auditor = await visited.as(['auditor'])
    const { text } = await auditor.get('/statistics')
    expect(text).toContain('85,00%')
    expect(text).not.toContain('/messages?')
    expect((await operator.get('/statistics')).text).toContain('/messages?')
  })

  it('has nothing of other years', async () => {
    const { text } = await operator.get('/statistics?year=2019')
    expect(text).toContain('Nessun invio nel 2019')
  })
})
