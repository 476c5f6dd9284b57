// What every page must be, in every state: no finding of axe, nothing wider than a telephone’s
// screen, a title of its own, one heading of the first rank. Faults are values: all are told.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
let source: string | null = null

interface AxeResult {
  violations: { id: string; help: string; nodes: { html: string; failureSummary?: string }[] }[]
}

/** Faults of the page that is shown, one line each. Scripts must be on. */
export async function judge(page: Page): Promise<string[]> {
  source ??= await readFile(AXE, 'utf8')
  const place = new URL(page.url()).pathname
  // By the debugger and not as an element: the pages’ own policy stays as it is.
  await page.evaluate(source)
  const { violations } = (await page.evaluate(
    '(async () => await axe.run(document, { resultTypes: ["violations"] }))()',
  )) as AxeResult
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.slice(0, 3).map((node) => `${place}: ${id} (${help}) at ${node.html.slice(0, 200)}`),
  )
  const shape = (await page.evaluate(`({
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    headings: document.querySelectorAll('h1').length,
    title: document.title,
    language: document.documentElement.lang,
    inline: document.querySelectorAll('[style], style, script:not([src])').length
  })`)) as { wide: number; headings: number; title: string; language: string; inline: number }
  if (shape.wide > 1) found.push(`${place}: ${shape.wide} px wider than the screen`)
  if (shape.headings !== 1) found.push(`${place}: ${shape.headings} headings of the first rank`)
  if (shape.title.trim() === '') found.push(`${place}: no title`)
  if (!['it', 'en'].includes(shape.language)) found.push(`${place}: language ${shape.language}`)
  if (shape.inline > 0) found.push(`${place}: ${shape.inline} inline styles or scripts`)
  return found
}
