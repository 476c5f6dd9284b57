// The fields of a record as a mapping declares them: where each value stands, and what it must be.
// Every type has its own keys; the reference page and the editors' schema come from here.
// Strict: an unknown key is an error.
import { z } from 'zod'
import { dateFormats } from '../../domain/civil-date.ts'

/** A 1-based place. */
export const position = z.number().int().min(1).max(100_000)

/** Characters of a line: `start` 1 is the first. */
export const span = z.strictObject({ start: position, length: position })

/** Which piece of a cell that holds several values. */
const split = z
  .union([
    z.strictObject({
      by: z.string().min(1).max(5),
      take: z.union([z.literal('{n}'), z.number().int().min(-50).max(50)]),
    }),
    z.strictObject({
      by: z.string().min(1).max(5),
      from: z.number().int().min(1).max(50),
      to: z.number().int().min(-50).max(-1).default(-1),
    }),
    z.strictObject({
      by: z.string().min(1).max(5),
      key: z.string().min(1).max(100),
      assign: z.string().min(1).max(5).default('='),
    }),
  ])
  .describe(
    'The cell holds several values with `by` between them (`" "`: any blanks), and this is one: ' +
      '`take` the first (1), the last (-1); what stands `from: 2` on, `to: -2` without the last; ' +
      'of pieces such as `anno=2027` the one whose `key` is `anno`. With `repeat`, `take: "{n}"` ' +
      'makes a record of each piece. A piece that is not there is empty',
  )
export type Split = z.infer<typeof split>

const column = z
  .union([
    z.string().min(1),
    z.array(z.string().min(1)).min(1),
    z.number().int().min(1),
    span.extend({
      line: z.string().min(1).optional().describe('The type of line, where `lineType` is given'),
      step: position
        .optional()
        .describe('With `repeat`: the same value stands again so many characters further'),
    }),
    z
      .strictObject({ first: position, step: position })
      .describe('With `repeat`: the position in the first group, and how many columns it has'),
    z
      .strictObject({ each: z.array(position).min(1).max(60) })
      .describe('With `repeat`: the position in each group, where they are not equally far'),
  ])
  .describe(
    'csv, xlsx: header name (any case), several aliases of it, or a 1-based position; xlsx ' +
      'without a header: a letter, `C` · ' +
      'fixed: `{ start, length }` in characters, 1 for the first, with `line` where lines have ' +
      'types · ndjson: a path such as `debitore.codiceFiscale` or `rate.0.importo`, or several · ' +
      'xml, json: a path from the row, `../` from what is around it, `/` from the root; see the ' +
      'guide to files · ' +
      'all: `@file.NAME`, what `fileName` finds in the name of the file · ' +
      'with `repeat`, `{n}` in a name or a path stands for the group, and `"{n}"` alone is the ' +
      'value of `over` itself',
  )

const common = {
  column,
  split: split.optional(),
  optional: z.boolean().default(false).describe('An empty value is null instead of a refusal'),
  absent: z
    .enum(['refuse', 'empty'])
    .default('refuse')
    .describe(
      'csv, xlsx: `empty`: the header may lack the column, as that of an older version does; ' +
        'needs `optional`',
    ),
  empty: z
    .array(z.string())
    .default([])
    .describe('Further values that mean "nothing", for example "-1" or "00/00/0000"'),
}

