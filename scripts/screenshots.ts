// `npm run screenshots`: plays the demo and takes a picture of every page of the console with what
// it left, into `docs/images/`. The operators' guide shows them. `-- NAME …`: these alone.
// Invariant: a page that does not answer leaves the picture of before, and ends with 1.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import { consoleRoles } from '../src/domain/access.ts'
import { openChromium, watch } from './browser/chromium.ts'
import { type Picture, picturesOf, shownIn } from './browser/pictures.ts'
import { createScreen, type Screen } from './demo/screen.ts'
import { type DemoTown, openDemoTown, playAll } from './demo/town.ts'
import { getPrograms } from './peers/packages.ts'

const IMAGES = join(import.meta.dirname, '../docs/images')
const INSTITUTION = 'comune-di-esempio'
/** In CSS pixels: as wide as a guide shows them readably. */
const VIEWPORT = { width: 1180, height: 820 }
/** A longer page is cut here. */
const MOST_HEIGHT = 1600

process.exitCode = await main(process.argv.slice(2))

async function main(wanted: string[]): Promise<number> {
  getPrograms(['chromium'], (line) => console.log(line))
  await mkdir(IMAGES, { recursive: true })
  const town = await openDemoTown(quiet(createScreen()))
  const browser = await openChromium()
  try {
    await playAll(town)
    const options = { viewport: VIEWPORT, locale: 'it-IT', reducedMotion: 'reduce' as const }
    const stranger = await browser.newContext(options)
    const signedIn = await browser.newContext(options)
    const failed: string[] = []
    const before: Picture[] = [{ name: 'first-run', path: '//first-run' }]
    failed.push(...(await take(stranger, town, chosen(before, wanted))))
    await signIn(signedIn, town)
    const pictures = picturesOf(await shownIn(town))
    failed.push(
      ...(await take(stranger, town, chosen([{ name: 'sign-in', path: '//sign-in' }], wanted))),
    )
    failed.push(...(await take(signedIn, town, chosen(pictures, wanted))))
    for (const fault of failed) console.error(fault)
    return failed.length === 0 ? 0 : 1
  } finally {
    await browser.close()
    await town.stop()
  }
}

function chosen(pictures: Picture[], wanted: string[]): Picture[] {
  return wanted.length === 0 ? pictures : pictures.filter(({ name }) => wanted.includes(name))
}

/** Somebody with all roles: what they see is everything there is. */
async function signIn(context: BrowserContext, { app, consoleUrl }: DemoTown): Promise<void> {
  const now = Temporal.Now.instant()
  const grants = consoleRoles.map((role) => ({ institution: INSTITUTION, role, services: null }))
  const person = { login: 'ufficio', name: 'Ufficio Tributi', email: null, grants }
  const id = await app.store.people.add(person, now)
  const token = await app.store.sessions.open(id, { address: '127.0.0.1', agent: 'Chromium' }, now)
  await context.addCookies([{ name: 'staffetta', value: token, url: consoleUrl }])
}

/** Answers what went wrong, a line each. */
async function take(
  context: BrowserContext,
  { consoleUrl }: DemoTown,
  pictures: readonly Picture[],
): Promise<string[]> {
  const { faults } = await watch(context, consoleUrl)
  const page = await context.newPage()
  for (const { name, path, prepare } of pictures) {
    const url = path.startsWith('//') ? path.slice(1) : `/${INSTITUTION}${path}`
    const response = await page.goto(`${consoleUrl}${url}`, { waitUntil: 'load' })
    if (response?.status() !== 200) {
      faults.push(`${name}: ${url} answers ${response?.status()}`)
      continue
    }
    await prepare?.(page)
    const height = (await page.evaluate('document.documentElement.scrollHeight')) as number
    const clip = { x: 0, y: 0, width: VIEWPORT.width, height: Math.min(height, MOST_HEIGHT) }
    await page.screenshot({ path: join(IMAGES, `${name}.png`), fullPage: true, clip })
    console.log(`docs/images/${name}.png`)
  }
  await page.close()
  return faults
}

/** Plays without telling. */
function quiet(screen: Screen): Screen {
  const bar = { show() {}, end() {} }
  return { ...screen, line() {}, title() {}, chapter() {}, account() {}, bar: () => bar }
}
