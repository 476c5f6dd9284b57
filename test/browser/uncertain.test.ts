import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { children } from '../installation.ts'
import { judge } from './judge.ts'
import { openTown, type Person, type Town } from './town.ts'
import { again, sees, textOf } from './walk.ts'

// Answers of IO that were lost: somebody sees it, decides of each what it was, and the daemon does
// as they said.

let town: Town
let clerk: Person
/** Lost answers of creations that IO did take, and of creations that it did not. */
let lost: 'all' | 'none' = 'all'

beforeAll(async () => {
  town = await openTown()
  const { here } = town
  here.answer(({ method, path }) =>
    lost === 'all' && method === 'POST' && path.startsWith('/messages')
      ? { connection: 'reset-after' }
      : null,
  )
  await here.drop(children(3))
  clerk = await town.as('sportello', ['operator'])
  const open = async () =>
    (await here.query("select 1 from messages where state = 'uncertain'")).length
  await vi.waitFor(async () => expect(await open()).toBe(3), { timeout: 60_000 })
  lost = 'none'
})
afterAll(async () => town?.[Symbol.asyncDispose]())

it('one is taken as sent, and leaves no more', async () => {
  const { page } = clerk
  await page.goto(town.at('/'))
  await page
    .locator('main')
    .getByRole('link', { name: /Esiti incerti: 3/ })
    .click()
  await page.waitForURL('**/uncertain')
  await sees(page, 'Totale: 3')
  expect(await judge(page)).toEqual([])
  await page.getByRole('checkbox').first().check()
  await page.getByLabel(/Considera inviati/).check()
  await page.getByLabel('Nota').fill('trovato sul portale')
  await page.getByRole('button', { name: 'Conferma la decisione' }).click()
  await sees(page, 'Messaggi decisi: 1.')
  await sees(page, 'Totale: 2')
  expect(await states()).toEqual(['sent', 'uncertain', 'uncertain'])
})

it('the others leave again only for who types how many citizens may hear twice', async () => {
  const { page } = clerk
  await page.getByLabel('Tutti quelli di questo elenco: 2').check()
  await page.getByLabel(/Reinvia/).check()
  await page.getByRole('button', { name: 'Conferma la decisione' }).click()
  await sees(page, 'I messaggi sono 2')
  expect(await judge(page)).toEqual([])
  // What was chosen is chosen still.
  expect(await page.getByLabel(/Reinvia/).isChecked()).toBe(true)
  await page.getByLabel('Scrivi il numero dei messaggi').fill('2')
  await page.getByRole('button', { name: 'Conferma la decisione' }).click()
  await sees(page, 'Messaggi decisi: 2.')
  await sees(page, 'Nessun esito incerto.')
  await expect.poll(states, { timeout: 60_000 }).toEqual(['sent', 'sent', 'sent'])
  expect(town.here.playground.sandbox.truth.acceptedCount()).toBe(5)
})

it('the message tells what happened and who decided', async () => {
  const { page } = clerk
  const [row] = await town.here.query<{ id: string }>(
    'select message_id as id from attempts group by 1 having count(distinct id) = 2 limit 1',
  )
  await page.goto(town.at(`/messages/${row?.id}`))
  await expect.poll(() => again(page, textOf), { timeout: 60_000 }).toContain('Disponibile su IO')
  const text = await textOf(page)
  expect(text).toMatch(/Tentativo 1: esito incerto[\s\S]*Tentativo 2: preso da IO/)
  expect(text).toContain('sportello')
  expect(await judge(page)).toEqual([])
  expect(clerk.faults).toEqual([])
})

async function states(): Promise<string[]> {
  const rows = await town.here.query<{ state: string }>(
    "select state from messages where purpose = 'first' order by state",
  )
  return rows.map(({ state }) => state)
}
