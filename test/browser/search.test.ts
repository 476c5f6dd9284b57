import { readFile } from 'node:fs/promises'
import { readXlsx } from 'hucre/xlsx'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { children, parent } from '../installation.ts'
import { judge } from './judge.ts'
import { openTown, type Person, type Town } from './town.ts'
import { sees, textOf } from './walk.ts'

// A citizen at the desk asks what they were told: found by their code, which no address ever has;
// then everything of a flow, taken out as a sheet.

let town: Town
let clerk: Person
let viewer: Person
let flow: number
/** Every address that the browser asked for. */
const asked: string[] = []

beforeAll(async () => {
  town = await openTown({ daemon: false })
  const { here } = town
  flow = await here.drop(children(12))
  await here.send()
  await here.pass('1 hour')
  clerk = await town.as('sportello', ['operator'])
  viewer = await town.as('chi-guarda', ['viewer'])
  clerk.page.on('request', (request) => asked.push(request.url()))
})
afterAll(async () => town?.[Symbol.asyncDispose]())

const code = parent(3)

it('finds a citizen by their code: messages, notice, everything said to them', async () => {
  const { page } = clerk
  await page.goto(town.at('/'))
  await page.getByRole('link', { name: 'Messaggi', exact: true }).click()
  await sees(page, 'Scrivi un codice fiscale o un numero d’avviso')
  expect(await judge(page)).toEqual([])
  await page.getByLabel('Codice fiscale', { exact: true }).fill(code.slice(0, 9))
  await page.getByRole('button', { name: 'Cerca' }).click()
  await sees(page, 'Il codice fiscale di una persona ha 16 caratteri')
  expect(await judge(page)).toEqual([])
  await page.getByLabel('Codice fiscale', { exact: true }).fill(code.toLowerCase())
  await page.getByRole('button', { name: 'Cerca' }).click()
  await sees(page, 'Totale: 2')
  expect(await judge(page)).toEqual([])
  expect(await page.locator('tbody tr').count()).toBe(2)
  expect(await page.locator('tbody').innerText()).not.toContain(code)

  // Narrowed, opened by a double click, and its notice.
  await page.locator('#state').selectOption('taken')
  await page.getByRole('button', { name: 'Cerca' }).click()
  await sees(page, 'Totale: 1')
  await page.locator('tbody tr td').nth(1).dblclick()
  await page.waitForURL(/\/messages\/\d+$/)
  await page.locator('main').locator('a[href*="/notices/"]').click()
  await page.waitForURL(/\/notices\/\d+$/)
  await sees(page, 'Messaggi di questa comunicazione')
  expect(await judge(page)).toEqual([])
  await page.getByRole('link', { name: 'tutto quello che gli è stato detto' }).click()
  await page.waitForURL(/\/recipients\//)
  expect(await page.locator('tbody tr').count()).toBe(2)
  expect(await textOf(page)).not.toContain(code)
  expect(await judge(page)).toEqual([])
})

it('an access request takes out all of it, and says for what', async () => {
  const { page } = clerk
  await page.getByText('Richiesta di accesso ai dati').click()
  await page.getByLabel('Perché').last().fill('richiesta del cittadino')
  const file = await saved(page, () =>
    page.getByRole('button', { name: 'Scarica tutto (JSON)' }).click(),
  )
  const { fiscalCode, messages } = JSON.parse(file.toString('utf8'))
  expect([fiscalCode, messages.length]).toEqual([code, 2])
  const book = await saved(page, () => page.getByRole('button', { name: 'Esporta Excel' }).click())
  expect(await rowsOf(book)).toHaveLength(3)
})

it('a flow goes out as a sheet that keeps zeros, people’s data for a purpose alone', async () => {
  const { page } = clerk
  await page.goto(town.at(`/messages?flow=${flow}`))
  await sees(page, 'Totale: 24')
  const link = (of: Page) => of.getByRole('link', { name: 'Esporta Excel' })
  const masked = await rowsOf(await saved(page, () => link(page).click()))
  expect(masked).toHaveLength(25)
  expect(JSON.stringify(masked)).not.toContain(code)
  await page.getByText('Esporta con i dati personali').click()
  await page.getByLabel('A che cosa serve?').fill('lettere a chi non ha l’app')
  const personal = await rowsOf(
    await saved(page, () => page.getByRole('button', { name: 'Esporta Excel' }).click()),
  )
  const [head = [], ...rows] = personal
  expect(head.slice(-personal.length)).toContain('Codice fiscale')
  const numbers = rows.map((row) => row[head.indexOf('Numero di avviso')])
  expect(numbers.every((number) => /^\d{18}$/.test(String(number)))).toBe(true)
  expect(numbers.every((number) => typeof number === 'string')).toBe(true)
  expect(rows.some((row) => row.includes(code))).toBe(true)

  // Who may only look is offered no people's data.
  await viewer.page.goto(town.at(`/messages?flow=${flow}`))
  expect(await viewer.page.getByText('Esporta con i dati personali').count()).toBe(0)
  const theirs = await rowsOf(await saved(viewer.page, () => link(viewer.page).click()))
  expect(JSON.stringify(theirs)).not.toContain(code)
})

it('no address had the citizen’s code, and the log has who took what, for what', async () => {
  expect(asked.length).toBeGreaterThan(10)
  expect(asked.filter((url) => url.toUpperCase().includes(code))).toEqual([])
  const acts = await town.here.query<{ verb: string; actor: string }>(
    "select verb, actor from acts where verb like 'exported%' or verb like 'revealed%'",
  )
  expect(acts.length).toBeGreaterThanOrEqual(5)
  expect([...clerk.faults, ...viewer.faults]).toEqual([])
})

async function saved(page: Page, act: () => Promise<void>): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), act()])
  return readFile(await download.path())
}

async function rowsOf(file: Buffer): Promise<unknown[][]> {
  return (await readXlsx(file)).sheets[0]?.rows ?? []
}
