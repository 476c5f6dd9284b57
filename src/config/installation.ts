// The installation (`staffetta.yaml`), declared once: types, checks, defaults, JSON Schema and
// reference page come from here. It holds what all institutions of one Staffetta share.
// Strict everywhere: an unknown key is an error. Secrets are references, never values.
import { z } from 'zod'
import { secret } from '../connector.ts'
import { ConsoleSpec } from './console.ts'
import { slug, slugForm } from './slug.ts'

const wholeNumber = (minimum: number, maximum: number) => z.number().int().min(minimum).max(maximum)

const secretReference = secret()

export const AccountSpec = z.strictObject({
  callsPerWindow: wholeNumber(0, 10_000)
    .default(150)
    .describe(
      'Calls that IO allows in one window; 250 with a Fast or Premium agreement; 0: no limit',
    ),
  windowSeconds: wholeNumber(1, 3_600).default(5).describe('Length of the window, in seconds'),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://api.io.pagopa.it/api/v1')
    .describe('Where IO answers; another value is for the simulator and for tests'),
  connections: wholeNumber(1, 256).default(16).describe('Messages sent at the same time'),
  timeoutSeconds: wholeNumber(1, 180)
    .default(30)
    .describe('How long one call to IO may take before its answer counts as lost'),
  firstStatusCheckSeconds: wholeNumber(1, 3_600)
    .default(60)
    .describe('How long after acceptance IO is first asked what became of a message'),
  premiumFollowDays: wholeNumber(0, 365)
    .default(60)
    .describe('For how long IO is asked whether a premium message was read and paid'),
  subscriptionsFeed: z
    .boolean()
    .default(false)
    .describe(
      'IO lets this account read the subscriptions feed: it replaces most profile calls, and keeps a set of all citizens of IO for each service',
    ),
})
export type AccountSpec = z.infer<typeof AccountSpec>

const database = z.strictObject({
  url: secretReference
    .optional()
    .describe(
      'A PostgreSQL URL, by reference; absent: `DATABASE_URL`, and without it the embedded one',
    ),
  poolSize: wholeNumber(2, 100)
    .default(10)
    .describe('Connections of one process to the database; its queue has five more at most'),
})

const outbound = z.strictObject({
  proxy: z
    .union([z.url({ protocol: /^https?$/ }), secretReference])
    .optional()
    .describe('The HTTP proxy to the Internet: a URL, or a reference when it has a password'),
  certificateAuthorities: z
    .array(z.string().regex(/^file:.+$/, 'a reference to a PEM file: `file:PATH`'))
    .max(20)
    .default([])
    .describe('PEM files of authorities to trust besides the usual ones'),
})

const smtp = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('The mail server'),
  port: wholeNumber(1, 65_535).default(25).describe('Its port'),
  secure: z
    .boolean()
    .default(false)
    .describe('TLS from the first byte (port 465); false: STARTTLS when it is offered'),
  username: z.string().min(1).optional().describe('Absent: no login'),
  password: secretReference.optional().describe('Needed with `username`'),
})

const mail = z.strictObject({
  from: z.email().describe('The sender of the mails to the staff'),
  smtp: smtp
    .refine((server) => !server.username === !server.password, {
      message: 'username and password go together',
    })
    .prefault({})
    .describe('The mail server'),
})

const encryption = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        id: wholeNumber(1, 255).describe('Stands beside what the key encrypted; never reuse it'),
        key: secretReference.describe('32 random bytes in base64: `openssl rand -base64 32`'),
      }),
    )
    .max(100)
    .refine((keys) => new Set(keys.map((key) => key.id)).size === keys.length, {
      message: 'two keys have the same id',
    })
    .prefault([])
    .describe('The highest id encrypts, all decrypt; none: a key file made in the data directory'),
})

const limits = z.strictObject({
  maximumDropBytes: wholeNumber(1_024, 100_000_000_000)
    .default(2_147_483_648)
    .describe('A drop with more bytes is not saved'),
  minimumFreeBytes: wholeNumber(0, 1_000_000_000_000_000)
    .default(1_000_000_000)
    .describe(
      'With less room on the disk of the data directory no drop is taken or mapped; sending goes ' +
        'on. 0: it is not looked at',
    ),
  maximumRecordsPerDrop: wholeNumber(1, 100_000_000)
    .default(5_000_000)
    .describe('A drop with more records is not mapped'),
  mapBatchRecords: wholeNumber(1, 50_000)
    .default(1_000)
    .describe('Records mapped and written at a time'),
  collectSweepSeconds: wholeNumber(5, 3_600)
    .default(60)
    .describe('How often overdue polls are looked for'),
  leaseSeconds: wholeNumber(5, 300)
    .default(7)
    .describe('After how long the work of a node that died is taken over'),
  shutdownSeconds: wholeNumber(1, 600)
    .default(30)
    .describe('How long a stopping node waits for what is in flight'),
})

export const InstallationSpec = z.strictObject({
  name: z
    .string()
    .regex(slug, slugForm)
    .max(60)
    .default('staffetta')
    .describe('Names this installation in logs and mails'),
  dataDirectory: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Send journal, keys and embedded database; `STAFFETTA_DATA` wins; absent: ./data, for root /var/lib/staffetta',
    ),
  database: database.prefault({}).describe('PostgreSQL'),
  accounts: z
    .record(z.string().regex(slug, slugForm), AccountSpec)
    .default({})
    .describe('Accounts on IO’s portal; the rate limit is shared by all services of one'),
  outbound: outbound.prefault({}).describe('The way to the Internet'),
  mail: mail.optional().describe('Mails to the staff; absent: none is sent'),
  console: ConsoleSpec.optional().describe(
    'The pages in the browser: where offices work and testers answer; absent: there are none',
  ),
  encryption: encryption.prefault({}).describe('People’s data at rest'),
  limits: limits.prefault({}).describe('Bounds of what one installation takes on'),
})
export type InstallationSpec = z.infer<typeof InstallationSpec>
