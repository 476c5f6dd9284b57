// IO's rules for a new message, said once, in IO's wire names: mapping, client, sandbox and linter
// ask here. Source: io-functions-commons `NewMessage`, as IO's handlers run it (lengths in UTF-16
// units, no check character, dates that do not exist roll over).
// Invariant: what has no fault here is never answered 400 for its shape. A check takes about 1 µs.

import { isEmailOfIo } from './email-address.ts'

export interface NewMessage {
  /** The recipient. Always in the body: in the path it would end in access logs. */
  fiscal_code: string
  content: MessageContent
  /** Seconds for which push and e-mail may wait, 3,600..604,800. */
  time_to_live?: number
  /** `ADVANCED` is billed by premium agreements. */
  feature_level_type?: 'STANDARD' | 'ADVANCED'
}

export interface MessageContent {
  subject: string
  markdown: string
  require_secure_channels?: boolean
  /** ISO instant with seconds; without a zone IO takes it as UTC. */
  due_date?: string
  payment_data?: PaymentData
  third_party_data?: ThirdPartyData
}

export interface PaymentData {
  /** Integer cents. */
  amount: number
  /** 18 digits, first 0 to 3. */
  notice_number: string
  invalid_after_due_date?: boolean
  /** Needs a permission of its own; absent, IO fills in the service's institution. */
  payee?: { fiscal_code: string }
}

/** Content that the institution serves itself when the citizen opens the message. */
export interface ThirdPartyData {
  id: string
  configuration_id?: string
  has_attachments?: boolean
  has_remote_content?: boolean
  has_precondition?: 'ALWAYS' | 'ONCE' | 'NEVER'
}

/** Something that IO refuses: `path` is `content.subject`, or empty for the message as a whole. */
export interface PayloadFault {
  path: string
  /** In words like IO's own: `string of length >= 10 and < 121`. Safe to show and to log. */
  expected: string
  /** The offending value: may be personal, never to be logged. */
  value: unknown
}

/** What a message needs that an ordinary key may lack. */
export type Feature = 'payee' | 'premium' | 'third-party'

/** Inclusive bounds. Lengths are UTF-16 units, as JavaScript counts them. */
export const payloadLimits = {
  subjectLength: { minimum: 10, maximum: 120 },
  markdownLength: { minimum: 80, maximum: 10_000 },
  amountCents: { minimum: 1, maximum: 9_999_999_999 },
  timeToLiveSeconds: { minimum: 3_600, maximum: 604_800, byDefault: 3_600 },
} as const

/** IO's own pattern: its answers quote it. */
export const fiscalCodePattern =
  '^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$'
const fiscalCode = new RegExp(fiscalCodePattern)
const noticeNumber = /^[0123][0-9]{17}$/
const institutionCode = /^[0-9]{11}$/
const ulid = /^[0-9a-hjkmnp-tv-zA-HJKMNP-TV-Z]{26}$/
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/

/** Whether IO takes this as a recipient: upper case, omocodia; day and check are not looked at. */
export function isFiscalCodeOfIo(text: string): boolean {
  return fiscalCode.test(text)
}

/** Whether IO takes this as a payment notice number. */
export function isNoticeNumber(text: string): boolean {
  return noticeNumber.test(text)
}

/**
 * How IO stores a due date: an instant in UTC with milliseconds, or null where it refuses the text.
 * Days that do not exist roll over without an error: 30 February becomes 2 March.
 */
