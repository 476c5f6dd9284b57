// Drivers that an installation adds when it needs them: loaded at the first connection, not before.
// Invariant: one that is absent is one clear line with the command that installs it.
import { createRequire } from 'node:module'
import { SourceError } from '../../src/connector.ts'

/** The versions that the connector was written for. */
const versions = { mysql2: '3.24.6', mssql: '12.7.14', oracledb: '26.0.0' } as const

const load = createRequire(import.meta.url)

/** The driver's module. Throws `SRC_DRIVER` when it is not installed, or does not load. */
export function loadDriver<Driver>(name: keyof typeof versions): Driver {
  try {
    return load(name) as Driver
  } catch (cause) {
    const isAbsent = (cause as { code?: string }).code === 'MODULE_NOT_FOUND'
    const what = isAbsent ? 'is not installed' : `does not load: ${(cause as Error).message}`
    const message =
      `the driver ${name} ${what}. Install it where Staffetta is, and start it again: ` +
      `npm install --save-exact ${name}@${versions[name]}`
    throw new SourceError('SRC_DRIVER', message, { retry: false, cause })
  }
}
