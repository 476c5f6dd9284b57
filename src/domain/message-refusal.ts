// Why IO refuses a message whose shape is right: features that the key lacks, the place of the
// recipient, remote content. One entry a check, in IO's own words and order; the sandbox answers
// them, the linter explains them. Source: services-func `CreateMessage`, "order of checks".
// Invariant: titles and details are IO's to the letter, its spelling mistakes included.
import type { IoGroup } from './io-groups.ts'
import type { NewMessage } from './new-message.ts'

export interface MessageRefusal {
  status: number
  /** IO's own. */
  title: string
  /** IO's own; without a value of the message. */
  detail: string
  /** The key of the message that it is about. */
  path: string
  /** Ours, stable, kebab-case. */
  rule: string
  /** The way out. */
  remedy: string
}

/** IO's words for a key that may not do what it asks, and for one that may do nothing at all. */
export const lackingPermission = {
  title: 'You are not allowed here',
  detail: 'You do not have enough permission to complete the operation you requested',
} as const
export const lackingScopes = {
  title: 'User has no valid scopes',
  detail:
    'You are not part of any valid scope, ' +
    'you should ask the administrator to give you the required permissions.',
} as const

/** A message of the right shape as it was sent, before its defaults are filled in. */
export interface SentMessage {
  feature_level_type?: string | null
  content: {
    eu_covid_cert?: unknown
    payment_data?: { payee?: unknown }
    third_party_data?: unknown
  }
}

/** The first feature of the message for which the key lacks the group. */
export function refuseFeatures(
  sent: SentMessage,
  groups: { has(group: IoGroup): boolean },
): MessageRefusal | null {
  for (const { path, group, what, isThere } of needs) {
    if (!isThere(sent) || groups.has(group)) continue
    return {
      status: 403,
      title: lackingPermission.title,
      detail: `You do not have enough permissions to send ${what}`,
      path,
      rule: 'missing-group',
      remedy: `Ask pagoPA for ${group}, or leave it out.`,
    }
  }
  return null
}

/** The code belongs in the path (deprecated) or in the body, never in both or in neither. */
export function refuseRecipientPlace(
  pathCode: string | null,
  message: Partial<NewMessage>,
): MessageRefusal | null {
  const inBody = message.fiscal_code !== undefined
  if ((pathCode !== null) !== inBody) return null
  const both = inBody ? ' but not in both' : ''
  return {
    status: 400,
    title: 'Bad parameters',
    detail: `The fiscalcode parameter must be specified in the path or in the payload${both}`,
    path: 'fiscal_code',
    rule: inBody ? 'two-recipients' : 'no-recipient',
    remedy: inBody
      ? 'Call POST /messages, with the code in the body only.'
      : 'Add fiscal_code to the body.',
  }
}

/** Remote content without its configuration. */
export function refuseMissingConfiguration(message: NewMessage): MessageRefusal | null {
  const remote = message.content.third_party_data
  if (remote === undefined || remote.configuration_id !== undefined) return null
  return {
    status: 403,
    title: 'No configuration id for remote content',
    detail: 'You did not send any configuration id for your remote content in third_party_data',
    path: 'content.third_party_data.configuration_id',
    rule: 'no-configuration',
    remedy: 'Add configuration_id: IO needs it, though its specification says optional.',
  }
}

/** Attachments on a message that is not premium. */
export function refuseAttachments(message: NewMessage): MessageRefusal | null {
  const remote = message.content.third_party_data
  if (!remote?.has_attachments || message.feature_level_type === 'ADVANCED') return null
  return {
    status: 403,
    title: 'Attachments call forbidden',
    detail:
      'You are not allowed to send messages with attachmens with STANDARD messages, ' +
      'please use ADVANCED',
    path: 'content.third_party_data.has_attachments',
    rule: 'attachments',
    remedy: 'Send it as ADVANCED, which is billed, or without attachments.',
  }
}

interface Need {
  path: string
  group: IoGroup
  /** IO's words. */
  what: string
  isThere: (message: SentMessage) => boolean
}

/** In IO's order. */
const needs: readonly Need[] = [
  {
    path: 'content.eu_covid_cert',
    group: 'ApiMessageWriteEUCovidCert',
    what: 'an EUCovidCert message',
    isThere: ({ content }) => content.eu_covid_cert !== undefined,
  },
  {
    path: 'content.payment_data.payee',
    group: 'ApiMessageWriteWithPayee',
    what: 'a payment message with payee',
    isThere: ({ content }) => content.payment_data?.payee !== undefined,
  },
  {
    path: 'feature_level_type',
    group: 'ApiMessageWriteAdvanced',
    what: 'a Premium message',
    isThere: ({ feature_level_type: level }) => level === 'ADVANCED',
  },
  {
    path: 'content.third_party_data',
    group: 'ApiThirdPartyMessageWrite',
    what: 'a third party message',
    // IO looks before it fills in the default: a level of null is no level here.
    isThere: ({ content, feature_level_type: level }) =>
      content.third_party_data !== undefined && (level === undefined || level === 'STANDARD'),
  },
]
