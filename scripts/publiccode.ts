// Checks `publiccode.yml`, the description by which public bodies find software to reuse,
// against the rules of publiccode.yml 0.7 (publiccodeyml/publiccode.yml, "The Standard").
// The official parser is a Go program; this keeps the rules that our own file can break.
// Run as `node scripts/publiccode.ts [FILE]`; exit 1 when there are faults.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'

const webUrl = z.url({ protocol: /^https?$/, error: 'not an http(s) address' })
const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'not a BCP 47 language tag')
const country = z.string().regex(/^[A-Z]{2}$/, 'not an upper-case ISO 3166-1 alpha-2 code')
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'not a date such as 2026-01-31')
const words = z.array(z.string().min(1)).min(1)

const Description = z.strictObject({
  localisedName: z.string().optional(),
  shortDescription: z.string().min(1).max(150),
  longDescription: z.string().min(150).max(10_000),
  documentation: webUrl.optional(),
  apiDocumentation: webUrl.optional(),
  features: words,
  screenshots: words.optional(),
  videos: z.array(webUrl).optional(),
  awards: words.optional(),
})

const Contact = z.strictObject({
  name: z.string().min(1),
  email: z.email().optional(),
  affiliation: z.string().optional(),
  phone: z.string().optional(),
})

const Contractor = z.strictObject({
  name: z.string().min(1),
  until: day,
  email: z.email().optional(),
  website: webUrl.optional(),
})

/** `contacts` and `contractors` belong to their types of maintenance, and to no other. */
const Maintenance = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['internal', 'community']), contacts: z.array(Contact).min(1) }),
  z.strictObject({
    type: z.literal('contract'),
    contractors: z.array(Contractor).min(1),
    contacts: z.array(Contact).optional(),
  }),
  z.strictObject({ type: z.literal('none') }),
])

const Dependency = z.strictObject({
  name: z.string().min(1),
  version: z.string().optional(),
  versionMin: z.string().optional(),
  versionMax: z.string().optional(),
  optional: z.boolean().optional(),
})

/** Strict: what 0.7 deprecates (`it:`, `genericName`, `repoOwner` …) is unknown here. */
const Publiccode = z.strictObject({
  publiccodeYmlVersion: z.enum(['0.7', '0.7.0']),
  name: z.string().min(1),
  applicationSuite: z.string().optional(),
  url: webUrl,
  landingURL: webUrl.optional(),
  isBasedOn: z.union([webUrl, z.array(webUrl).min(1)]).optional(),
  organisation: z.strictObject({ name: z.string().min(1), uri: z.url() }).optional(),
  fundedBy: z.array(z.strictObject({ name: z.string().min(1), uri: z.url() })).optional(),
  softwareVersion: z.string().optional(),
  releaseDate: day.optional(),
  logo: z.string().optional(),
  platforms: words,
  categories: words.optional(),
  usedBy: words.optional(),
  roadmap: webUrl.optional(),
  developmentStatus: z.enum(['concept', 'development', 'beta', 'stable', 'obsolete']),
  softwareType: z.enum([
    ...(['mobile', 'iot', 'desktop', 'web', 'backend', 'other'] as const).map(
      (kind) => `standalone/${kind}` as const,
    ),
    'addon',
    'library',
    'configurationFiles',
  ]),
  supports: z.array(z.strictObject({ id: z.string().regex(/^(alias|https?|urn):/) })).optional(),
  intendedAudience: z
    .strictObject({
      countries: z.array(country).optional(),
      unsupportedCountries: z.array(country).optional(),
      scope: words.optional(),
    })
    .optional(),
  description: z
    .record(language, Description)
    .refine((languages) => Object.keys(languages).length > 0, 'no language at all'),
  legal: z.strictObject({
    license: z.string().regex(/^[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*$/, 'not SPDX'),
    mainCopyrightOwner: z.string().optional(),
  }),
  maintenance: Maintenance,
  localisation: z.strictObject({
    localisationReady: z.boolean(),
    availableLanguages: z.array(language).min(1),
  }),
  dependsOn: z
    .strictObject({
      open: z.array(Dependency).optional(),
      proprietary: z.array(Dependency).optional(),
      hardware: z.array(Dependency).optional(),
    })
    .optional(),
})

/** What is wrong with a parsed `publiccode.yml`, with places: `url: not an http(s) address`. */
export function publiccodeFaults(document: unknown): string[] {
  const { error } = Publiccode.safeParse(document)
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`)
}

if (import.meta.main) {
  const faults = publiccodeFaults(parse(readFileSync(process.argv[2] ?? 'publiccode.yml', 'utf8')))
  for (const fault of faults) console.error(fault)
  process.exitCode = faults.length > 0 ? 1 : 0
}
