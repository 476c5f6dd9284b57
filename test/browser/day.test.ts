import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { canteenFile, children, INSTITUTION } from '../installation.ts'
import { judge } from './judge.ts'
import { openTown, type Person, type Town } from './town.ts'
import { again, becomesFlow, sees, textOf } from './walk.ts'

// A morning with three lots at once, as a clerk and the head of an office live it: all are
// uploaded, two are approved and one is sent back, one is suspended while it leaves and goes on.

let town: Town
let clerk: Person
let head: Person
const flows: number[] = []

beforeAll(async () => {
  town = await openTown({
    // Three calls a message and more: the second lot still leaves when somebody looks.
    account: { callsPerWindow: 60 },
    configuration: {
      [`${INSTITUTION}/feeds/mensa.yaml`]: { release: { approval: 'one' } },
    },
  })
  clerk = await town.as('sportello', ['operator'])
  head = await town.as('responsabile', ['approver'])
})
afterAll(async () => town?.[Symbol.asyncDispose]())

const lots = [0, 1, 2].map((lot) => children(120).slice(lot * 40, (lot + 1) * 40))

it('three files become three flows that wait for an approval', async () => {
  const { page } = clerk
  for (const [index, lines] of lots.entries()) {
    await page.goto(town.at('/flows/upload'))
    await page.getByLabel('Collegamento').selectOption('mensa')
    await page.getByLabel('File', { exact: true }).setInputFiles({
      name: `mensa-lotto-${index + 1}.csv`,
      mimeType: 'text/csv',
      buffer: Buffer.from(canteenFile(lines)),
    })
    await page.getByRole('button', { name: 'Carica', exact: true }).click()
    flows.push(await becomesFlow(page))
  }
  await page.goto(town.at('/flows'))
  await expect
    .poll(async () => (await again(page, textOf)).match(/in attesa di approvazione/g)?.length)
    .toBe(3)
})

it('the head of the office sees them, approves two, and sends one back with a note', async () => {
  const { page } = head
  await page.goto(town.at('/'))
  await page.getByRole('link', { name: '3 flussi aspettano la tua approvazione' }).click()
  await sees(page, 'mensa-lotto-3.csv')
  expect(await judge(page)).toEqual([])
  for (const flow of flows.slice(0, 2)) {
    await page.goto(town.at(`/approvals/${flow}`))
    await page.getByLabel(/Scrivi quanti sono/).fill('40')
    await page.getByRole('button', { name: 'Approva e invia' }).click()
    await page.waitForURL(`**/flows/${flow}/certificate`)
  }
  await page.goto(town.at(`/approvals/${flows[2]}`))
  await page.locator('summary', { hasText: 'Rimanda con nota' }).click()
  await page
    .getByLabel(/Nota|Perché|Che cosa/)
    .last()
    .fill('manca il mese di aprile')
  await page.getByRole('button', { name: 'Rimanda con nota' }).click()
  await page.waitForURL((url) => !url.pathname.endsWith(`/approvals/${flows[2]}`))
  await page.goto(town.at('/approvals'))
  await sees(page, 'Nessun flusso aspetta un’approvazione.')
})

it('what leaves is suspended from the dashboard, and goes on from its page', async () => {
  const { page } = head
  const [, second] = flows
  await page.goto(town.at('/'))
  await page.getByRole('button', { name: `Sospendi ${second}` }).click()
  await sees(page, 'sospeso')
  expect(await flowReason(second)).toBe('suspended')
  await page.goto(town.at(`/flows/${second}`))
  await page.getByRole('button', { name: 'Riprendi' }).click()
  await expect.poll(() => flowState(flows[0]), { timeout: 60_000 }).toBe('sent')
  await expect.poll(() => flowState(second), { timeout: 60_000 }).toBe('sent')
})

it('the clerk reads the note, and today’s figures lead to lists with their totals', async () => {
  const { page } = clerk
  await page.goto(town.at(`/flows/${flows[2]}/history`))
  await sees(page, 'manca il mese di aprile')
  await page.goto(town.at('/'))
  const figures = page.locator('.figure').filter({ has: page.locator('a') })
  const shown = await figures.evaluateAll(
    (all: { querySelector(s: string): { href: string; textContent: string } }[]) =>
      all.map((one) => one.querySelector('a')).map(({ href, textContent }) => [href, textContent]),
  )
  expect(shown.length).toBeGreaterThan(1)
  for (const [href = '', figure = ''] of shown as string[][]) {
    await page.goto(href)
    expect(await totalOf(page), href).toBe(figure)
  }
  expect([...clerk.faults, ...head.faults]).toEqual([])
})

async function totalOf(page: Page): Promise<string | undefined> {
  return /Totale: ([\d.]+)/.exec(await textOf(page))?.[1]
}

async function flowState(flow: number | undefined): Promise<string> {
  return (await town.here.app.store.flows.get(flow ?? 0)).state
}

async function flowReason(flow: number | undefined): Promise<string | null> {
  return (await town.here.app.store.flows.get(flow ?? 0)).reason
}
