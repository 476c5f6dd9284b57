import { afterAll, beforeAll, expect, it } from 'vitest'
import { children, INSTITUTION } from '../installation.ts'
import { openTown, type Person, type Town } from './town.ts'
import { sees, textOf } from './walk.ts'

// What the office does every day works in a browser that runs no script: find a flow, look at it,
// approve it.

let town: Town
let head: Person
let flow: number

beforeAll(async () => {
  town = await openTown({
    daemon: false,
    configuration: {
      [`${INSTITUTION}/feeds/mensa.yaml`]: { release: { approval: 'one' } },
    },
  })
  flow = await town.here.drop(children(30))
  head = await town.as('responsabile', ['approver'], { scripts: false })
})
afterAll(async () => town?.[Symbol.asyncDispose]())

it('the list is filtered, opened and paged', async () => {
  const { page } = head
  await page.goto(town.at('/'))
  await page.getByRole('link', { name: 'Flussi', exact: true }).click()
  await page.locator('#state').selectOption({ label: 'Attivo' })
  await page.getByRole('button', { name: 'Elenca' }).click()
  await page
    .getByRole('link', { name: String(flow), exact: true })
    .first()
    .click()
  await sees(page, 'in attesa di approvazione')
  await page.getByRole('link', { name: 'Messaggi', exact: true }).last().click()
  expect(await textOf(page)).toContain('30')
})

it('a flow is approved, and its certificate shown', async () => {
  const { page } = head
  await page.goto(town.at('/'))
  await page.getByRole('link', { name: /1 flusso aspetta la tua approvazione/ }).click()
  if (page.url().endsWith('/approvals')) {
    await page
      .locator('main')
      .getByRole('link', { name: new RegExp(`${flow}`) })
      .first()
      .click()
  }
  await page.waitForURL(`**/approvals/${flow}`)
  await page.getByLabel(/Scrivi quanti sono/).fill('29')
  await page.getByRole('button', { name: 'Approva e invia' }).click()
  await sees(page, 'Non è il numero dei destinatari')
  await page.getByLabel(/Scrivi quanti sono/).fill('30')
  await page.getByRole('button', { name: 'Approva e invia' }).click()
  await page.waitForURL(`**/flows/${flow}/certificate`)
  await sees(page, 'responsabile')
  expect(head.faults).toEqual([])
})
