// The settings of a view: where it is, which rows are wanted, how they are read, what is told back.
// Invariant: SQL is the configuration's own; a value never becomes a part of a statement's text.
import { z } from 'zod'
import { secret } from '../../src/connector.ts'
import { engines } from './engines.ts'
import { unknownNames } from './named-values.ts'

const bounded = (min: number, max: number, usual: number) =>
  z.int().min(min).max(max).default(usual)
const identifier = z.string().min(1).max(128)
const statement = z.string().min(1).max(20_000)

const tls = z.strictObject({
  caFile: z.string().min(1).optional().describe('PEM of who signed the server’s certificate.'),
  minimumVersion: z
    .enum(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'])
    .default('TLSv1.2')
    .describe('Lower it only for a server that is too old for TLS 1.2.'),
  serverName: z.string().min(1).optional().describe('Name in the certificate, if not `host`.'),
})

const watermark = z
  .strictObject({
    column: identifier.describe('Grows with every new or changed row: an instant, day or number.'),
    overlap: bounded(0, 2 ** 31, 0).describe(
      'How far before the last value rows are looked at again: seconds, or units of a number.',
    ),
    inclusive: z
      .boolean()
      .default(true)
      .describe('Rows that have the last value itself are looked at again.'),
  })
  .refine(({ overlap, inclusive }) => inclusive || overlap === 0, {
    path: ['inclusive'],
    message: 'an overlap includes the last value: leave `inclusive` out',
  })

const pages = z.strictObject({
  key: z.array(identifier).min(1).max(8).describe('Columns that together tell every row apart.'),
  rows: bounded(1, 10_000, 200).describe('How many rows one page has.'),
})

const receipt = z.strictObject({
  statement: statement
    .refine((text) => unknownNames(text).length === 0, {
      error: ({ input }) => `names no value: ${unknownNames(String(input)).join(', ')}`,
    })
    .describe(
      'One parameterised statement, run once a record: `update … set stato = :fate where id = :key`.',
    ),
  fates: z
    .array(z.string().min(1))
    .min(1)
    .max(20)
    .optional()
    .describe('Only records that ended so are told; all unless given.'),
  maximumRowsEach: bounded(1, 1000, 1).describe('One record may change no more rows than this.'),
  batchRecords: bounded(1, 10_000, 200).describe('Records in one transaction.'),
  username: z.string().min(1).max(200).optional().describe('Who writes, if not who reads.'),
  password: secret().optional().describe('Password of who writes.'),
})

export const settings = z
  .strictObject({
    engine: z.enum(engines).describe('Kind of database.'),
    host: z.string().min(1).max(253).describe('Name or address of the server.'),
    port: z.int().min(1).max(65_535).optional().describe('TCP port; the usual one of the engine.'),
    database: z.string().min(1).max(128).describe('Database, or service name of Oracle.'),
    username: z.string().min(1).max(200).describe('Who logs in; a role that may only read.'),
    password: secret().optional().describe('Password of the user.'),
    tls: tls.optional().describe('Encrypts the connection and verifies the server.'),
    view: z
      .string()
      .min(1)
      .max(400)
      .optional()
      .describe('View or table, with its schema: `app.dovuti`. Written as the database has it.'),
    query: statement.optional().describe('Instead of `view`: a SELECT.'),
    columns: z
      .array(identifier)
      .min(1)
      .max(500)
      .optional()
      .describe('Columns that are read; all unless given.'),
    where: statement.optional().describe('A condition in SQL on the rows of the view.'),
    dateColumn: identifier
      .optional()
      .describe('Rows whose date is older than the feed’s `from` are not read.'),
    watermark: watermark
      .optional()
      .describe('Reads what is new since the last poll. Without it every change hands over all.'),
    pages: pages.optional().describe('Reads by the key, a page at a time: for slow views.'),
    trimPadding: z
      .boolean()
      .default(true)
      .describe('Takes away the blanks that fill CHAR columns.'),
    fractions: z
      .boolean()
      .default(false)
      .describe('Keeps fractions of seconds, which no date format of a mapping reads.'),
    timeZone: z
      .string()
      .refine(isTimeZone, 'a time zone, such as `Europe/Rome`')
      .default('Europe/Rome')
      .describe('Zone of dates and times that do not say theirs.'),
    acceptedChange: bounded(0, 1_000_000, 0).describe(
      'Raise it to go on after the columns of the view have changed.',
    ),
    receipt: receipt.optional().describe('What is told back about each record.'),
    maximumRows: bounded(1, 100_000_000, 5_000_000).describe('More rows at once are not taken.'),
    fetchRows: bounded(1, 10_000, 500).describe('How many rows are asked for at a time.'),
    statementTimeoutSeconds: bounded(1, 3600, 60).describe('How long one statement may take.'),
    connectTimeoutSeconds: bounded(1, 600, 20).describe('How long connecting may take.'),
  })
  .refine(({ view, query }) => (view === undefined) !== (query === undefined), {
    path: ['view'],
    message: 'either a `view` or a `query` is needed, not both',
  })
  .refine(({ columns, pages, watermark, dateColumn }) => {
    const needed = [...(pages?.key ?? []), watermark?.column, dateColumn]
    return needed.every((name) => name === undefined || (columns?.includes(name) ?? true))
  }, 'the columns of `pages.key`, `watermark` and `dateColumn` must be among `columns`')

export type DbviewSettings = z.infer<typeof settings>

function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name)
    return true
  } catch {
    return false
  }
}
