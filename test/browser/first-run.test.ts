import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Secret, TOTP } from 'otpauth'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { judge } from './judge.ts'
import { openTown, type Person, type Town } from './town.ts'
import { sees, textOf } from './walk.ts'

// From an installation that nobody has entered to two people at work in it: the token of the first
// run, a password, a telephone's codes, the five steps, an invitation by mail and who follows it.

let town: Town
let first: Person
let second: Person

beforeAll(async () => {
  town = await openTown()
  first = await town.stranger()
  second = await town.stranger()
})
afterAll(async () => town?.[Symbol.asyncDispose]())

const PASSWORD = 'un gatto sul tetto che scotta'

it('the first administrator comes in by the token, and sees where to begin', async () => {
  const { page } = first
  await page.goto(town.origin)
  expect(new URL(page.url()).pathname).toBe('/first-run')
  expect(await judge(page)).toEqual([])
  const { dataDirectory } = town.here.app
  const token = await readFile(join(dataDirectory, 'first-run-token'), 'utf8')
  await page.getByLabel('Codice di primo avvio').fill(token.trim())
  await page.getByLabel('Nome e cognome').fill('Ufficio CED')
  await page.getByLabel('Nome utente').fill('ced')
  await page.getByLabel('Nuova password').fill(PASSWORD)
  await page.getByLabel('Ripeti la password').fill(`${PASSWORD}!`)
  await page.getByRole('button', { name: 'Crea l’amministratore' }).click()

  // A wrong key: the fault has the focus, and nothing has to be typed again but the password.
  await sees(page, 'Le due password non sono uguali.')
  expect(await page.locator(':focus').getAttribute('role')).toBe('alert')
  expect(await page.getByLabel('Nome utente').inputValue()).toBe('ced')
  await choosePassword(page, 'Crea l’amministratore')
  await setPhoneUp(page)

  await page.waitForURL(town.at('/'))
  await sees(page, 'Per cominciare')
  expect(await textOf(page)).toMatch(/1 Collega una fonte[\s\S]*5 Chiedi l’approvazione/)
  expect(await judge(page)).toEqual([])
})

it('a second person joins by the link of a mail, with codes of their own', async () => {
  const { page } = first
  await page.getByRole('link', { name: 'Impostazioni' }).click()
  expect(await judge(page)).toEqual([])
  await page.locator('main').getByRole('link', { name: 'Persone' }).click()
  await page.getByRole('link', { name: 'Invita una persona' }).click()
  expect(await judge(page)).toEqual([])
  await page.getByLabel('Nome', { exact: true }).fill('Sportello Tributi')
  await page.getByLabel('Nome utente').fill('sportello')
  await page.getByLabel('E-mail', { exact: true }).fill('sportello@comune.example')
  await page.getByLabel('Operatore', { exact: true }).check()
  await page.getByRole('button', { name: 'Invita', exact: true }).click()
  await sees(page, 'Il collegamento parte ora per e-mail a sportello@comune.example')
  await page.getByRole('link', { name: 'Torna alle persone' }).click()
  await sees(page, 'Invitato')

  const { mails } = town.here.playground
  // Mails break their lines where they like.
  const linkOf = () =>
    mails
      .filter(({ to }) => to.includes('sportello@comune.example'))
      .flatMap(({ text }) => /http:\S+\/invitation\/\S+/.exec(text.replaceAll('=\r\n', '')) ?? [])
      .at(0) ?? ''
  await expect.poll(linkOf, { timeout: 30_000 }).toMatch(`${town.origin}/invitation/`)
  const link = linkOf()
  await second.page.goto(link)
  await sees(second.page, 'Ciao Sportello Tributi')
  expect(await judge(second.page)).toEqual([])
  await choosePassword(second.page, 'Scegli la password')
  await setPhoneUp(second.page)
  await second.page.waitForURL(town.at('/'))
  await sees(second.page, 'Niente da fare')
  expect(await second.page.getByRole('link', { name: 'Impostazioni' }).count()).toBe(0)

  // The link has served, and the first sees that they are in.
  const used = await (await town.stranger()).page.goto(link)
  expect(used?.status()).toBe(404)
  await page.reload()
  const row = page.getByRole('row', { name: /Sportello Tributi/ })
  expect(await row.innerText()).toMatch(/Operatore[\s\S]*codice del telefono[\s\S]*Attivo/)
})

it('who signed out comes in again by the password and a code on paper', async () => {
  const { page } = second
  await page.getByRole('button', { name: 'Esci' }).click()
  await sees(page, 'Sei uscito.')
  await page.getByLabel('Nome utente').fill('sportello')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Entra', exact: true }).click()
  await page.getByLabel('Codice').fill(onPaper.at(-1) ?? '')
  await page.getByRole('button', { name: 'Continua' }).click()
  await page.waitForURL(town.at('/'))
  expect([...first.faults, ...second.faults]).toEqual([])
})

/** The recovery codes of who set up their telephone last. */
let onPaper: string[] = []

async function choosePassword(page: Page, name: string): Promise<void> {
  await page.getByLabel('Nuova password').fill(PASSWORD)
  await page.getByLabel('Ripeti la password').fill(PASSWORD)
  await page.getByRole('button', { name }).click()
}

/** As an authenticator does: the key is typed, its code shown. */
async function setPhoneUp(page: Page): Promise<void> {
  await sees(page, 'Apri l’app e inquadra questa immagine')
  expect(
    await page.locator('img.qr').evaluate((image) => 'naturalWidth' in image && image.naturalWidth),
  ).toBeGreaterThan(0)
  expect(await judge(page)).toEqual([])
  const key = (await page.locator('.typed-key').innerText()).replaceAll(' ', '')
  const code = new TOTP({ secret: Secret.fromBase32(key) }).generate()
  await page.getByLabel('Codice').fill(code)
  await page.getByRole('button', { name: 'Conferma' }).click()
  await sees(page, 'Scrivili o stampali adesso')
  expect(await judge(page)).toEqual([])
  onPaper = await page.locator('.recovery-codes code').allInnerTexts()
  await page.getByRole('link', { name: 'Li ho salvati, continua' }).click()
}
