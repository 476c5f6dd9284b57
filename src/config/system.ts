// A system (`systems/NAME.yaml`), declared once: types, checks, defaults, JSON Schema and reference
// page come from here. It is no feed's source: it is asked (`lookup`) or told (a feed's
// `writeBack`). Its id is the file's name; its `settings` are declared by its connector.
import { z } from 'zod'
import { SystemLookup } from '../mapping/system-lookup.ts'
import { slug, slugForm } from './slug.ts'

export const SystemSpec = z.strictObject({
  connector: z
    .string()
    .regex(slug, slugForm)
    .describe('How the system is reached: a folder of `connectors/`'),
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('What the connector needs; the same keys as in a feed'),
  lookup: SystemLookup.optional().describe(
    'What it answers by key, for the `lookups` and `beforeSending` of mappings; absent: it is ' +
      'only told, by feeds with `writeBack`',
  ),
})
export type SystemSpec = z.infer<typeof SystemSpec>
