// Every page that links lead to, one of each kind: `/flows/12` and `/flows/13` are one page. Links
// that only download are left out; forms are not sent.
import type { Page } from 'playwright-core'

/** A walk is at most so long. */
const MOST_PAGES = 200

export interface Crawled {
  /** The kinds of pages that were seen, sorted. */
  kinds: string[]
  /** Links that lead nowhere, with the page that has them. */
  broken: string[]
}

/** Calls `look` on each page that can be reached from here. */
export async function crawl(
  page: Page,
  start: string,
  look: (page: Page) => Promise<void>,
): Promise<Crawled> {
  const { origin } = new URL(start)
  const seen = new Set<string>()
  const broken: string[] = []
  const waiting = [{ href: start, from: 'the start' }]
  while (waiting.length > 0 && seen.size < MOST_PAGES) {
    const { href: next, from } = waiting.shift() as (typeof waiting)[number]
    const kind = kindOf(next)
    if (seen.has(kind)) continue
    seen.add(kind)
    const response = await page.goto(next, { waitUntil: 'load' }).catch((error: Error) => error)
    // What is saved and not shown is no page.
    if (response instanceof Error && response.message.includes('Download is starting')) continue
    if (response instanceof Error) throw response
    if (response === null || response.status() >= 400) {
      broken.push(`${next} answers ${response?.status()}, linked by ${from}`)
      continue
    }
    await look(page)
    const found = (await page.evaluate(
      'Array.from(document.querySelectorAll("a[href]:not([download])"), (a) => a.href)',
    )) as string[]
    for (const href of found) {
      if (isPage(href, origin)) waiting.push({ href: href.replace(/#.*$/, ''), from: next })
    }
  }
  return { kinds: [...seen].sort(), broken }
}

/** Numbers and hashes in the path are places of one kind; so are values of a query. */
export function kindOf(href: string): string {
  const { pathname, searchParams } = new URL(href)
  const path = pathname
    .split('/')
    .map((part) => (/^\d+$|^[A-Za-z0-9_-]{16,}$|^\d{4}-\d{2}(-\d{2})?$/.test(part) ? ':one' : part))
    .join('/')
  const tab = ['tab', 'view'].map((name) => searchParams.get(name) ?? '').join('')
  return tab === '' ? path : `${path}?${tab}`
}

function isPage(href: string, origin: string): boolean {
  const { origin: other, pathname, searchParams } = new URL(href)
  if (other !== origin) return false
  return !/export|download|\/assets\/|\/api\/|certificate\.|\.(pdf|xlsx|csv|json|txt)$/.test(
    `${pathname}${searchParams.get('format') ?? ''}`,
  )
}
