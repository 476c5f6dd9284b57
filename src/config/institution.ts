// An institution (`institution.yaml` of its folder), declared once: types, checks, defaults,
// JSON Schema and reference page come from here. Its id is the folder's name.
// A service starts in `dry-run`: nothing reaches a citizen by omission.
import { z } from 'zod'
import { secret } from '../connector.ts'
import { fiscalCodePattern } from '../domain/message-values.ts'
import { CalendarSpec } from './calendar-spec.ts'
import { ReleaseSpec } from './release.ts'
import { slug, slugForm } from './slug.ts'

export const ServiceSpec = z.strictObject({
  serviceId: z
    .string()
    .regex(/^[0-9A-Za-z-]{1,60}$/, 'the id that IO’s portal shows')
    .describe('The service’s id on IO'),
  account: z
    .string()
    .regex(slug, slugForm)
    .describe('One of the `accounts` of `staffetta.yaml`: its rate limit counts'),
  key: secret().describe('The service’s API key, by reference'),
  mode: z
    .enum(['dry-run', 'testers', 'live'])
    .default('dry-run')
    .describe('`dry-run` records and sends nothing; `testers` reaches only the testers'),
  plan: z
    .enum(['base', 'premium'])
    .default('base')
    .describe('The agreement with IO; only a premium one sends mappings that say `notice.premium`'),
  letterCents: z
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .describe(
      'What one letter costs, in cents, with paper and postage: flows then show how many were ' +
        'saved, and what they would have cost',
    ),
  notifiedElsewhere: z
    .strictObject({
      by: z.string().min(1).max(100).describe('Who, as colleagues know it: `Piattaforma Unitaria`'),
      messages: z
        .enum(['first', 'all'])
        .describe('`first`: they send the first message, and reminders leave from here; `all`'),
    })
    .optional()
    .describe(
      'Somebody else tells these citizens: records become notices all the same, and those whose ' +
        'first message is not sent from here are skipped. Nothing is sent late once it is removed',
    ),
  written: z
    .strictObject({
      messages: ReleaseSpec.prefault({}).describe('Single messages'),
      lots: ReleaseSpec.prefault({ approval: 'four-eyes' }).describe(
        'Lots that an office composes of a list of recipients',
      ),
    })
    .prefault({})
    .describe(
      'What offices write themselves, without a feed: what is checked, and who approves, before ' +
        'it leaves. Unless said, a message leaves at once, and another person approves a lot',
    ),
})
export type ServiceSpec = z.infer<typeof ServiceSpec>

const tester = z.strictObject({
  name: z.string().min(1).max(100).describe('Who it is; shown to colleagues'),
  fiscalCode: z
    .string()
    .regex(new RegExp(fiscalCodePattern), 'a fiscal code of 16 characters, upper-case')
    .describe('The colleague’s own'),
  email: z
    .email()
    .optional()
    .describe('Where the personal link goes with which they answer a test; absent: they cannot'),
})

export const Role = z.enum(['viewer', 'operator', 'approver', 'administrator'])
export type Role = z.infer<typeof Role>

export const InstitutionSpec = z.strictObject({
  name: z.string().min(1).max(200).describe('As citizens know it'),
  fiscalCode: z
    .string()
    .regex(/^\d{11}$/, '11 digits between quotes')
    .describe('The institution’s own fiscal code'),
  timeZone: z
    .string()
    .refine(isTimeZone, 'it is not an IANA time zone such as Europe/Rome')
    .default('Europe/Rome')
    .describe('Schedules, sending windows and reminders are meant in it'),
  calendar: CalendarSpec.prefault({}).describe('Holidays, and hours when nothing leaves'),
  notify: z
    .array(z.email())
    .max(50)
    .default([])
    .describe('Who gets the mails about files received and flows that need a person'),
  residents: z
    .number()
    .int()
    .min(1)
    .max(100_000_000)
    .optional()
    .describe(
      'How many people live there, or are customers: a flow that reaches too many of them is a ' +
        'mass communication, which IO excludes',
    ),
  testers: z
    .array(tester)
    .max(100)
    .default([])
    .describe('Colleagues who receive test messages, with their consent'),
  services: z
    .record(z.string().regex(slug, slugForm), ServiceSpec)
    .prefault({})
    .describe('Services on IO, by the name that feeds use'),
  catalogue: z
    .record(
      z.string().regex(slug, slugForm),
      z.union([z.boolean(), z.array(z.string().regex(slug, slugForm)).min(1).max(50)]),
    )
    .default({})
    .describe(
      'Ready-made services, by name: `true` switches all mappings of one on, a list only those; ' +
        '`false`, or nothing, none. A file of `mappings/` that says `catalogue: MAPPING` has own ' +
        'columns and texts for one of them',
    ),
  staff: z
    .record(z.string().regex(/^[^\s:/]{1,64}$/, 'a user of this system'), Role)
    .default({})
    .describe('Who may act from the command line, by system user, and as what'),
})
export type InstitutionSpec = z.infer<typeof InstitutionSpec>

/** Zones that were asked about: to know one costs two milliseconds. */
const knownZones = new Map<string, boolean>()
const MAXIMUM_KNOWN_ZONES = 1_000

function isTimeZone(name: string): boolean {
  const known = knownZones.get(name)
  if (known !== undefined) return known
  const answer = findTimeZone(name)
  if (knownZones.size < MAXIMUM_KNOWN_ZONES) knownZones.set(name, answer)
  return answer
}

function findTimeZone(name: string): boolean {
  // `Intl` also takes offsets such as +01:00, which know no summer time.
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
