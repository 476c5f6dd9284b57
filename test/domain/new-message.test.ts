// IO's payload rules, boundary by boundary, as its own handlers were seen to answer.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  fiscalCodePattern,
  isFiscalCodeOfIo,
  isNoticeNumber,
  normalDueDate,
} from '../../src/domain/message-values.ts'
import {
  droppedKeys,
  featuresOf,
  keptPart,
  type NewMessage,
  payloadFaults,
  structureDetail,
} from '../../src/domain/new-message.ts'

const payment = { amount: 14_500, notice_number: '301000000000000001' }
const content = { subject: 'Avviso TARI', markdown: 'a'.repeat(80) }
const message = { fiscal_code: 'AAAAAA00A00A000A', content }

/** The paths at fault of a message with these parts laid over a good one. */
function pathsOf(over: object): string[] {
  const { content: part, ...rest } = over as { content?: object }
  const faults = payloadFaults({ ...message, ...rest, content: { ...content, ...part } })
  return faults.map((fault) => fault.path)
}

describe('a message', () => {
  test('with recipient, subject and text has no fault', () => {
    expect(payloadFaults(message)).toEqual([])
  })

  test.each([null, undefined, 'text', 7, []])('that is %j is at fault as a whole', (value) => {
    expect(payloadFaults(value)).toEqual([{ path: '', expected: 'NewMessage', value }])
  })

  test('without a recipient in its body is at fault, unless the path carries it', () => {
    expect(payloadFaults({ content }).map((fault) => fault.path)).toEqual(['fiscal_code'])
    expect(payloadFaults({ content }, 'path')).toEqual([])
    expect(payloadFaults({ content, fiscal_code: null }, 'path')).toHaveLength(1)
  })

  test('tells every fault at once, with IO’s own words', () => {
    const faults = payloadFaults({ ...message, content: { subject: 'short' }, time_to_live: 1 })
    expect(faults).toEqual([
      { path: 'content.subject', expected: 'string of length >= 10 and < 121', value: 'short' },
      {
        path: 'content.markdown',
        expected: 'string of length >= 80 and < 10001',
        value: undefined,
      },
      { path: 'time_to_live', expected: 'integer >= 3600 and < 604801', value: 1 },
    ])
  })
})

describe('§1.2 row 3: what IO says of a shape that it refuses', () => {
  const at = 'at root.content.payment_data'
  const pattern = (regexp: string) => `[string that matches the pattern "${regexp}"]`
  test.each<[string, unknown, string[]]>([
    [
      'an amount, which is two types to it',
      { ...message, content: { ...content, payment_data: { ...payment, amount: 0 } } },
      [
        `value 0 ${at}.amount is not a valid [integer >= 1 and < 9999999999]`,
        `value 0 ${at}.amount is not a valid [9999999999]`,
      ],
    ],
    [
      'a due date, which is two types to it',
      { content: { ...content, due_date: '2026-01-01' } },
      ['UtcOnlyIsoDateFromString', 'TimezoneOnlyIsoDateFromString'].map(
        (type) => `value "2026-01-01" at root.content.due_date is not a valid [${type}]`,
      ),
    ],
    [
      'an object that is none',
      { ...message, content: { ...content, payment_data: null } },
      ['Exact<PaymentDataBase>', 'Exact<PaymentData2>'].map(
        (type) => `value null ${at} is not a valid [${type}]`,
      ),
    ],
    [
      'no content',
      { fiscal_code: message.fiscal_code },
      ['Exact<MessageContentBase>', 'Exact<MessageContent2>'].map(
        (type) => `value undefined at root.content is not a valid [${type}]`,
      ),
    ],
    [
      'everything at once, level and time to live twice',
      { fiscal_code: 1, feature_level_type: 'x', time_to_live: 1, content },
      [
        'value 1 at root.time_to_live is not a valid [integer >= 3600 and < 604800]',
        'value 1 at root.time_to_live is not a valid [604800]',
        `value 1 at root.fiscal_code is not a valid ${pattern(fiscalCodePattern)}`,
        'value "x" at root.feature_level_type is not a valid [FeatureLevelType]',
        'value "x" at root.feature_level_type is not a valid [FeatureLevelType]',
        'value 1 at root.time_to_live is not a valid [integer >= 3600 and < 604800]',
        'value 1 at root.time_to_live is not a valid [604800]',
      ],
    ],
    [
      'no message at all',
      [],
      [
        'value [] at root is not a valid [Exact<NewMessage>]',
        'value [] at root is not a valid [{ feature_level_type: FeatureLevelType, ' +
          'time_to_live: (integer >= 3600 and < 604800 | 604800) }]',
      ],
    ],
  ])('%s', (_, value, lines) => {
    expect(structureDetail(value)).toBe(lines.join('\n'))
  })

  test('is nothing where it takes the shape; a recipient may still be missing', () => {
    expect(structureDetail(message)).toBeNull()
    expect(structureDetail({ content })).toBeNull()
  })
})

