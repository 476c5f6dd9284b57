// How the records of a file are written, format by format: the `record` block of a mapping. Types,
// checks, defaults, JSON Schema and reference page come from here.
// Strict everywhere: an unknown key is an error.
import { z } from 'zod'
import { FieldSpec, position, span } from './field-spec.ts'

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a name: lower-case letters, digits and _')

const everyFormat = {
  member: z
    .string()
    .optional()
    .describe('When the part is a ZIP: a pattern such as `*.csv`; exactly one member must match'),
  encoding: z
    .enum(['utf-8', 'windows-1252', 'iso-8859-1', 'iso-8859-15', 'utf-16le', 'auto'])
    .default('utf-8')
    .describe(
      'A byte order mark of UTF-8 or UTF-16 is obeyed and removed. `auto`: UTF-8, or ' +
        'Windows-1252 when the first character beyond ASCII says so; a file that mixes the two ' +
        'is refused',
    ),
  fields: z.record(name, FieldSpec).describe('The values that key, notice and texts may use'),
}

const summed = z.string().optional().describe('The euro field that `total` is the sum of')

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
  footer: z
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
    ),
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
    .strictObject({ count: span.optional(), total: span.optional(), of: summed })
    .optional()
    .describe('Where the `footer` line says how many records there are, and their total'),
})
export type FixedSpec = z.infer<typeof FixedSpec>

export const NdjsonSpec = z.strictObject({
  format: z.literal('ndjson').describe('One JSON object a line'),
  ...everyFormat,
})
export type NdjsonSpec = z.infer<typeof NdjsonSpec>

export const RecordSpec = z.discriminatedUnion('format', [CsvSpec, FixedSpec, NdjsonSpec])
export type RecordSpec = z.infer<typeof RecordSpec>