export const FieldSpec = z.discriminatedUnion('type', [
  z.strictObject({
    ...common,
    type: z.literal('text').describe('Kept as it stands; trimmed unless `trim: false`'),
    trim: z.boolean().default(true),
    personal: z.boolean().default(false).describe('A warning when a title uses it'),
    markdown: z
      .literal(true)
      .optional()
      .describe(
        'Its value is Markdown that colleagues wrote, and is shown as such where a text has it ' +
          'without a filter. Never for what others can write: it could become a link or a button',
      ),
    padLeft: z
      .number()
      .int()
      .min(2)
      .max(50)
      .optional()
      .describe('Zeros are put in front up to this length, where a spreadsheet dropped them'),
    values: z
      .record(z.string().min(1), z.string().min(1))
      .optional()
      .describe(
        'What each value of the source becomes: `{ "01": "asilo nido", "02": "primaria" }`',
      ),
    normalise: z
      .array(z.enum(['case', 'zeros', 'blanks']))
      .default(['case'])
      .describe(
        'What does not count when `values` are compared: capital letters, zeros in front, the ' +
          'number of blanks between words. Blanks around a value never count',
      ),
    otherValues: z
      .enum(['refuse', 'keep'])
      .default('refuse')
      .describe('What a value does that `values` does not list'),
  }),
  z.strictObject({ ...common, type: z.literal('integer') }),
  z.strictObject({
    ...common,
    type: z.literal('boolean'),
    true: z
      .array(z.string())
      .default(['S', 'SI', 'Y', '1', 'TRUE'])
      .describe('Compared upper-case'),
    false: z.array(z.string()).default(['N', 'NO', '0', 'FALSE']),
  }),
  z.strictObject({
    ...common,
    type: z
      .literal('euro')
      .describe(
        'Money, parsed to integer cents without floats. Groups of thousands, a sign on either ' +
          'side and one of `€`, `EUR`, `euro` are understood; a part of a cent is refused',
      ),
    decimals: z
      .enum(['comma', 'dot', 'cents', 'thousandths'])
      .describe('`comma`: 1.450,00 · `dot`: 1,450.00 · `cents`: 145000 · `thousandths`: 1450000'),
    zeros: z
      .enum(['kept', 'dropped'])
      .default('kept')
      .describe(
        '`dropped`: the source leaves out zeros that say nothing, so that `145` is 145,00 and ' +
          '`,5` is 0,50. Only where the file is known to be written so: otherwise an amount ' +
          'without decimals is refused, since it may be cents',
      ),
  }),
  z.strictObject({
    ...common,
    type: z.literal('date'),
    formats: z
      .array(z.enum(dateFormats))
      .min(1)
      .describe(
        'Tried in order; a date that does not exist is refused. `d` and `M` are one or two ' +
          'digits, `yy` needs `pivot`; a time is dropped, and with an offset (`XXX`) the day is ' +
          'the one in Italy. Dates that mean "none" (`00/00/0000`, `99991231`) belong in `empty`',
      ),
    pivot: z
      .number()
      .int()
      .min(0)
      .max(99)
      .optional()
      .describe('The last two-digit year of this century: with 40, `40` is 2040 and `41` is 1941'),
  }),
  z.strictObject({
    ...common,
    type: z.literal('fiscalCode'),
    wrongCheck: z
      .enum(['refuse', 'warn'])
      .default('refuse')
      .describe('What a wrong check character does; IO itself does not check it'),
    notPersons: z
      .enum(['refuse', 'skip'])
      .default('refuse')
      .describe(
        'What a company’s 11 digits, an STP or ENI code, an anonymous payer (`ANONIMO`, ' +
          '`XYZXYZ80A01H501C`) or a filler (`99999999999`) does to the record: IO ' +
          'reaches persons only. `skip` counts it as skipped, with its reason, not as refused',
      ),
    blanks: z
      .enum(['refuse', 'drop'])
      .default('refuse')
      .describe(
        '`drop`: the source writes codes with blanks in them, `RSS MRA 80A01 H501U`; the check ' +
          'character must be right then',
      ),
  }),
  z.strictObject({
    ...common,
    type: z
      .literal('vatNumber')
      .describe('«Partita IVA»: 11 digits, with or without `IT` in front'),
    wrongCheck: z
      .enum(['refuse', 'warn'])
      .default('refuse')
      .describe('What a wrong check digit does'),
  }),
  z.strictObject({
    ...common,
    type: z
      .literal('iuv')
      .describe('15 or 17 digits, or an ISO 11649 reference (`RF…`) with its check digits'),
  }),
  z.strictObject({
    ...common,
    type: z.literal('noticeNumber').describe('18 digits, first 0 to 3'),
    fromIuv: z
      .strictObject({
        auxDigit: z.literal([0, 1, 2, 3]).describe('The first digit of the notice numbers'),
        code: z
          .string()
          .regex(/^\d{2}$/, 'two digits, in quotes: `"01"`')
          .optional()
          .describe(
            'With `auxDigit` 0 the application code; with 3 the segregation code, with which the ' +
              'IUV must then begin, or which is put before an IUV of 15 digits',
          ),
      })
      .optional()
      .describe('The column holds the IUV, and the notice number is made of it'),
  }),
])
export type FieldSpec = z.infer<typeof FieldSpec>
