// What the records of a feed say about notices that stand: the keys of a mapping for snapshots,
// action columns and settlements. Types, checks, defaults, JSON Schema and reference page come from
// here. Strict: an unknown key is an error.
import { z } from 'zod'

/** Values as the source writes them; a number may stand without quotes. */
const values = z.array(z.union([z.string(), z.number()])).max(100)

export const MissingSpec = z.strictObject({
  as: z
    .enum(['settled', 'cancelled'])
    .describe('How a notice ends that the snapshot no longer names: paid, or withdrawn'),
  atMostPercent: z
    .number()
    .int()
    .min(0)
    .max(100)
    .default(20)
    .describe('When more of the open notices than this would end, none does and a person decides'),
})

export const ActionSpec = z.strictObject({
  field: z.string().describe('The text field that says what a record does'),
  insert: values
    .default(['I'])
    .describe('The record as it is; a key that is known is taken as a change'),
  modify: values.default(['M']).describe('The same; a key that is not known is taken as new'),
  cancel: values
    .default(['A'])
    .describe('Withdraws the notice of the key; only the key is read of such a record'),
  settle: values
    .default([])
    .describe('The same, for what is paid: where bills and payments stand in one file'),
})
export type ActionSpec = z.infer<typeof ActionSpec>

export const SettlementAs = z.union([
  z.enum(['settled', 'cancelled']),
  z.strictObject({
    field: z.string().describe('The field whose value decides'),
    settled: values.default([]).describe('Values that mean paid'),
    cancelled: values.default([]).describe('Values that mean withdrawn'),
    ignore: values.default([]).describe('Values that close nothing; `""` is an empty field'),
    otherwise: z
      .enum(['refuse', 'settled', 'cancelled', 'ignore'])
      .default('refuse')
      .describe('What a value does that no list has; an empty field must be listed'),
  }),
])
export type SettlementAs = z.infer<typeof SettlementAs>
