// The settings of a view: where it is, which rows are wanted, how they are read, what is told back.
// Invariant: SQL is the configuration's own; a value never becomes a part of a statement's text.
import { z } from 'zod'
import { secret } from '../../src/connector.ts'
import { engines } from './engines.ts'
import { namesIn } from './named-values.ts'
import { unknownNames } from './receipt-values.ts'

const bounded = (min: number, max: number, usual: number) =>
  z.int().min(min).max(max).default(usual)
const identifier = z.string().min(1).max(128)
const statement = z.string().min(1).max(20_000)

const tls = z.strictObject({
  ca: secret()
    .optional()
    .describe('The authority that signed the server, in PEM, where it is no public one.'),
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
  repeatable: z
    .boolean()
    .default(true)
    .describe(
      'Does no harm when it is run twice. With `false` a record whose statement was cut off ' +
        'waits for a person.',
    ),
  whenNoRow: z
    .enum(['fail', 'retry', 'accept'])
    .default('fail')
    .describe(
      'A statement that found no row: the record is shown as not told, is tried again later, or ' +
        'counts as told.',
    ),
  maximumRowsEach: bounded(1, 1000, 1).describe('One record may change no more rows than this.'),
  maximumFailuresInRow: bounded(1, 1000, 20).describe(
    'After so many failures one after the other nothing more is tried: something is wrong.',
  ),
  batchRecords: bounded(1, 500, 200).describe(
    'Records in one transaction; one, where the statement is not `repeatable`.',
  ),
  username: z.string().min(1).max(200).optional().describe('Who writes, if not who reads.'),
  password: secret().optional().describe('Password of who writes.'),
})

const lookup = z
  .strictObject({
    statement: statement.describe(
      'A SELECT by key: `select … where cf in (:keys)`, or `= :key` to ask for each alone.',
    ),
    key: identifier
      .optional()
      .describe('Column of the answer that holds the key; needed with `:keys`.'),
    batch: bounded(1, 500, 100).describe('How many keys one statement with `:keys` asks for.'),
  })
  .refine(({ statement: text }) => /^keys?$/.test([...new Set(namesIn(text))].join()), {
    path: ['statement'],
    message: 'name the keys as `:keys`, or one as `:key`, and nothing else',
  })
  .refine(({ statement: text, key }) => key !== undefined || !namesIn(text).includes('keys'), {
    path: ['key'],
    message: 'with `:keys` it is needed: the column by which the rows are told apart',
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
    lookup: lookup.optional().describe('What is answered by key, for a system that is asked.'),
    maximumRows: bounded(1, 100_000_000, 5_000_000).describe('More rows at once are not taken.'),
    maximumMegabytes: bounded(1, 1_000_000, 4096).describe(
      'More than this is not set aside, when the whole view is read.',
    ),
    fetchRows: bounded(1, 10_000, 500).describe('How many rows are asked for at a time.'),
    statementTimeoutSeconds: bounded(1, 3600, 60).describe('How long one statement may take.'),
    connectTimeoutSeconds: bounded(1, 600, 20).describe('How long connecting may take.'),
  })
  .refine(({ view, query }) => view === undefined || query === undefined, {
    path: ['view'],
    message: 'either a `view` or a `query`, not both',
  })
  .refine(({ view, query, receipt: told, lookup: asked }) => view ?? query ?? told ?? asked, {
    path: ['view'],
    message:
      'a feed reads a `view` or a `query`; a system is told by `receipt` or asked by `lookup`',
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
