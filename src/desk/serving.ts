// The console, composed: what its pages show and change, served where the configuration says. A
// part of `app.ts`; nothing here decides anything.
import type { App } from '../app.ts'
import type { Console } from '../console/server.ts'
import type { Parts } from '../parts.ts'
import { testPages } from '../releasing/testing.ts'

/** Null where the configuration has no console. */
export async function openPages(parts: Parts, app: App): Promise<Console | null> {
  const { config, log, now } = parts
  const { console: where } = config.installation
  if (where === undefined) return null
  const { openConsole } = await import('../console/server.ts')
  return openConsole({ ...where, app, tests: testPages(parts), log, now })
}
