// How a system is asked by key: one call for each, or one for many, and which values of the answer
// are the row. How often it may be asked is the system's own affair, not the connector's.
import { z } from 'zod'
import { bounded, callFields, checkKind, templatesOf } from './call-settings.ts'
import { pathSetting } from './predicates.ts'
import { mentions } from './template.ts'

export const lookup = z
  .strictObject({
    ...callFields,
    fields: z
      .record(
        z.string().regex(/^[A-Za-z]\w{0,99}$/, 'a letter, then letters and digits'),
        pathSetting(),
      )
      .refine((fields) => Object.keys(fields).length > 0, 'names no value')
      .describe(
        'The values of a row, by path from its record: `vivo: "info[chiave=Vita]/valore"`.',
      ),
    batch: bounded(1, 500, 1).describe('How many keys one call asks for.'),
    key: pathSetting().optional().describe('Where, from a record, its key stands.'),
    parallel: bounded(1, 8, 1).describe('How many calls are made at once.'),
  })
  .refine(
    ({ batch, key, records }) => batch === 1 || (key !== undefined && records !== undefined),
    {
      path: ['batch'],
      message: 'the answers of many keys are told apart by `records`, and by the `key` in them',
    },
  )
  .superRefine(checkKind)
  .refine((call) => mentionsKey(templatesOf(call), call.batch), {
    path: ['args'],
    message: 'ask for no key: name `{{ key }}`, or with `batch` an element with `$each: keys`',
  })

export type LookupSettings = z.infer<typeof lookup>

function mentionsKey(template: unknown, batch: number): boolean {
  if (batch === 1) return mentions(template, 'key')
  return mentions(template, 'keys') || JSON.stringify(template).includes('"$each":"keys"')
}
