// What a ready-made service says about itself (`service.yaml` in its folder of the catalogue),
// declared once. Institutions read it before they switch the service on; nothing of it is sent.
// Strict everywhere: an unknown key is an error.
import { z } from 'zod'
import { slug, slugForm } from './slug.ts'

const words = (maximum: number) =>
  z.strictObject({ it: z.string().min(1).max(maximum), en: z.string().min(1).max(maximum) })

const MappingWords = z.strictObject({
  what: words(200).describe('What the message says, in a sentence'),
  recipients: words(300).describe('Who gets it, and which records are skipped'),
  when: words(800).describe('When to send it, and which reminders follow'),
})

export const CatalogueServiceSpec = z.strictObject({
  name: words(60).describe('As people call it'),
  summary: words(200).describe('What it does for citizens, in one sentence'),
  topic: words(60).describe('Where it belongs among the services of an institution'),
  mappings: z
    .record(z.string().regex(slug, slugForm), MappingWords)
    .describe('Each file of its `mappings/`, by name'),
  feed: words(800).describe('Which schedule, window and approval suit it'),
})
export type CatalogueServiceSpec = z.infer<typeof CatalogueServiceSpec>
