import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { canteenFile, children, INSTITUTION } from '../installation.ts'
import { judge } from './judge.ts'
import { openTown, type Person, type Town } from './town.ts'
import { again, becomesFlow, reach, sees, textOf } from './walk.ts'

// The way of a lot, as two people of an office walk it: one uploads, looks, tests on a colleague;
// the other approves, by the keyboard alone; both see it leave.

let town: Town
let clerk: Person
let head: Person

beforeAll(async () => {
  town = await openTown({
    configuration: {
      [`${INSTITUTION}/feeds/mensa.yaml`]: { release: { approval: 'four-eyes', test: 'required' } },
    },
  })
  clerk = await town.as('sportello', ['operator'])
  head = await town.as('responsabile', ['approver'])
})
afterAll(async () => town?.[Symbol.asyncDispose]())

const lines = children(30).concat(['MENSA-99,AAAAAA00A00A000X,2026-03,10,4500,2099-04-30,1'])

it('a lot goes from its upload to its outcomes, approved by another person', async () => {
  const { page } = clerk
  await page.goto(town.at('/flows'))
  await page.getByRole('link', { name: 'Carica un file' }).first().click()
  await page.getByLabel('Collegamento').selectOption('mensa')
  await page.getByLabel('File', { exact: true }).setInputFiles({
    name: 'mensa-2026-03.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(canteenFile(lines)),
  })
  await page.getByRole('button', { name: 'Carica', exact: true }).click()
  const flow = await becomesFlow(page)

  // What it is about, and what is wrong in it.
  await page.goto(town.at(`/flows/${flow}`))
  await sees(page, 'in attesa di approvazione')
  expect(await textOf(page)).toMatch(/31 righe lette\s*=/)
  await page.getByRole('link', { name: 'Controlli' }).click()
  await page.waitForURL('**/checks')
  await expect.poll(() => again(page, textOf), { timeout: 30_000 }).toMatch(/1\.350,00\s€/)
  expect(await judge(page)).toEqual([])
  await page.getByRole('link', { name: /Righe con problemi/ }).click()
  await sees(page, /codice fiscale/i)

  // A test on a colleague; the answer is given by voice.
  await page.getByRole('link', { name: 'Prova', exact: true }).first().click()
  const tester = page.getByLabel(/Collega di prova/).first()
  if (!(await tester.isChecked())) await tester.check()
  await page.getByRole('button', { name: /Invia prova/ }).click()
  await sees(page, 'Risposte dei colleghi')
  await page.getByText('Scrivi una risposta data a voce').first().click()
  await page.getByRole('radio', { name: 'Tutto corretto' }).check()
  await page.getByLabel('Parole sue, o come l’ha detto').fill('al telefono, guardati tutti')
  await page.getByRole('button', { name: 'Scrivi la risposta' }).click()
  await sees(page, 'Risposta scritta')
  expect(await judge(page)).toEqual([])

  // Who prepared it does not approve it: it is not among theirs.
  const refused = await page.goto(town.at(`/approvals/${flow}`))
  expect(refused?.status()).toBe(404)

  await approveByKeyboard(head.page, flow)

  // It leaves, and its account closes.
  await expect.poll(() => flowState(flow), { timeout: 60_000 }).toBe('sent')
  await page.goto(town.at(`/flows/${flow}`))
  await sees(page, /^. Inviato$/)
  await page.goto(town.at(`/flows/${flow}/outcomes`))
  await expect.poll(() => again(page, textOf), { timeout: 60_000 }).toMatch(/Disponibil/)
  await page.getByRole('link', { name: 'Storia' }).click()
  await sees(page, 'responsabile')
  expect([...clerk.faults, ...head.faults]).toEqual([])
})

/** From the menu to the certificate without a pointer. */
async function approveByKeyboard(page: Page, flow: number): Promise<void> {
  await page.goto(town.at('/'))
  await reach(page, 'Da approvare')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/approvals')
  expect(await judge(page)).toEqual([])
  await reach(page, new RegExp(`^(Flusso )?${flow}`))
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/approvals/${flow}`)
  expect(await judge(page)).toEqual([])
  await reach(page, /Scrivi quanti sono/)
  await page.keyboard.type('30')
  await reach(page, 'Approva e invia')
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/flows/${flow}/certificate`)
  await sees(page, 'responsabile')
  expect(await judge(page)).toEqual([])
}

async function flowState(flow: number): Promise<string> {
  return (await town.here.app.store.flows.get(flow)).state
}