describe('§1.2 values that IO takes', () => {
  test.each<[string, object]>([
    ['a subject of 10 units', { content: { subject: 'x'.repeat(10) } }],
    ['a subject of 120 units', { content: { subject: 'x'.repeat(120) } }],
    ['a subject of ten spaces', { content: { subject: ' '.repeat(10) } }],
    ['a subject of five emoji, which are ten units', { content: { subject: '😀'.repeat(5) } }],
    ['a text of 10,000 units', { content: { markdown: 'x'.repeat(10_000) } }],
    ['a secure-channels flag', { content: { require_secure_channels: false } }],
    ['the smallest amount', { content: { payment_data: { ...payment, amount: 1 } } }],
    ['the largest amount', { content: { payment_data: { ...payment, amount: 9_999_999_999 } } }],
    ['a null flag, which is the default', payOver({ invalid_after_due_date: null })],
    ['a payee of 11 digits', payOver({ payee: { fiscal_code: '00000000000' } })],
    ['a time to live of an hour', { time_to_live: 3_600 }],
    ['a time to live of a week', { time_to_live: 604_800 }],
    ['a null time to live', { time_to_live: null }],
    ['ADVANCED', { feature_level_type: 'ADVANCED' }],
    ['a null feature level', { feature_level_type: null }],
    ['an unknown key, silently dropped', { ttl: 1, content: { dueDate: 'x' } }],
    ['third-party data without a configuration', { content: { third_party_data: { id: 'x' } } }],
    ['an e-mail address', { default_addresses: { email: 'a@b.example' } }],
  ])('%s', (_, over) => {
    expect(pathsOf(over)).toEqual([])
  })
})

