// The console's part of the installation: where it listens, and how people come in. Declared once,
// as the rest of `staffetta.yaml`; passwords and secrets are references.
import { z } from 'zod'
import { secret } from '../connector.ts'
import { consoleRoles } from '../domain/access.ts'
import { slug, slugForm } from './slug.ts'

const groupGrant = z.strictObject({
  group: z.string().min(1).max(200).describe('As the provider’s claim names it'),
  institution: z.string().regex(slug, slugForm).describe('Of this institution'),
  role: z.enum(consoleRoles).describe('Whoever is in the group has this role'),
  services: z
    .array(z.string().regex(slug, slugForm))
    .min(1)
    .max(100)
    .optional()
    .describe('Only for these services; absent: for all'),
})

const groups = z.strictObject({
  claim: z.string().min(1).max(200).default('groups').describe('The claim with their groups'),
  grants: z
    .array(groupGrant)
    .min(1)
    .max(500)
    .describe(
      'What each group gives. Where this stands, it alone says what who comes by the provider ' +
        'may do, anew at every sign-in, and whoever has one of the groups comes in without invitation',
    ),
})

const provider = z.strictObject({
  issuer: z
    .url({ protocol: /^https?$/ })
    .describe(
      'Of the provider; its metadata stands below it at `/.well-known/openid-configuration`',
    ),
  clientId: z.string().min(1).max(500).describe('Under which the provider knows this console'),
  clientSecret: secret().describe('By reference: `env:NAME` or `file:PATH`'),
  name: z.string().min(1).max(60).describe('On the button: “Enter with …”'),
  scopes: z
    .array(z.string().regex(/^[\x21-\x7e]{1,100}$/, 'a word'))
    .max(20)
    .default(['openid', 'profile', 'email'])
    .describe('What is asked for; `openid` is always among them'),
  claim: z
    .string()
    .min(1)
    .max(200)
    .default('email')
    .describe(
      'By which who was invited is known at first: `email`, which the provider must call ' +
        'verified, is compared with the address of the invitation, any other with address and user name. ' +
        'Afterwards the subject counts alone',
    ),
  secondFactor: z
    .enum(['asserted', 'provider'])
    .default('asserted')
    .describe(
      '`asserted`: where the provider says by `amr` or `acr` that it asked for a second factor, none ' +
        'is asked for here, else a code is; `provider`: it always does, and nothing is asked for here',
    ),
  acrValues: z
    .array(z.string().min(1).max(200))
    .max(10)
    .default([])
    .describe('Values of `acr` that stand for a second factor; they are asked for too'),
  viaProxy: z
    .boolean()
    .default(true)
    .describe(
      'Whether it is reached by the proxy of `outbound`; false: it stands within the house',
    ),
  groups: groups
    .optional()
    .describe('Roles by the provider’s groups; absent: as they are granted here'),
})

export const ConsoleSpec = z.strictObject({
  listen: z
    .string()
    .regex(
      /^(?:\[[0-9a-fA-F:]+\]|[^\s:/]{1,253}):\d{1,5}$/,
      'an address and a port: 127.0.0.1:8080',
    )
    .default('127.0.0.1:8080')
    .describe('Where it listens: behind a proxy that speaks TLS, on the loopback'),
  url: z
    .url({ protocol: /^https?$/ })
    .describe('How browsers reach it, with the proxy’s prefix if any: it stands in mails'),
  secondFactor: z
    .enum(['required', 'optional'])
    .default('required')
    .describe(
      'Whether who has a password must also have a code of their phone; `optional`: whoever wants to',
    ),
  breachedPasswords: z
    .string()
    .regex(/^file:.+$/, 'a reference to a file: `file:PATH`')
    .optional()
    .describe(
      'A sorted list of the SHA-1 of stolen passwords, one a line, as public lists have it; none of ' +
        'them is taken',
    ),
  oidc: provider.optional().describe('People come by a provider of OpenID Connect'),
})
export type ConsoleSpec = z.infer<typeof ConsoleSpec>
