import { afterAll, beforeAll, expect, it } from 'vitest'
import { parent } from '../installation.ts'
import { judge } from './judge.ts'
import { openTown, type Person, type Town } from './town.ts'
import { again, sees, textOf } from './walk.ts'

// A message to one citizen, from an empty form to what became of it.

let town: Town
let clerk: Person

beforeAll(async () => {
  town = await openTown()
  clerk = await town.as('sportello', ['operator'])
})
afterAll(async () => town?.[Symbol.asyncDispose]())

const code = parent(1)
const wrongEnd = code.endsWith('A') ? 'B' : 'A'

it('a message is written with its limits in sight, checked, sent, and seen to arrive', async () => {
  const { page } = clerk
  await page.goto(town.at('/'))
  await page.getByRole('link', { name: 'Nuovo messaggio' }).click()
  expect(await judge(page)).toEqual([])
  await page.getByLabel('Servizio').selectOption('mensa')

  // The check character and the limits are told while one types.
  const fiscalCode = page.getByLabel('Codice fiscale del destinatario')
  await fiscalCode.fill(code.slice(0, 15) + wrongEnd)
  await sees(page, 'Il carattere di controllo non torna')
  await fiscalCode.fill(code.toLowerCase())
  await sees(page, 'Il carattere di controllo torna.')
  await page.getByLabel('Oggetto').fill('Pronta')
  await sees(page, '6/120 caratteri (almeno 10)')
  await page.getByRole('button', { name: 'Verifica su IO' }).click()
  await sees(page, 'È su IO e riceve questo servizio.')
  expect(await page.getByLabel('Oggetto').inputValue()).toBe('Pronta')

  // What is too short comes back with the focus on it.
  await page.getByLabel('Contenuto').fill('Ciao')
  await page.getByRole('button', { name: 'Controlla' }).click()
  await sees(page, 'Non è stato fatto nulla')
  expect(await judge(page)).toEqual([])
  await page.getByLabel('Oggetto').fill('La tua carta è pronta')
  await page
    .getByLabel('Contenuto')
    .fill('Ciao, la **carta** è pronta.\n\nRitirala allo sportello dal lunedì al venerdì mattina.')
  await page.getByRole('button', { name: 'Controlla' }).click()

  // As the app shows it, and as IO gets it; then back, and nothing is lost.
  await sees(page, 'Controlla il messaggio')
  expect(await page.locator('.phone-text strong').innerText()).toBe('carta')
  expect(await judge(page)).toEqual([])
  await page.getByRole('button', { name: 'Torna a modificare' }).click()
  expect(await page.getByLabel('Contenuto').inputValue()).toContain(
    '**carta** è pronta.\n\nRitirala',
  )
  await page.getByRole('button', { name: 'Controlla' }).click()
  await page.getByRole('button', { name: 'Invia ora' }).click()
  await page.waitForURL(/\/messages\/\d+$/)
  await sees(page, 'Messaggio creato: parte appena può.')
  await expect.poll(() => again(page, textOf), { timeout: 60_000 }).toContain('Disponibile su IO')
  expect(await judge(page)).toEqual([])

  // It was one message, and no address of the whole walk had the citizen's code.
  expect(town.here.playground.sandbox.truth.acceptedCount()).toBe(1)
  const text = await textOf(page)
  expect(text).not.toContain(code)
  expect(text).toContain('Tentativo 1: preso da IO')
  expect(clerk.faults).toEqual([])
})

it('who opens what the citizen reads leaves a trace, and it is the same text', async () => {
  const { page } = clerk
  await page.getByRole('button', { name: 'Mostra testo e dati' }).click()
  await sees(page, 'È lo stesso testo che è stato controllato')
  expect(await textOf(page)).toContain(code)
  expect(page.url()).not.toContain(code)
  expect(await judge(page)).toEqual([])
  const acts = await town.here.query<{ actor: string }>(
    "select actor from acts where verb like 'revealed%'",
  )
  expect(acts).toEqual([{ actor: 'sportello' }])
})

it('the same citizen again today is said before it is sent', async () => {
  const { page } = clerk
  await page.goto(town.at('/messages/new'))
  await page.getByLabel('Servizio').selectOption('mensa')
  await page.getByLabel('Codice fiscale del destinatario').fill(code)
  await page.getByLabel('Oggetto').fill('La tua carta è pronta')
  await page.getByLabel('Contenuto').fill('La carta è pronta: ritirala allo sportello. '.repeat(3))
  await page.getByRole('button', { name: 'Controlla' }).click()
  await sees(page, 'Oggi questo cittadino ha già avuto un messaggio')
  expect(clerk.faults).toEqual([])
})
