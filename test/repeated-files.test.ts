// T10: files that come again, through the whole of it: the folder connector, the stages and IO.
// What counts is how many messages IO is asked to take.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { child, children, type Installation, openInstallation } from './installation.ts'

let here: Installation
let asked = 0
beforeAll(async () => {
  here = await openInstallation()
  here.answer(({ path }) => {
    if (path === '/messages') asked += 1
    return null
  })
})
afterAll(() => here[Symbol.asyncDispose]())

/** Leaves a file and sends all that comes of it: how many messages IO was asked to take. */
async function sentFor(rows: string[], name: string): Promise<number> {
  const before = asked
  await here.drop(rows, name)
  await here.send()
  return asked - before
}

test('a file that comes again sends what is new in it, and nothing else', async () => {
  const rows = children(6)
  expect(await sentFor(rows, 'mensa-2026-03.csv')).toBe(6)
  expect(await sentFor(rows, 'mensa-2026-03.csv'), 'the same file').toBe(0)
  expect(await sentFor(rows.toReversed(), 'mensa-copia.csv'), 'another name').toBe(0)
  const april = Array.from({ length: 4 }, (_, n) => child(n, { month: '2026-04' }))
  expect(await sentFor(april, 'mensa-2026-03.csv'), 'the same name, other bills').toBe(4)
  const changed = [child(0, { cents: 5000 }), ...rows.slice(1)]
  expect(await sentFor(changed, 'mensa-2026-03-bis.csv'), 'one row changed').toBe(1)
  expect(await sentFor(changed, 'mensa-2026-03-ter.csv'), 'and the same again').toBe(0)
})