export function normalDueDate(text: string): string | null {
  const match = instant.exec(text)
  if (match === null) return null
  const date = new Date(match[1] === undefined ? `${text}Z` : text)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** The same question without the answer's text, which costs most of the time. */
function isDueDate(text: string): boolean {
  const match = instant.exec(text)
  return match !== null && !Number.isNaN(Date.parse(match[1] === undefined ? `${text}Z` : text))
}

/**
 * What IO would answer 400 for, in the order of its fields; empty when it would take the message.
 * Unknown keys are no fault: IO drops them silently (`droppedKeys` names them).
 * With `recipient: 'path'` the code may be missing from the body, as in the deprecated endpoint.
 */
export function payloadFaults(value: unknown, recipient: 'body' | 'path' = 'body'): PayloadFault[] {
  if (!isRecord(value)) return [{ path: '', expected: 'NewMessage', value }]
  const faults: Fault[] = []
  collectFaults(value, messageRules, '', recipient, faults)
  return faults.map(({ path, expected, value }) => ({ path, expected, value }))
}

/**
 * IO's own detail of `Invalid message structure`, to the letter, or null when it takes the shape: a
 * line for each branch that failed. It echoes the values: never to be logged.
 */
export function structureDetail(value: unknown): string | null {
  const faults: Fault[] = []
  if (isRecord(value)) {
    collectFaults(value, messageRules, '', 'path', faults)
    // IO lays a second type over the message for these two, and so says them twice.
    const again = ['feature_level_type', 'time_to_live'].flatMap((path) =>
      faults.filter((fault) => fault.path === path),
    )
    faults.push(...again)
  } else {
    faults.push({ path: '', expected: 'NewMessage', value, branches: wholeBranches })
  }
  return faults.length === 0 ? null : faults.flatMap(linesOf).join('\n')
}

/** Paths of the keys that IO would drop without a word: usually a misspelt optional one. */
export function droppedKeys(value: unknown): string[] {
  const dropped: string[] = []
  if (isRecord(value)) collectDropped(value, messageRules, '', dropped)
  return dropped
}

/** What IO keeps of a message without faults: known keys only, defaults filled in, dates in UTC. */
export function keptPart(value: object): NewMessage {
  return keep(value as Fields, messageRules) as unknown as NewMessage
}

/** The permissions that sending this message takes beyond the ordinary ones. */
export function featuresOf(message: NewMessage): Feature[] {
  const features: Feature[] = []
  if (message.content.payment_data?.payee) features.push('payee')
  if (message.feature_level_type === 'ADVANCED') features.push('premium')
  else if (message.content.third_party_data) features.push('third-party')
  return features
}

type Fields = Record<string, unknown>

interface Fault extends PayloadFault {
  branches: readonly string[]
}

/** The rule of one key: a test of its value, or the rules of the object that stands there. */
interface Rule {
  key: string
  /** What is expected, for people. */
  expected: string
  /** IO's names of the types that it tries, where they are not `expected`. */
  branches?: readonly string[]
  required?: boolean
  /** For keys with a default: null counts as absent, and IO stores this instead. */
  byDefault?: unknown
  holds?: (value: unknown) => boolean
  fields?: readonly Rule[]
  /** How IO writes a value that holds. */
  stored?: (value: unknown) => unknown
}

const lengthRule = (key: string, minimum: number, maximum: number): Rule => ({
  key,
  expected: `string of length >= ${minimum} and < ${maximum + 1}`,
  holds: (value) => typeof value === 'string' && value.length >= minimum && value.length <= maximum,
})

const integerRule = (key: string, minimum: number, maximum: number): Rule => ({
  key,
  expected: `integer >= ${minimum} and < ${maximum + 1}`,
  branches: [`integer >= ${minimum} and < ${maximum}`, String(maximum)],
  holds: (value) => Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum,
})

const patternRule = (key: string, pattern: RegExp): Rule => ({
  key,
  expected: `string that matches the pattern "${pattern.source}"`,
  holds: (value) => typeof value === 'string' && pattern.test(value),
})

const dateRule = (key: string): Rule => ({
  key,
  expected: 'UTCISODateFromString',
  branches: ['UtcOnlyIsoDateFromString', 'TimezoneOnlyIsoDateFromString'],
  holds: (value) => typeof value === 'string' && isDueDate(value),
  stored: (value) => normalDueDate(String(value)),
})

const oneOfRule = (key: string, expected: string, values: readonly string[]): Rule => ({
  key,
  expected,
  holds: (value) => typeof value === 'string' && values.includes(value),
})

const booleanRule = (key: string): Rule => ({
  key,
  expected: 'boolean',
  holds: (value) => typeof value === 'boolean',
})

const flagRule = (key: string): Rule => ({ ...booleanRule(key), byDefault: false })

const textRule = (key: string): Rule => ({
  key,
  expected: 'non empty string',
  holds: (value) => typeof value === 'string' && value.length > 0,
})

/** `types`: IO's names of the types that make up this object, one unless said otherwise. */
const objectRule = (
  key: string,
  expected: string,
  fields: readonly Rule[],
  types: readonly string[] = [expected],
): Rule => ({ key, expected, branches: types.map((type) => `Exact<${type}>`), fields })

const required = (rule: Rule): Rule => ({ ...rule, required: true })

const { subjectLength, markdownLength, amountCents, timeToLiveSeconds } = payloadLimits

const paymentRules = [
  required(integerRule('amount', amountCents.minimum, amountCents.maximum)),
  required(patternRule('notice_number', noticeNumber)),
  flagRule('invalid_after_due_date'),
  objectRule('payee', 'Payee', [required(patternRule('fiscal_code', institutionCode))]),
]

const thirdPartyRules = [
  required(textRule('id')),
  textRule('original_sender'),
  dateRule('original_receipt_date'),
  flagRule('has_attachments'),
  flagRule('has_remote_content'),
  oneOfRule('has_precondition', 'HasPrecondition', ['ALWAYS', 'ONCE', 'NEVER']),
  textRule('summary'),
  patternRule('configuration_id', ulid),
]

const contentRules = [
  required(lengthRule('subject', subjectLength.minimum, subjectLength.maximum)),
  required(lengthRule('markdown', markdownLength.minimum, markdownLength.maximum)),
  booleanRule('require_secure_channels'),
  objectRule('payment_data', 'PaymentData', paymentRules, ['PaymentDataBase', 'PaymentData2']),
  // No longer in IO's specification, still decoded and stored; so is `legal_data`.
  objectRule('prescription_data', 'PrescriptionData', [
    required(lengthRule('nre', 15, 15)),
    lengthRule('iup', 1, 16),
    patternRule('prescriber_fiscal_code', fiscalCode),
  ]),
  objectRule('legal_data', 'LegalData', [
    required(textRule('sender_mail_from')),
    flagRule('has_attachment'),
    required(textRule('message_unique_id')),
    textRule('original_message_url'),
    textRule('pec_server_service_id'),
  ]),
  objectRule('eu_covid_cert', 'EUCovidCert', [
    required({ key: 'auth_code', expected: 'string', holds: (v) => typeof v === 'string' }),
  ]),
  objectRule('third_party_data', 'ThirdPartyData', thirdPartyRules),
  dateRule('due_date'),
]

/** In the order in which IO looks at them, which is that of its answers. */
const messageRules: readonly Rule[] = [
  required(
    objectRule('content', 'MessageContent', contentRules, [
      'MessageContentBase',
      'MessageContent2',
    ]),
  ),
  {
    ...integerRule('time_to_live', timeToLiveSeconds.minimum, timeToLiveSeconds.maximum),
    byDefault: timeToLiveSeconds.byDefault,
  },
  objectRule('default_addresses', 'NewMessageDefaultAddresses', [
    {
      key: 'email',
      expected: 'string that represents an email address',
      holds: (value) => typeof value === 'string' && isEmailOfIo(value),
    },
  ]),
  required(patternRule('fiscal_code', fiscalCode)),
  {
    ...oneOfRule('feature_level_type', 'FeatureLevelType', ['STANDARD', 'ADVANCED']),
    byDefault: 'STANDARD',
  },
]

/** What IO says of something that is no object at all. */
const wholeBranches = [
  'Exact<NewMessage>',
  '{ feature_level_type: FeatureLevelType, ' +
    'time_to_live: (integer >= 3600 and < 604800 | 604800) }',
]

/** The first of IO's three dialects of validation. */
function linesOf({ path, value, branches }: Fault): string[] {
  const place = path === '' ? 'root' : `root.${path}`
  return branches.map(
    (name) => `value ${JSON.stringify(value)} at ${place} is not a valid [${name}]`,
  )
}

function collectFaults(
  value: Fields,
  rules: readonly Rule[],
  prefix: string,
  recipient: 'body' | 'path',
  faults: Fault[],
): void {
  for (const rule of rules) {
    const found = value[rule.key]
    if (found === undefined) {
      const elsewhere = recipient === 'path' && rules === messageRules && rule.key === 'fiscal_code'
      if (!rule.required || elsewhere) continue
    } else if (found === null && rule.byDefault !== undefined) {
      continue
    } else if (rule.fields !== undefined && isRecord(found)) {
      collectFaults(found, rule.fields, `${prefix}${rule.key}.`, recipient, faults)
      continue
    } else if (rule.holds?.(found)) {
      continue
    }
    const { expected, branches = [expected] } = rule
    faults.push({ path: prefix + rule.key, expected, value: found, branches })
  }
}

function collectDropped(value: Fields, rules: readonly Rule[], prefix: string, to: string[]) {
  for (const key of Object.keys(value)) {
    const rule = rules.find((candidate) => candidate.key === key)
    const found = value[key]
    if (rule === undefined) to.push(prefix + key)
    else if (rule.fields !== undefined && isRecord(found)) {
      collectDropped(found, rule.fields, `${prefix}${key}.`, to)
    }
  }
}

function keep(value: Fields, rules: readonly Rule[]): Fields {
  const kept: Fields = {}
  for (const rule of rules) {
    const found = value[rule.key] ?? rule.byDefault
    if (found === undefined) continue
    if (rule.fields !== undefined) kept[rule.key] = keep(found as Fields, rule.fields)
    else kept[rule.key] = rule.stored === undefined ? found : rule.stored(found)
  }
  return kept
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
