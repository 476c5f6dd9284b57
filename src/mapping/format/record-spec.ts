// How the records of a file are written, format by format: the `record` block of a mapping. Types,
// checks, defaults, JSON Schema and reference page come from here.
// Strict everywhere: an unknown key is an error.
import { z } from 'zod'
import { isNamePattern } from '../../domain/name-pattern.ts'
import { FieldSpec, position, span } from '../field/field-spec.ts'

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a name: lower-case letters, digits and _')

/** What tells the groups of a row apart; compared and shown as text. */
const group = z.union([z.string().min(1).max(50), z.number().int().min(0)])

const RepeatSpec = z.strictObject({
  over: z
    .array(group)
    .min(1)
    .max(60)
    .describe('What `{n}` stands for in each group, in order: `[T, 1, 2, 3, 4]`; `"01"` in quotes'),
  when: name.describe('A field of the group: where it is empty, the group is left out'),
  none: z
    .enum(['refuse', 'keep'])
    .default('refuse')
    .describe(
      'What a row does all of whose groups are empty. `keep`: it is one record without them, ' +
        'for a `skip` rule to tell',
    ),
  total: z
    .strictObject({
      field: name.describe('A euro field that stands once in the row'),
      of: name.describe('The euro field of the groups that it is the sum of'),
      over: z.array(group).min(1).optional().describe('The groups that count; absent: all'),
      onDifference: z.enum(['warn', 'refuse']).default('refuse'),
    })
    .optional()
    .describe('The row says what its groups come to; `refuse` refuses the row as one record'),
})
export type RepeatSpec = z.infer<typeof RepeatSpec>

const fileName = z
  .string()
  .max(200)
  .regex(/^[^/\\]+$/, 'a pattern for the name of a file, without folders')
  .refine(isNamePattern, 'braces hold a name, or a name and a date: `{lotto}`, `{mese:yyyyMM}`')

const everyFormat = {
  member: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(20)])
    .optional()
    .describe(
      'Which file holds the records, where a drop has several parts, and inside a ZIP or a mail: ' +
        'a pattern such as `*.csv`, or several of them; exactly one file must match. Absent: the ' +
        'only file that can be of this format',
    ),
  encoding: z
    .enum(['utf-8', 'windows-1252', 'iso-8859-1', 'iso-8859-15', 'utf-16le', 'utf-16be', 'auto'])
    .default('utf-8')
    .describe(
      'A byte order mark of UTF-8 or UTF-16 is obeyed and removed. `auto`: UTF-8, UTF-16, or ' +
        'Windows-1252 when the first character beyond ASCII says so, or ISO-8859-15 when the ' +
        'euro sign does; a file that mixes them is refused. `iso-8859-1` is read as ' +
        '`windows-1252`, of which it is a part',
    ),
  fileName: z
    .union([fileName, z.array(fileName).min(1).max(10)])
    .optional()
    .describe(
      'What the name of the file says, for columns `@file.NAME`: `{ente}` is some text, ' +
        '`{data:yyyyMMdd}` a date, given as `2027-03-31`; `*` and `?` as in the pattern of a ' +
        'feed. Or several, of which the first that fits counts. Another name refuses the drop',
    ),
  files: z
    .strictObject({
      field: name.describe('A text field of the record'),
      onMissing: z.enum(['refuse', 'warn']).default('refuse'),
    })
    .optional()
    .describe(
      'The field names a file, such as the PDF of an act, that must have come along: in the same ' +
        'ZIP, mail or drop',
    ),
  repeat: RepeatSpec.optional().describe(
    'One row of the file holds several records, such as the instalments of a bill, in columns ' +
      'that repeat',
  ),
  fields: z.record(name, FieldSpec).describe('The values that key, notice and texts may use'),
}

const summed = z.string().optional().describe('The euro field that `total` is the sum of')

const rowFooter = z
  .union([
    z.strictObject({ rows: z.number().int().min(1).max(20) }),
    z.strictObject({
      column: position,
      equals: z.string().min(1),
      count: position.optional(),
      total: position.optional(),
      of: summed,
    }),
  ])
  .optional()
  .describe(
    'The last rows are no records. `rows`: so many, whatever they hold. Or the one row whose ' +
      '`column` (1-based) `equals` a text: the file must end with it, and the cells `count` ' +
      'and `total` must agree with the records',
  )

export const CsvSpec = z.strictObject({
  format: z.literal('csv'),
  ...everyFormat,
  delimiter: z
    .union([z.string().length(1), z.literal('tab')])
    .default(';')
    .describe('One character, or `tab`'),
  quote: z.string().length(1).nullable().default('"'),
  escape: z
    .enum(['doubled', 'backslash'])
    .default('doubled')
    .describe('How a quote is written inside quotes: `""`, or `\\"` (and then `\\\\` is one `\\`)'),
  strip: z
    .strictObject({ start: z.string().max(10).default(''), end: z.string().max(10).default('') })
    .optional()
    .describe(
      'What stands around the values and is no part of them, in the header too: `start: "\'"`; ' +
        "with `quote: null` also `start: '=\"', end: '\"'`",
    ),
  skipLines: z.number().int().min(0).max(1000).default(0).describe('Lines before the header'),
  comment: z
    .string()
    .length(1)
    .optional()
    .describe('Lines that begin with this character are passed over'),
  header: z.boolean().default(true).describe('false: columns are given by position'),
  shortRows: z
    .enum(['refuse', 'pad'])
    .default('refuse')
    .describe(
      '`pad`: a row may lack its last cells, where the mapping reads none but optional ones',
    ),
  longRows: z
    .enum(['refuse', 'ignoreEmpty'])
    .default('refuse')
    .describe('`ignoreEmpty`: a row may have further cells, where they are all empty'),
  footer: rowFooter,
})
export type CsvSpec = z.infer<typeof CsvSpec>

