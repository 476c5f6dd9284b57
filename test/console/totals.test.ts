import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recount } from '../../scripts/recount.ts'
import {
  child,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'
import { openVisited, type Visited, type Visiting } from './visiting.ts'

// Every number that is a link leads to a list of as many: followed on each page of an installation
// that has sent, refused, rejected, lost an answer and waits for reminders.

let here: Installation
let visited: Visited
let everybody: Visiting

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  const [gone, odd, lost] = [parent(0), parent(2), parent(3)]
  here.answer(({ path, body }) => {
    const isOf = (fiscalCode: string) => body.includes(fiscalCode)
    if (path === '/profiles' && isOf(gone)) return problem(404, 'Profile not found')
    if (path !== '/messages') return null
    if (isOf(odd)) return problem(400, 'Bad Request')
    return isOf(lost) ? { connection: 'reset-after' } : null
  })
  await here.drop([...children(30), 'short', 'shorter'])
  await here.send()
  await here.pass('1 day')
  await here.send()
  await here.drop([child(90), child(91), child(0), 'short'], 'mensa-2026-04.csv')
  everybody = await visited.as(['operator', 'approver', 'configurator', 'administrator'])
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const problem = (status: number, title: string) => ({
  answer: { status, body: JSON.stringify({ status, title, detail: title }) },
})

const whole = (text: string) => Number(text.replaceAll('.', ''))

/** Names that are numbers, and how much of a list is shown, count nothing. */
const NO_COUNTS = [
  /<th scope="row">.*?<\/th>/gs,
  /<p class="sizes">.*?<\/p>/gs,
  /<nav class="periods".*?<\/nav>/gs,
  /<nav aria-label="Menu">.*?<\/nav>/gs,
]

/** Links whose text is a number alone, or begins with one in bold: `120 righe lette`. */
function numbersOf(text: string): { href: string; n: number }[] {
  const counting = NO_COUNTS.reduce((left, none) => left.replace(none, ''), text)
  const links = /<a [^>]*href="([^"]*)"[^>]*>(?:<strong>)?(\d[\d.]*)(?:<\/a>|<\/strong>)/g
  return [...counting.matchAll(links)].map(([, href = '', n = '']) => ({
    href: href.replaceAll('&amp;', '&'),
    n: whole(n),
  }))
}

/** As `total` of the kit shows it. */
function totalOf(text: string): number | null {
  const found = /class="total">[^<]*<strong>([\d.]+)<\/strong>/.exec(text)?.[1]
  return found === undefined ? null : whole(found)
}

/** As `Visiting.get` takes it. */
function inPlace(from: string, href: string): string {
  const { pathname, search } = new URL(href, `http://place/${INSTITUTION}${from}`)
  return pathname.slice(INSTITUTION.length + 1) + search
}

const pages = [
  ...['/', '/statistics', '/statistics/months', '/statistics/emissions'],
  ...['/flows', '/flows/1', '/flows/1/outcomes', '/accounts', '/refusals'],
]

describe('every number of a page that is a link leads to a list of as many:', () => {
  it.each(pages)('%s', async (path) => {
    const { status, text } = await everybody.get(path)
    expect(status).toBe(200)
    const wrong: string[] = []
    const seen = new Set<string>()
    for (const { href, n } of numbersOf(text)) {
      if (seen.has(`${href} ${n}`)) continue
      seen.add(`${href} ${n}`)
      const list = await everybody.get(inPlace(path, href))
      const total = totalOf(list.text)
      if (list.status !== 200 || total !== n) wrong.push(`${n} → ${href}: ${list.status} ${total}`)
    }
    expect(wrong).toEqual([])
  })
})

it('all that is counted is what counting the rows gives', async () => {
  const query = async (sql: string) => ({ rows: await here.query<object>(sql) })
  expect(await recount({ query } as never)).toEqual([])
})
