// The configuration of the town that the stories are about: one institution that bills the waste
// tax from a folder, is told of payments through another, and has an office of a few people.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { z } from 'zod'
import type { ReleaseSpec } from '../../src/config/release.ts'
import { contact } from '../samples.ts'

export const INSTITUTION = 'citta-di-prova'
export const ACCOUNT = 'citta'
export const SERVICE_KEY = 'key-of-the-town'
/** Records that no citizen of a story has; testers are colleagues. */
const FIRST_COLLEAGUE = 900_000

/** Who works there: `anna` brings the files, `bruno` and `carla` decide, `dario` looks after it. */
export const staff = {
  anna: 'operator',
  bruno: 'approver',
  carla: 'approver',
  dario: 'administrator',
} as const
export type Person = keyof typeof staff

export const testers = ['Elena', 'Fausto'].map((name, n) => ({
  name,
  fiscalCode: contact(FIRST_COLLEAGUE + n).fiscalCode,
  email: `${name.toLowerCase()}@citta.example`,
}))

export const isTester = (fiscalCode: string) => testers.some((one) => one.fiscalCode === fiscalCode)

export interface Places {
  /** Of the configuration. */
  directory: string
  dataDirectory: string
  /** Where the tax program leaves its files, and where payments arrive. */
  bills: string
  payments: string
  ioUrl: string
  smtpPort: number
  consolePort: number
  release: z.input<typeof ReleaseSpec>
  /** How many calls at a time. */
  connections: number
}

/** Every file is JSON, which is YAML too. */
export async function writeTown(places: Places): Promise<void> {
  const { directory, dataDirectory, bills, payments, release, consolePort } = places
  const write = (path: string, value: object) => writeJson(join(directory, path), value)
  await write('staffetta.yaml', {
    dataDirectory,
    database: { url: 'env:STAFFETTA_DATABASE' },
    accounts: {
      [ACCOUNT]: {
        ...{ baseUrl: places.ioUrl, callsPerWindow: 0, connections: places.connections },
        // A story keeps answers back for as long as a person takes to type.
        ...{ firstStatusCheckSeconds: 3_600, timeoutSeconds: 180 },
      },
    },
    mail: {
      from: 'staffetta@citta.example',
      smtp: { host: '127.0.0.1', port: places.smtpPort },
    },
    console: {
      listen: `127.0.0.1:${consolePort}`,
      url: `http://127.0.0.1:${consolePort}`,
    },
    limits: { collectSweepSeconds: 5, minimumFreeBytes: 0 },
  })
  await write(`${INSTITUTION}/institution.yaml`, {
    ...{ name: 'Città di Prova', fiscalCode: '00000000000' },
    ...{ notify: ['tributi@citta.example'], testers, staff },
    services: {
      tributi: {
        ...{ serviceId: '01SCENARIOTRIBUTI', account: ACCOUNT },
        ...{ key: 'env:STAFFETTA_KEY', mode: 'live' },
      },
    },
  })
  const folder = (watched: string, pattern: string) => ({
    ...{ connector: 'folder', from: 'all', schedule: '* * * * * *' },
    settings: { directory: watched, pattern, stabilitySeconds: 0 },
  })
  await write(`${INSTITUTION}/feeds/tari.yaml`, {
    ...folder(bills, 'tari-*.csv'),
    ...{ mapping: 'tari', service: 'tributi', release },
  })
  await write(`${INSTITUTION}/feeds/pagamenti.yaml`, {
    ...folder(payments, 'pagamenti-*.csv'),
    mapping: 'pagamenti',
  })
  await writeMapping(directory, billText)
  await write(`${INSTITUTION}/mappings/pagamenti.yaml`, {
    ...{ shape: 'settlement', series: ['tari'], by: 'noticeNumber', key: ['avviso'] },
    record: { ...csv, fields: { avviso: { column: 'AVVISO', type: 'noticeNumber' } } },
    ...{ as: 'settled', rememberDays: 400 },
  })
}

export const BILL_HEADER = 'POSIZIONE;COD_FISCALE;ANNO;IMPORTO;SCADENZA;AVVISO'

const csv = { format: 'csv', encoding: 'utf-8', delimiter: ';' }

export const billText =
  'È disponibile l’avviso della TARI {{ anno }}: **{{ importo | euro }}**, da pagare entro il ' +
  '{{ scadenza | date_it }}.\n\nPuoi pagare dall’app. Se hai già pagato, non devi fare nulla.'

/** The mapping of the bills, with this text. */
export function writeMapping(directory: string, markdown: string): Promise<void> {
  return writeJson(join(directory, `${INSTITUTION}/mappings/tari.yaml`), {
    ...{ shape: 'notice', series: 'tari', key: ['posizione'], facets: { emission: 'anno' } },
    record: {
      ...csv,
      fields: {
        posizione: { column: 'POSIZIONE', type: 'text' },
        codice_fiscale: { column: 'COD_FISCALE', type: 'fiscalCode' },
        anno: { column: 'ANNO', type: 'text' },
        // Its program leaves out `,00`; of one that does not, a line without comma is refused.
        importo: { column: 'IMPORTO', type: 'euro', decimals: 'comma', zeros: 'dropped' },
        scadenza: { column: 'SCADENZA', type: 'date', formats: ['dd/MM/yyyy'] },
        avviso: { column: 'AVVISO', type: 'noticeNumber' },
      },
    },
    notice: {
      fiscalCode: 'codice_fiscale',
      subject: { it: 'TARI {{ anno }}: il tuo avviso' },
      markdown: { it: markdown },
      dueDate: 'scadenza',
      payment: { noticeNumber: 'avviso', amount: 'importo' },
    },
    reminders: [
      {
        at: '-7d 09:30',
        subject: { it: 'TARI {{ anno }}: scade fra una settimana' },
        markdown: {
          it:
            'Ti ricordiamo la TARI {{ anno }}: **{{ importo | euro }}**, entro il ' +
            '{{ scadenza | date_it }}. Se hai già pagato, non devi fare nulla.',
        },
      },
    ],
  })
}

async function writeJson(file: string, value: object): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, JSON.stringify(value, null, 2))
}
