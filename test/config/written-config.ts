// Configurations written into a directory of their own, from a good one with some files changed.
// Problems are given as one line each, so that a test reads like what a user sees.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { loadConfig } from '../../src/config/load.ts'
import type { ConnectorRegistry } from '../../src/config/registry.ts'
import { type Connector, defineConnector, secret } from '../../src/connector.ts'

const good: Record<string, string> = {
  'staffetta.yaml': `
accounts:
  conto: {}
`,
  'comune/institution.yaml': `
name: Comune di Prova
fiscalCode: "00000000000"
services:
  tributi:
    serviceId: 01PROVA
    account: conto
    key: file:/dev/null
`,
  'comune/feeds/tari.yaml': `
connector: box
settings:
  directory: /srv/tari
from: all
mapping: tari
service: tributi
`,
  'comune/mappings/tari.yaml': `
shape: notice
series: tari
record:
  format: csv
  fields:
    cf: { column: CF, type: fiscalCode }
    numero: { column: NUMERO, type: text }
    importo: { column: IMPORTO, type: euro, decimals: comma }
key: [numero]
notice:
  fiscalCode: cf
  subject:
    it: "Tari: la rata numero {{ numero }}"
  markdown:
    it: |
      È pronta la rata **{{ numero }}** della Tari, di {{ importo | euro }}.

      Puoi pagarla dall'app IO, in banca o alla posta, come preferisci.
`,
}

const box = {
  summary: 'A box for tests.',
  settings: z
    .strictObject({
      directory: z.string().min(1).describe('Where drops lie'),
      pattern: z.string().default('*').describe('Which'),
      port: z.number().int().min(1).max(65_535).default(22).describe('Where it listens'),
      password: secret().optional().describe('To get in'),
    })
    .refine(({ directory, pattern }) => directory !== pattern, {
      path: ['pattern'],
      message: 'it is the directory',
    }),
  check: async () => [],
  async *poll() {},
}

const fakes: Record<string, Connector> = {
  box: defineConnector(box) as Connector,
  'answering-box': defineConnector({ ...box, writeBack: async () => {} }) as Connector,
  'asked-box': defineConnector({ ...box, lookup: async () => new Map() }) as Connector,
}

export const fakeRegistry: ConnectorRegistry = {
  connectorNames: [...Object.keys(fakes), 'broken-box'],
  connectors: async (name) => {
    if (name === 'broken-box') throw new Error('its module has a syntax error')
    return fakes[name] ?? null
  },
}

/** Loads the good configuration with these files changed; null removes one. */
export async function loadWritten(changes: Record<string, string | null>) {
  return withWritten(changes, (directory) => loadConfig(directory, fakeRegistry))
}

/** Each problem as `file:line:column CODE message (hint)`, or `warning CODE`. */
export async function problemsOf(changes: Record<string, string | null>): Promise<string[]> {
  return withWritten(changes, async (directory) => {
    const { problems } = await loadConfig(directory, fakeRegistry)
    return problems.map((problem) => {
      const { file, line, column, severity, code, message, hint } = problem
      const place = [file.slice(directory.length + 1), line ?? '-', column ?? '-'].join(':')
      const what = `${severity === 'warning' ? 'warning ' : ''}${code} ${message}`
      return `${place} ${what}${hint ? ` (${hint})` : ''}`
    })
  })
}

/** The text of a file of the good configuration with one piece replaced, which must be there. */
export function edited(file: string, from: string, to: string): Record<string, string> {
  const text = good[file] ?? ''
  if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`)
  return { [file]: text.replace(from, () => to) }
}

async function withWritten<T>(
  changes: Record<string, string | null>,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'staffetta-config-'))
  try {
    for (const [name, text] of Object.entries({ ...good, ...changes })) {
      if (text === null) continue
      await mkdir(dirname(join(directory, name)), { recursive: true })
      await writeFile(join(directory, name), text)
    }
    return await use(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
