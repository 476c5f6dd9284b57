// The example municipality with its daemon and its console in this process, and Chromium in front
// of it: what a walk stands on. People are signed in by a cookie unless the walk is about that.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openChromium, type Watched, watch } from '../../scripts/browser/chromium.ts'
import { type Daemon, startDaemon } from '../../src/daemon.ts'
import type { ConsoleRole } from '../../src/domain/access.ts'
import { createMapWorker } from '../../src/map-worker.ts'
import {
  INSTITUTION,
  type Installation,
  type InstallationOptions,
  openInstallation,
} from '../installation.ts'

export interface Town extends AsyncDisposable {
  here: Installation
  browser: Browser
  /** `http://127.0.0.1:PORT`, as the browser knows it. */
  origin: string
  /** A page of the example institution: `/flows` → its address. */
  at(path: string): string
  /** Somebody who is signed in, in a browser of their own. */
  as(login: string, roles: readonly ConsoleRole[], options?: TownVisitor): Promise<Person>
  /** Nobody yet. */
  stranger(options?: TownVisitor): Promise<Person>
}

export interface TownVisitor {
  /** In CSS pixels; absent: a desk’s screen. */
  width?: number
  height?: number
  forcedColors?: boolean
  /** False: a browser without scripts. */
  scripts?: boolean
  language?: 'it' | 'en'
}

export interface Person extends Watched {
  page: Page
  context: BrowserContext
}

/** `daemon: false`: nothing is mapped or sent but by the test itself. */
export async function openTown(
  options: InstallationOptions & { daemon?: boolean } = {},
): Promise<Town> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const { daemon: wantsDaemon = true, configuration = {}, ...rest } = options
  const here = await openInstallation({
    ...rest,
    configuration: {
      ...configuration,
      'staffetta.yaml': {
        console: { listen: `127.0.0.1:${port}`, url: origin },
        ...configuration['staffetta.yaml'],
      },
    },
  })
  const { app, playground } = here
  const { configDirectory } = playground
  let daemon: Daemon | null = null
  const pages = wantsDaemon ? null : await app.openPages()
  if (wantsDaemon) {
    const spec = { configDirectory, logLevel: 'silent', connection: app.connection }
    const mapper = createMapWorker(spec)
    daemon = await startDaemon(app, mapper, new Set(['collect', 'map', 'send', 'console'] as const))
  }
  await answers(origin)
  const browser = await openChromium()
  const at = (path: string) => `${origin}/${INSTITUTION}${path}`

  async function stranger(visitor: TownVisitor = {}): Promise<Person> {
    const { width = 1280, height = 900, forcedColors, scripts = true, language = 'it' } = visitor
    const context = await browser.newContext({
      viewport: { width, height },
      locale: language === 'it' ? 'it-IT' : 'en-GB',
      javaScriptEnabled: scripts,
      ...(forcedColors && { forcedColors: 'active' as const }),
    })
    // Whatever a page lacks is told soon.
    context.setDefaultTimeout(15_000)
    const { faults } = await watch(context, origin)
    return { context, page: await context.newPage(), faults }
  }

  return {
    ...{ here, browser, origin, at, stranger },
    async as(login, roles, visitor) {
      const { people, sessions } = app.store
      const now = Temporal.Now.instant()
      const grants = roles.map((role) => ({ institution: INSTITUTION, role, services: null }))
      const id = await people.add({ login, name: login, email: null, grants }, now)
      const token = await sessions.open(id, { address: '127.0.0.1', agent: 'Chromium' }, now)
      const person = await stranger(visitor)
      await person.context.addCookies([{ name: 'staffetta', value: token, url: origin }])
      return person
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
      await daemon?.stop()
      await pages?.close()
      await here[Symbol.asyncDispose]()
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The daemon opens its pages in its own time. */
async function answers(origin: string): Promise<void> {
  const signal = AbortSignal.timeout(30_000)
  while (!signal.aborted) {
    const isThere = await fetch(origin, { redirect: 'manual' }).catch(() => null)
    if (isThere !== null) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nothing answers at ${origin}`)
}
