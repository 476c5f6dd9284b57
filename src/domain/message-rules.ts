// The rules of a message as one table: each key with the test of its value or the rules of the
// object that stands there, in the order in which IO looks at them.
// Source: io-functions-commons `NewMessage`. Invariant: nothing but this table says what a key is.
import { isEmailOfIo } from './email-address.ts'
import {
  fiscalCodeForm,
  institutionCodeForm,
  isDueDate,
  normalDueDate,
  noticeNumberForm,
  payloadLimits,
  ulidForm,
} from './message-values.ts'

/** The rule of one key: a test of its value, or the rules of the object that stands there. */
export interface MessageRule {
  key: string
  /** What is expected, for people. */
  expected: string
  /** IO's names of the types that it tries, where they are not `expected`. */
  branches?: readonly string[]
  required?: boolean
  /** For keys with a default: null counts as absent, and IO stores this instead. */
  byDefault?: unknown
  holds?: (value: unknown) => boolean
  fields?: readonly MessageRule[]
  /** How IO writes a value that holds. */
  stored?: (value: unknown) => unknown
}

const lengthRule = (key: string, minimum: number, maximum: number): MessageRule => ({
  key,
  expected: `string of length >= ${minimum} and < ${maximum + 1}`,
  holds: (value) => typeof value === 'string' && value.length >= minimum && value.length <= maximum,
})

const integerRule = (key: string, minimum: number, maximum: number): MessageRule => ({
  key,
  expected: `integer >= ${minimum} and < ${maximum + 1}`,
  branches: [`integer >= ${minimum} and < ${maximum}`, String(maximum)],
  holds: (value) => Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum,
})

const patternRule = (key: string, pattern: RegExp): MessageRule => ({
  key,
  expected: `string that matches the pattern "${pattern.source}"`,
  holds: (value) => typeof value === 'string' && pattern.test(value),
})

const dateRule = (key: string): MessageRule => ({
  key,
  expected: 'UTCISODateFromString',
  branches: ['UtcOnlyIsoDateFromString', 'TimezoneOnlyIsoDateFromString'],
  holds: (value) => typeof value === 'string' && isDueDate(value),
  stored: (value) => normalDueDate(String(value)),
})

const oneOfRule = (key: string, expected: string, values: readonly string[]): MessageRule => ({
  key,
  expected,
  holds: (value) => typeof value === 'string' && values.includes(value),
})

const booleanRule = (key: string): MessageRule => ({
  key,
  expected: 'boolean',
  holds: (value) => typeof value === 'boolean',
})

const flagRule = (key: string): MessageRule => ({ ...booleanRule(key), byDefault: false })

const textRule = (key: string): MessageRule => ({
  key,
  expected: 'non empty string',
  holds: (value) => typeof value === 'string' && value.length > 0,
})

/** `types`: IO's names of the types that make up this object, one unless said otherwise. */
const objectRule = (
  key: string,
  expected: string,
  fields: readonly MessageRule[],
  types: readonly string[] = [expected],
): MessageRule => ({ key, expected, branches: types.map((type) => `Exact<${type}>`), fields })

const required = (rule: MessageRule): MessageRule => ({ ...rule, required: true })

const { subjectLength, markdownLength, amountCents, timeToLiveSeconds } = payloadLimits

const paymentRules = [
  required(integerRule('amount', amountCents.minimum, amountCents.maximum)),
  required(patternRule('notice_number', noticeNumberForm)),
  flagRule('invalid_after_due_date'),
  objectRule('payee', 'Payee', [required(patternRule('fiscal_code', institutionCodeForm))]),
]

const thirdPartyRules = [
  required(textRule('id')),
  textRule('original_sender'),
  dateRule('original_receipt_date'),
  flagRule('has_attachments'),
  flagRule('has_remote_content'),
  oneOfRule('has_precondition', 'HasPrecondition', ['ALWAYS', 'ONCE', 'NEVER']),
  textRule('summary'),
  patternRule('configuration_id', ulidForm),
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
    patternRule('prescriber_fiscal_code', fiscalCodeForm),
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
export const messageRules: readonly MessageRule[] = [
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
  required(patternRule('fiscal_code', fiscalCodeForm)),
  {
    ...oneOfRule('feature_level_type', 'FeatureLevelType', ['STANDARD', 'ADVANCED']),
    byDefault: 'STANDARD',
  },
]

/** What IO says of something that is no object at all. */
export const wholeBranches = [
  'Exact<NewMessage>',
  '{ feature_level_type: FeatureLevelType, ' +
    'time_to_live: (integer >= 3600 and < 604800 | 604800) }',
]
