import { afterAll, beforeAll, expect, it } from 'vitest'
import { canteenFile, child, parent } from '../installation.ts'
import { judge } from './judge.ts'
import { openTown, type Person, type Town } from './town.ts'
import { sees, textOf } from './walk.ts'

// A sample of the office’s own system under a mapping: seen as the app shows it; nothing leaves.

let town: Town
let clerk: Person

beforeAll(async () => {
  town = await openTown()
  clerk = await town.as('sportello', ['operator'])
})
afterAll(async () => town?.[Symbol.asyncDispose]())

const rows = [
  child(1),
  child(2, { fiscalCode: 'SBAGLIATO' }),
  child(3, { cents: 123_456 }),
  child(4),
]

it('a sample file shows its rows as messages, what is refused and why, and the JSON', async () => {
  const { page } = clerk
  await page.goto(town.at('/'))
  await page.getByRole('link', { name: 'Modelli' }).click()
  expect(await judge(page)).toEqual([])
  await page.locator('main').getByRole('link', { name: 'mensa', exact: true }).click()
  expect(await judge(page)).toEqual([])
  await page.getByRole('link', { name: 'Prova con un file' }).click()
  await page.getByRole('button', { name: 'Guarda' }).click()
  await sees(page, 'Scegli un file, o incolla qualche riga.')
  expect(await judge(page)).toEqual([])
  await page.getByLabel('File di esempio').setInputFiles({
    name: 'mensa-2026-03.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(canteenFile(rows)),
  })
  await page.getByRole('button', { name: 'Guarda' }).click()
  await sees(page, 'Ho capito: file csv')
  expect(await textOf(page)).toContain('4 righe')
  expect(await judge(page)).toEqual([])

  // The first row as the citizen sees it, then the highest amount.
  await sees(page, '45,00 €')
  await page.getByRole('link', { name: 'importo più alto' }).click()
  await sees(page, 'Riga 3')
  await sees(page, '1.234,56 €')
  await page.getByText('Che cosa riceve IO (JSON)').click()
  await sees(page, '"amount": 123456')
  await page.locator('summary', { hasText: 'Dal file al messaggio' }).click()
  await sees(page, 'CF_GENITORE')
  await page.getByText('tema scuro', { exact: false }).first().click()
  expect(await judge(page)).toEqual([])

  // What is refused, with its reason and how to put it right.
  await page.getByRole('link', { name: /^Scarti \(1\)/ }).click()
  await sees(page, 'Come correggere')
  expect(await page.locator('tbody').first().innerText()).toContain('Scarto')
  expect(await judge(page)).toEqual([])
  await page.getByRole('link', { name: /^Tutte \(4\)/ }).click()
  await page.getByRole('link', { name: 'Aggiungi come prova' }).click()
  await sees(page, 'mensa.cases.yaml')
  expect(await page.locator('section[aria-labelledby="case"] pre').innerText()).not.toContain(
    parent(1),
  )
})

it('nothing of it was sent or kept, and the file goes when its owner says so', async () => {
  const { page } = clerk
  const at = page.url()
  await page.getByRole('button', { name: 'Cancella il file adesso' }).click()
  await sees(page, 'Il file è stato cancellato.')
  expect((await page.goto(at))?.status()).toBe(404)
  const { calls } = town.here.playground.sandbox.truth
  expect([town.here.playground.sandbox.truth.acceptedCount(), calls]).toMatchObject([0, {}])
  const [kept] = await town.here.query<{ n: number }>(
    'select (select count(*) from drops)::int + (select count(*) from messages)::int as n',
  )
  expect(kept).toEqual({ n: 0 })
  expect(clerk.faults).toEqual([])
})