export const FixedSpec = z.strictObject({
  format: z.literal('fixed'),
  ...everyFormat,
  lineLength: position.optional().describe('Characters of every line; absent: lines may vary'),
  shortLines: z
    .enum(['refuse', 'pad'])
    .default('refuse')
    .describe('`pad`: a line may lack its last blanks; one cut inside a value is refused still'),
  lineType: span.optional().describe('Where the code of its type stands in every line'),
  lines: z
    .record(z.string(), z.enum(['header', 'start', 'part', 'ignore', 'footer']))
    .default({})
    .describe(
      'What each type of line is. `start` begins a record, `part` continues it, `header` holds ' +
        'for the records after it (a type that comes again ends those below it), `footer` ends ' +
        'the file, `ignore` is not read',
    ),
  footer: z
    .strictObject({
      count: span.optional(),
      total: span.optional(),
      of: summed,
      lines: span
        .optional()
        .describe('How many lines there are, of every type, with the first and the footer'),
    })
    .optional()
    .describe('Where the `footer` line says how many records there are, and their total'),
})
export type FixedSpec = z.infer<typeof FixedSpec>

export const NdjsonSpec = z.strictObject({
  format: z.literal('ndjson').describe('One JSON object a line'),
  ...everyFormat,
})
export type NdjsonSpec = z.infer<typeof NdjsonSpec>

export const MailSpec = z.strictObject({
  format: z
    .literal('mail')
    .describe('A mail is one record: what its headers say, its text, and lines with labels'),
  ...everyFormat,
  encoding: z.literal('utf-8').default('utf-8').describe('Not asked: a mail says its own'),
})
export type MailSpec = z.infer<typeof MailSpec>

/** Count and total that a document says of its records, by paths as those of its fields. */
const totals = z
  .strictObject({ count: z.string().optional(), total: z.string().optional(), of: summed })
  .optional()
  .describe(
    'Where the document says how many rows it has, and their total: paths as in `column`, such ' +
      'as `../numeroTotalePagamenti`. A document that disagrees is refused',
  )

export const XmlSpec = z.strictObject({
  format: z.literal('xml').describe('XML documents, namespaces and prefixes aside'),
  ...everyFormat,
  encoding: everyFormat.encoding
    .unwrap()
    .default('auto')
    .describe(
      '`auto`: as the byte order mark or the XML declaration says; where they contradict each ' +
        'other the file is refused. Any other value overrules the declaration',
    ),
  rows: z
    .string()
    .min(1)
    .describe(
      'The element that is one record, with those above it: ' +
        '`DatiPagamento/DettaglioPagamento`, at any depth, or from the root with `/` in front',
    ),
  doctype: z
    .enum(['refuse', 'ignore'])
    .default('refuse')
    .describe(
      '`ignore`: a DOCTYPE that only names a DTD, as that of older `segnatura.xml`, is passed ' +
        'over, and the DTD is never fetched. One that declares anything is refused all the same',
    ),
  totals,
})
export type XmlSpec = z.infer<typeof XmlSpec>

export const JsonSpec = z.strictObject({
  format: z.literal('json').describe('One JSON document with a list of records somewhere in it'),
  ...everyFormat,
  rows: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The path of the list from the root: `debiti`, `posizioni.rate` for the entries of the ' +
        'lists in a list, `debiti.*` for an object of records. Absent: the document itself, a ' +
        'list or one record',
    ),
  totals,
})
export type JsonSpec = z.infer<typeof JsonSpec>

export const XlsxSpec = z.strictObject({
  format: z.literal('xlsx').describe('A worksheet of an Excel workbook'),
  ...everyFormat,
  encoding: z.literal('utf-8').default('utf-8').describe('Not asked: a workbook says its own'),
  sheet: z
    .union([z.string().min(1).max(100), z.number().int().min(1).max(1000)])
    .optional()
    .describe(
      'The name on its tab, in any case, `*` for what changes: `Scadenze *`; or its position ' +
        'among the visible sheets (a name of digits in quotes). Absent: the only visible one ' +
        'that holds anything',
    ),
  skipLines: z.number().int().min(0).max(1000).default(0).describe('Rows before the header'),
  header: z
    .boolean()
    .default(true)
    .describe('The first row that holds anything. false: columns are letters or positions'),
  hiddenRows: z
    .enum(['refuse', 'read', 'ignore'])
    .default('refuse')
    .describe('What a row is that a filter or a hand hides: refused, a record, or no record'),
  footer: rowFooter,
})
export type XlsxSpec = z.infer<typeof XlsxSpec>

export const RecordSpec = z.discriminatedUnion('format', [
  CsvSpec,
  FixedSpec,
  NdjsonSpec,
  MailSpec,
  XmlSpec,
  JsonSpec,
  XlsxSpec,
])
export type RecordSpec = z.infer<typeof RecordSpec>
