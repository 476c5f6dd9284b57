import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { consoleRoles } from '../../src/domain/access.ts'
import { children } from '../installation.ts'
import { crawl } from './crawl.ts'
import { judge } from './judge.ts'
import { openTown, type Town } from './town.ts'

// Every page that links lead to, as people see it who see little, or on a telephone, or with the
// colours that their system forces.

let town: Town

beforeAll(async () => {
  town = await openTown({ daemon: false })
  const { here } = town
  const wrong = 'MENSA-99,AAAAAA00A00A000X,2026-03,10,4500,2099-04-30,1'
  let isLost = true
  here.answer(({ method, path }) => {
    if (!isLost || method !== 'POST' || !path.startsWith('/messages')) return null
    isLost = false
    return { connection: 'reset-after' }
  })
  await here.drop([...children(40), wrong])
  await here.send()
})
afterAll(async () => town?.[Symbol.asyncDispose]())

interface Screen {
  name: string
  width: number
  height: number
  forcedColors: 'active' | 'none'
}

const screens: readonly Screen[] = [
  { name: 'a desk’s screen', width: 1280, height: 900, forcedColors: 'none' },
  { name: '320 px', width: 320, height: 700, forcedColors: 'none' },
  // 1280 CSS pixels at 200 %.
  { name: 'enlarged twice', width: 640, height: 450, forcedColors: 'none' },
  { name: 'forced colours', width: 1280, height: 900, forcedColors: 'active' },
]

async function judgeOn(page: Page, shown: readonly Screen[]): Promise<string[]> {
  const faults: string[] = []
  for (const { name, width, height, forcedColors } of shown) {
    await page.setViewportSize({ width, height })
    await page.emulateMedia({ forcedColors })
    faults.push(...(await judge(page)).map((fault) => `${name}: ${fault}`))
  }
  return faults
}

it('axe finds nothing on any page, at 320 px, enlarged twice, in forced colours', async () => {
  const person = await town.as('chi-guarda', consoleRoles)
  const faults: string[] = []
  const titles = new Map<string, string>()
  const { kinds, broken } = await crawl(person.page, town.at('/'), async (page) => {
    faults.push(...(await judgeOn(page, screens)))
    const title = await page.title()
    const other = titles.get(title)
    if (other !== undefined) faults.push(`${page.url()} has the title of ${other}: ${title}`)
    titles.set(title, page.url())
  })
  await person.context.close()
  expect([...broken, ...faults, ...person.faults]).toEqual([])
  expect(kinds.length).toBeGreaterThan(30)
}, 600_000)

it('axe finds nothing on any page in English', async () => {
  const person = await town.as('who-looks', consoleRoles, { language: 'en' })
  const faults: string[] = []
  const { broken } = await crawl(person.page, town.at('/'), async (page) => {
    faults.push(...(await judgeOn(page, screens.slice(0, 1))))
  })
  await person.context.close()
  expect([...broken, ...faults, ...person.faults]).toEqual([])
}, 600_000)
