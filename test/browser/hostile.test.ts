import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openChromium, watch } from '../../scripts/browser/chromium.ts'
import { consoleRoles } from '../../src/domain/access.ts'
import { openVisited, type Visited } from '../console/visiting.ts'
import {
  child,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'
import { crawl } from './crawl.ts'
import { hostileStrings } from './hostile.ts'
import {
  type FoundForm,
  fillings,
  findForms,
  type Many,
  manyOf,
  readHtml,
  sendAll,
} from './hostile-forms.ts'

// Two hundred strings that want to be more than text, in every field of every form, in records and
// in names of files. No page answers them as markup, and a browser that looks at all pages
// afterwards opens no dialog, asks nobody else, and has nothing to block.

let here: Installation
let visited: Visited
let browser: Browser
let reader: Page
let many: Many
let forms: readonly FoundForm[]

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  browser = await openChromium()
  reader = await browser.newPage()
  many = manyOf(visited, () => visited.as(consoleRoles))
  let isLost = true
  here.answer(({ method, path }) => {
    if (!isLost || method !== 'POST' || !path.startsWith('/messages')) return null
    isLost = false
    return { connection: 'reset-after' }
  })
  await here.drop(children(10), 'mensa-buona.csv')
  await here.send()
  // As keys of records that are fine, then as fiscal codes, dates and months, which they are not.
  const quoted = hostileStrings.map((text) => `"${text.replaceAll('"', '""').replace(/\0/g, '')}"`)
  const keyed = quoted.map((text, n) => child(n + 100).replace(/^[^,]*/, () => text))
  await here.drop(keyed, 'mensa-"><svg onload=alert(1)>.csv')
  const wrong = quoted.flatMap((text, n) =>
    [1, 2, 5].map((column) =>
      child(n + 400)
        .split(',')
        .map((value, at) => (at === column ? text : value))
        .join(','),
    ),
  )
  await here.drop(wrong, 'mensa-<img src=x onerror=alert(1)>.csv')
  forms = await findForms(many, reader)
})
afterAll(async () => {
  await browser?.close()
  await visited?.close()
  await here?.[Symbol.asyncDispose]()
})

it('no field of any form comes back as markup, nor breaks a page', async () => {
  const asking = forms.filter(({ fields }) => fields.some(({ isText }) => isText))
  expect(asking.length).toBeGreaterThan(15)
  const faults: string[] = []
  for (const form of asking) {
    faults.push(...(await sendAll(many, reader, form, fillings(form, hostileStrings))))
  }
  expect(faults).toEqual([])
}, 180_000)

it('a message is shown as text, as the app would show it', async () => {
  const words = 'La mensa di marzo è da pagare entro la fine del mese, in tutti i modi consentiti. '
  const form: FoundForm = {
    ...{ page: '/messages/new', action: '/messages/new', method: 'post', isUpload: false },
    fields: [],
  }
  const typed = hostileStrings.map((text, index) => [
    ...[['service', 'mensa'] as const, ['fiscalCode', parent(1)] as const],
    ['subject', index % 4 === 0 ? `Mensa: ${text}`.slice(0, 110) : 'Mensa di marzo'],
    ['markdown', `${words}\n\n${text}\n\n- ${text}\n\n> ${text}`],
    ['act', 'review'],
  ])
  const visitor = await many.next()
  const { text } = await visitor.post('/messages/new', Object.fromEntries(typed[0] ?? []))
  expect(text).toContain('<h1>Controlla il messaggio</h1>')
  expect(await sendAll(many, reader, form, typed as string[][][])).toEqual([])
}, 120_000)

it('no hidden field, choice or button takes what its page did not offer', async () => {
  const faults: string[] = []
  for (const form of forms) {
    const texts = hostileStrings.filter((_, index) => index % 25 === 0)
    const filled = texts.map((text) => form.fields.map(({ name }) => [name, text]))
    // What ends a session, or stops everything, is no field.
    if (/account|stop-all/.test(form.action)) continue
    faults.push(...(await sendAll(many, reader, form, filled)))
  }
  expect(faults).toEqual([])
}, 180_000)

it('the name of a file comes back as text', async () => {
  const faults: string[] = []
  for (const [index, name] of hostileStrings.entries()) {
    const visitor = await many.next()
    const file = new File([`PRATICA\n${index}\n`], name)
    const path = index % 2 === 0 ? '/flows/upload' : '/lots/new'
    const fields = { feed: 'mensa', title: name.slice(0, 100), service: 'mensa' }
    const page = await visitor.upload(path, fields, { file })
    if (page.status >= 500) faults.push(`${page.status} of the file ${JSON.stringify(name)}`)
    const next = page.location?.slice(INSTITUTION.length + 1)
    const { text } = next ? await visitor.get(next) : page
    faults.push(...(await readHtml(reader, text)).faults)
  }
  expect(faults).toEqual([])
}, 120_000)

it('a browser that looks at all of it shows text, and asks nobody else', async () => {
  const { cookie } = await visited.as(consoleRoles)
  const [name = '', value = ''] = cookie.split('=')
  const context = await browser.newContext({ locale: 'it-IT' })
  await context.addCookies([{ name, value, url: visited.url }])
  const { faults } = await watch(context, visited.url)
  const page = await context.newPage()
  const { kinds, broken } = await crawl(page, `${visited.url}/${INSTITUTION}/`, revealAll)
  await context.close()
  expect([...broken, ...faults]).toEqual([])
  expect(kinds.length).toBeGreaterThan(30)
}, 180_000)

/** What people's data a page shows when it is asked for stands there too. */
async function revealAll(page: Page): Promise<void> {
  const forms = page.locator('form[action$="/reveal"], form[action$="/problems"]')
  if ((await forms.count()) === 0) return
  const address = page.url()
  const button = forms.first().locator('button').first()
  await Promise.all([page.waitForLoadState('load'), button.click()])
  await page.goto(address)
}
