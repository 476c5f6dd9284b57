import { writeXlsx } from 'hucre/xlsx'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parent } from '../installation.ts'
import { judge } from './judge.ts'
import { openTown, type Person, type Town } from './town.ts'
import { again, becomesFlow, sees, textOf } from './walk.ts'

// A flow that an office composes by itself: its list as a workbook, a text with its columns, each
// row looked at, a colleague who approves.

let town: Town
let clerk: Person
let head: Person

beforeAll(async () => {
  town = await openTown()
  clerk = await town.as('sportello', ['operator'])
  head = await town.as('responsabile', ['approver'])
})
afterAll(async () => town?.[Symbol.asyncDispose]())

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const list = [
  ['Codice Fiscale', 'Nome', 'Giorno'],
  [parent(1), 'Anna', '01/12/2099'],
  [parent(2), 'Bruno', '02/12/2099'],
  ['SBAGLIATO', 'Carla', '03/12/2099'],
]

it('a list and a text become a flow, row by row in sight, and leave once approved', async () => {
  const { page } = clerk
  await page.goto(town.at('/'))
  await page.getByRole('link', { name: 'Nuovo flusso' }).click()
  expect(await judge(page)).toEqual([])
  await page.getByLabel('Nome del flusso').fill('Appuntamenti di dicembre')
  await page.getByLabel('Servizio').selectOption('mensa')
  await page.getByLabel('Elenco dei destinatari').setInputFiles({
    name: 'elenco.xlsx',
    mimeType: XLSX,
    buffer: Buffer.from(await writeXlsx({ sheets: [{ name: 'Elenco', rows: list }] })),
  })
  await page.getByRole('button', { name: 'Carica l’elenco' }).click()
  await page.waitForURL(/\/lots\/\d+$/)
  await sees(page, '{{ nome }}')
  expect(await textOf(page)).toContain('riconosciuta: Codice Fiscale')
  expect(await judge(page)).toEqual([])

  // A name that no column has is told, with the one that was meant.
  await page.getByLabel('Oggetto').fill('Il tuo appuntamento')
  const text = (name: string) =>
    `Ciao {{ ${name} }}, ti aspettiamo il **{{ giorno }}** allo sportello. Porta un documento.`
  await page.getByLabel('Contenuto').fill(text('nom'))
  await page.getByRole('button', { name: 'Salva e guarda i messaggi' }).click()
  await sees(page, 'Forse intendevi {{ nome }}?')
  expect(await judge(page)).toEqual([])
  await page.getByLabel('Contenuto').fill(text('nome'))
  await page.getByRole('button', { name: 'Salva e guarda i messaggi' }).click()
  await sees(page, 'Ciao Anna, ti aspettiamo il')
  await page.getByRole('link', { name: 'Riga successiva' }).click()
  await sees(page, 'Ciao Bruno, ti aspettiamo il')
  await sees(page, 'Le righe scartate non partono: sono 1 su 3.')
  expect(await judge(page)).toEqual([])

  await page.getByRole('button', { name: 'Prepara il flusso' }).click()
  const flow = await becomesFlow(page)
  await sees(page, 'in attesa di approvazione')
  expect(town.here.playground.sandbox.truth.acceptedCount()).toBe(0)
  expect((await page.goto(town.at(`/approvals/${flow}`)))?.status()).toBe(404)

  await head.page.goto(town.at('/approvals'))
  await sees(head.page, 'Appuntamenti di dicembre')
  await head.page.goto(town.at(`/approvals/${flow}`))
  await sees(head.page, 'Ciao Anna')
  expect(await judge(head.page)).toEqual([])
  await head.page.getByLabel(/Scrivi quanti sono/).fill('2')
  await head.page.getByRole('button', { name: 'Approva e invia' }).click()
  await head.page.waitForURL(`**/flows/${flow}/certificate`)
  await page.goto(town.at(`/flows/${flow}`))
  await expect.poll(() => again(page, textOf), { timeout: 60_000 }).toMatch(/2 disponibili|Inviato/)
  expect(town.here.playground.sandbox.truth.acceptedCount()).toBe(2)
  expect([...clerk.faults, ...head.faults]).toEqual([])
})
