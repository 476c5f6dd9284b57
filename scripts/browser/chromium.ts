// Debian's Chromium, for walks through the console and for pictures of it. Invariant: whatever it
// asks for beyond the loopback is kept from it, and told.
import { existsSync } from 'node:fs'
import { type Browser, type BrowserContext, chromium } from 'playwright-core'

const PROGRAM = '/usr/bin/chromium'

/** Throws where it is not installed: `npm run test:browser` installs it. */
export async function openChromium(): Promise<Browser> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: apt-get install chromium`)
  // As root its sandbox cannot be had; it sees pages of ours alone.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: PROGRAM, args })
}

export interface Watched {
  /** What no page may do: dialogs, requests to elsewhere, what the policy had to block, faults. */
  faults: string[]
}

/** Writes down what a page of ours must not do, from now on. */
export async function watch(context: BrowserContext, origin: string): Promise<Watched> {
  const faults: string[] = []
  await context.route('**/*', (route) => {
    const url = route.request().url()
    if (url.startsWith(`${origin}/`) || /^(data|blob|about):/.test(url)) return route.continue()
    faults.push(`asked for ${url}`)
    return route.abort()
  })
  context.on('page', (page) => {
    page.on('dialog', (dialog) => {
      faults.push(`${page.url()} opened a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('pageerror', (error) => faults.push(`${page.url()} failed: ${error.message}`))
    page.on('console', (said) => {
      const text = said.text()
      if (/Content Security Policy|Trusted/i.test(text)) faults.push(`${page.url()}: ${text}`)
    })
  })
  return { faults }
}