describe('§1.2 values that IO refuses', () => {
  test.each<[string, string, object]>([
    ['a subject of 9 units', 'content.subject', { content: { subject: 'x'.repeat(9) } }],
    ['a subject of 121 units', 'content.subject', { content: { subject: 'x'.repeat(121) } }],
    ['a null subject', 'content.subject', { content: { subject: null } }],
    ['a text of 79 units', 'content.markdown', { content: { markdown: 'x'.repeat(79) } }],
    ['a text of 10,001 units', 'content.markdown', { content: { markdown: 'x'.repeat(10_001) } }],
    [
      'a null flag',
      'content.require_secure_channels',
      { content: { require_secure_channels: null } },
    ],
    ['an amount of 0', 'content.payment_data.amount', payOver({ amount: 0 })],
    ['an amount of 10 digits and one', 'content.payment_data.amount', payOver({ amount: 1e10 })],
    ['an amount with a fraction', 'content.payment_data.amount', payOver({ amount: 1.5 })],
    ['an amount in quotes', 'content.payment_data.amount', payOver({ amount: '100' })],
    ['no amount', 'content.payment_data.amount', payOver({ amount: undefined })],
    [
      'a notice of 17 digits',
      'content.payment_data.notice_number',
      payOver({ notice_number: '3'.repeat(17) }),
    ],
    [
      'a notice with first digit 4',
      'content.payment_data.notice_number',
      payOver({ notice_number: '4'.repeat(18) }),
    ],
    [
      'a payee of 16 characters',
      'content.payment_data.payee.fiscal_code',
      payOver({ payee: { fiscal_code: message.fiscal_code } }),
    ],
    ['an empty payee', 'content.payment_data.payee.fiscal_code', payOver({ payee: {} })],
    ['null payment data', 'content.payment_data', { content: { payment_data: null } }],
    ['a list of payment data', 'content.payment_data', { content: { payment_data: [] } }],
    ['a time to live below an hour', 'time_to_live', { time_to_live: 3_599 }],
    ['a time to live above a week', 'time_to_live', { time_to_live: 604_801 }],
    ['a feature level in lower case', 'feature_level_type', { feature_level_type: 'advanced' }],
    [
      'an empty third-party id',
      'content.third_party_data.id',
      { content: { third_party_data: { id: '' } } },
    ],
    [
      'a configuration id that is no ULID',
      'content.third_party_data.configuration_id',
      { content: { third_party_data: { id: 'x', configuration_id: 'f'.repeat(32) } } },
    ],
    [
      'a precondition that is true',
      'content.third_party_data.has_precondition',
      { content: { third_party_data: { id: 'x', has_precondition: true } } },
    ],
    ['a null recipient', 'fiscal_code', { fiscal_code: null }],
    [
      'a prescription of 14 characters',
      'content.prescription_data.nre',
      { content: { prescription_data: { nre: 'x'.repeat(14) } } },
    ],
    [
      'something that is no e-mail address',
      'default_addresses.email',
      { default_addresses: { email: 'nobody' } },
    ],
  ])('%s', (_, path, over) => {
    expect(pathsOf(over)).toEqual([path])
  })
})

describe('§1.2 a due date', () => {
  test.each([
    ['2026-10-31T22:59:59Z', '2026-10-31T22:59:59.000Z'],
    ['2026-10-31T22:59:59', '2026-10-31T22:59:59.000Z'],
    ['2026-10-31T23:59:59+01:00', '2026-10-31T22:59:59.000Z'],
    ['2026-10-31T22:59:59.5Z', '2026-10-31T22:59:59.500Z'],
    ['2026-02-30T00:00:00Z', '2026-03-02T00:00:00.000Z'],
    ['2026-04-31T00:00:00Z', '2026-05-01T00:00:00.000Z'],
    ['2026-10-31T24:00:00Z', '2026-11-01T00:00:00.000Z'],
    ['1999-01-01T00:00:00Z', '1999-01-01T00:00:00.000Z'],
  ])('%s is stored as %s', (text, stored) => {
    expect(normalDueDate(text)).toBe(stored)
    expect(pathsOf({ content: { due_date: text } })).toEqual([])
  })

  test.each([
    '2026-10-31',
    '2026-10-31T22:59Z',
    '2026-10-31T22:59:59+0200',
    '2026-10-31 22:59:59Z',
    '2026-10-31t22:59:59Z',
    '2026-10-31T22:59:59z',
    '2026-10-31T22:59:60Z',
    '2026-13-01T00:00:00Z',
    '2026-10-32T00:00:00Z',
    '',
    null,
    1_793_487_599,
  ])('%j is refused', (value) => {
    expect(pathsOf({ content: { due_date: value } })).toEqual(['content.due_date'])
  })

  test('with any offset is the instant that Temporal reads', () => {
    const instants = fc.integer({ min: 0, max: 4_102_444_800 })
    const offsets = fc.integer({ min: -14 * 60, max: 14 * 60 })
    fc.assert(
      fc.property(instants, offsets, (second, minutes) => {
        const instant = Temporal.Instant.fromEpochMilliseconds(second * 1000)
        const sign = minutes < 0 ? '-' : '+'
        const size = Math.abs(minutes)
        const two = (value: number) => String(value).padStart(2, '0')
        const zone = `${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`
        const text = instant.toString({ timeZone: zone, smallestUnit: 'second' })
        expect(normalDueDate(text)).toBe(instant.toString({ smallestUnit: 'millisecond' }))
      }),
    )
  })
})

describe('§1.2 a recipient', () => {
  test.each([
    ['AAAAAA00A00A000A', true],
    ['RSSMRA80A01H501U', true],
    ['RSSMRA80A01H501X', true], // the check character is not looked at
    ['RSSMRA80A99H501U', true], // nor is the day
    ['RSSMRA8LALMH5LMU', true], // omocodia
    ['RSSMRAULALMHRLMU', true], // all seven digits replaced
    ['RSSMRAUAALMHRLMU', false], // A replaces no digit
    ['RSSMRAULALMHRLMUX', false],
    ['rssmra80a01h501u', false],
    [' RSSMRA80A01H501U', false],
    ['RSSMRA80F01H501U', false], // no month F
    ['12345678901', false],
    ['RSSMRA80A01H501U\n', false],
  ])('%j is taken: %j', (text, taken) => {
    expect(isFiscalCodeOfIo(text)).toBe(taken)
  })

  test('a notice number has 18 digits, the first from 0 to 3', () => {
    expect(
      ['0', '1', '2', '3', '4'].map((first) => isNoticeNumber(first + '0'.repeat(17))),
    ).toEqual([true, true, true, true, false])
    expect(isNoticeNumber('٣'.repeat(18))).toBe(false)
  })
})

describe('§1.2 what IO keeps', () => {
  test('is known keys, defaults and dates in UTC', () => {
    const given = {
      fiscal_code: message.fiscal_code,
      content: {
        ...content,
        dueDate: 'lost',
        due_date: '2026-10-31T23:59:59+01:00',
        payment_data: { ...payment, payee: { fiscal_code: '00000000000', name: 'lost' } },
      },
      nonsense: 1,
    }
    expect(keptPart(given)).toEqual({
      ...message,
      time_to_live: 3_600,
      feature_level_type: 'STANDARD',
      content: {
        ...content,
        due_date: '2026-10-31T22:59:59.000Z',
        payment_data: {
          ...payment,
          invalid_after_due_date: false,
          payee: { fiscal_code: '00000000000' },
        },
      },
    })
    expect(droppedKeys(given)).toEqual([
      'content.dueDate',
      'content.payment_data.payee.name',
      'nonsense',
    ])
  })

  test('of what it keeps is all of it', () => {
    const subjects = fc.string({ minLength: 10, maxLength: 120 })
    fc.assert(
      fc.property(subjects, fc.integer({ min: 1, max: 9_999_999_999 }), (subject, amount) => {
        const kept = keptPart({
          ...message,
          content: { ...content, subject, payment_data: { ...payment, amount } },
        })
        expect(payloadFaults(kept)).toEqual([])
        expect(keptPart(kept)).toEqual(kept)
        expect(droppedKeys(kept)).toEqual([])
      }),
    )
  })
})

test('a message needs a permission for its payee, its premium level or its remote content', () => {
  const withContent = (part: object, rest: object = {}) =>
    featuresOf({ ...message, ...rest, content: { ...content, ...part } } as NewMessage)
  const remote = { third_party_data: { id: 'x' } }
  expect(withContent({})).toEqual([])
  expect(
    withContent({ payment_data: { ...payment, payee: { fiscal_code: '0'.repeat(11) } } }),
  ).toEqual(['payee'])
  expect(withContent(remote)).toEqual(['third-party'])
  expect(withContent(remote, { feature_level_type: 'ADVANCED' })).toEqual(['premium'])
})

function payOver(part: object): object {
  return { content: { payment_data: { ...payment, ...part } } }
}
