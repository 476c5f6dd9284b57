// What a citizen would not see as meant, of messages that IO takes.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSupportedAction, splitFrontMatter, type YamlReader } from '../../src/domain/cta.ts'
import { dueDateAdvice } from '../../src/domain/due-date-advice.ts'
import { checkCharacter } from '../../src/domain/fiscal-code.ts'
import { markdownAdvice } from '../../src/domain/markdown-advice.ts'
import { adviceOn } from '../../src/domain/message-advice.ts'
import { keysByObject } from '../../src/domain/new-message.ts'
import { subjectAdvice } from '../../src/domain/subject-advice.ts'

const now = Temporal.Instant.from('2026-01-15T10:00:00Z')
/** JSON is enough of YAML for what is tested here. */
const readJson: YamlReader = (text) => {
  try {
    return { data: JSON.parse(text) }
  } catch {
    return { fault: 'no JSON', line: 2 }
  }
}

const text = 'Il Comune informa che il servizio indicato è disponibile da oggi sul sito. '.repeat(2)
const content = { subject: 'Avviso del Comune', markdown: text }
const message = { fiscal_code: 'AAAAAA00A00A000A', content }

const rulesOf = (findings: { rule: string }[]) => findings.map(({ rule }) => rule)
const adviceOf = (payload: unknown) => adviceOn(payload, { now, readYaml: readJson })
const withMarkdown = (markdown: string) => ({ ...message, content: { ...content, markdown } })

describe('a plain message to the test citizen', () => {
  it('has no advice', () => {
    expect(adviceOf(message)).toEqual([])
  })

  it('of any shape at all is looked at without a fault', () => {
    const keys = Object.values(keysByObject()).flat()
    const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.jsonValue())
    const fields = fc.dictionary(fc.constantFrom(...keys), value)
    fc.assert(
      fc.property(fields, fields, value, (outer, inner, bare) => {
        adviceOf({ ...outer, content: { ...inner, payment_data: outer } })
        adviceOf(bare)
      }),
    )
  })
})

describe('the recipient', () => {
  it('with a wrong check character is said, with the right one', () => {
    const [finding] = adviceOf({ ...message, fiscal_code: 'PRVPRV80A01H501X' })
    expect(finding).toMatchObject({ path: 'fiscal_code', rule: 'check-character' })
    expect(finding!.detail).toContain(`should be ${checkCharacter('PRVPRV80A01H501X')}:`)
  })

  it('with the right check character is not', () => {
    expect(adviceOf({ ...message, fiscal_code: 'PRVPRV80A01H501K' })).toEqual([])
  })
})

describe('a subject', () => {
  it.each([
    ['Avviso per PRVPRV80A01H501K', 'a fiscal code'],
    ['Avviso per prvprv80a01h501k', 'a fiscal code'],
    ['Avviso per PRVPRV 80A01 H501X', 'a fiscal code'],
    ['TARI 2026: 12,50 €', 'an amount'],
    ['TARI 2026: € 12', 'an amount'],
    ['TARI 2026: 12 euro', 'an amount'],
    ['TARI 2026: EUR 12', 'an amount'],
    ['TARI 2026: 1024.50', 'an amount'],
    ['TARI 2026: 1.024,50', 'an amount'],
    ['Multa AB123CD', 'a number plate'],
    ['Multa AB 123 CD', 'a number plate'],
    ['Multa ab123cd', 'a number plate'],
    ['Scrivi a tributi@example.it', 'an e-mail address'],
    ['IT60 X054 2811 1010 0000 0123 456', 'an IBAN'],
    ['Conto it60x0542811101000000123456', 'an IBAN'],
    ['Avviso 3020 0000 0000 0001 21', 'the notice number'],
  ])('%j shows %s', (subject, what) => {
    const facts = {
      fiscalCode: 'PRVPRV80A01H501X',
      amountCents: 102_450,
      noticeNumber: '302000000000000121',
    }
    const findings = subjectAdvice(subject, facts)
    expect(rulesOf(findings)).toEqual(['personal-data'])
    expect(findings[0]!.detail).toContain(what)
  })

  it.each([
    'TARI 2026: prima rata',
    'Gara da 100 km',
    'ZT12 COMUNICAZIONE IMPORTANTE DEL COMUNE',
    'Europa 2026: 3 incontri',
    'Ordinanza 123/2026',
    'Rata 3 di 4',
  ])('%j shows nothing personal', (subject) => {
    expect(subjectAdvice(subject, { amountCents: 350 })).toEqual([])
  })

  it('is never repeated in the advice', () => {
    const [finding] = subjectAdvice('Multa AB123CD')
    expect(JSON.stringify(finding)).not.toContain('AB123CD')
  })
})

describe('a due date', () => {
  it.each([
    ['2026-03-31T21:59:59Z', [], ''],
    ['2026-10-31T22:59:59.000Z', [], ''],
    ['2026-03-31T23:59:59+02:00', [], ''],
    ['2026-02-30T10:00:00Z', ['due-date-rolls'], '2 March 2026, 10:00'],
    ['2026-04-31T10:00:00+02:00', ['due-date-rolls'], '1 May 2026, 10:00'],
    ['2026-03-31T24:00:00Z', ['due-date-rolls'], '1 April 2026, 00:00'],
    ['2026-02-29T10:00:00Z', ['due-date-rolls'], '1 March 2026'],
    ['2028-02-29T10:00:00Z', [], ''],
    ['2026-03-31T23:59:59Z', ['due-date-next-day'], '1 April 2026 at 01:59'],
    ['2026-10-31T23:59:59.000Z', ['due-date-next-day'], '1 November 2026 at 00:59'],
    ['2026-03-31T22:59:59Z', ['due-date-next-day'], '1 April 2026 at 00:59'],
    ['2026-03-31T10:00:00', ['due-date-zone'], '31 March 2026 at 12:00'],
    ['2026-03-31T23:59:59', ['due-date-zone', 'due-date-next-day'], '1 April 2026'],
    ['2026-03-31T00:00:00+02:00', ['due-date-start-of-day'], '31 March 2026 at 00:00'],
    ['2026-03-31T00:00:00Z', ['due-date-start-of-day'], '31 March 2026 at 02:00'],
    ['2026-03-30T22:00:00.000Z', ['due-date-start-of-day'], '31 March 2026 at 00:00'],
    ['9999-12-31T23:00:00Z', ['due-date-start-of-day'], '+010000-01-01 at 00:00'],
    ['2026-01-15T09:59:59Z', ['due-date-past'], '15 January 2026 at 10:59'],
    ['9999-12-31T24:00:00Z', ['due-date-rolls'], '+010000-01-01'],
    ['2026-03-31', [], ''],
  ])('%j is advised about %j', (written, rules, words) => {
    const findings = dueDateAdvice(written, now)
    expect(rulesOf(findings)).toEqual(rules)
    expect(findings.map(({ detail }) => detail).join()).toContain(words)
  })

  it('that IO takes, of any year and offset, is advised about without a fault', () => {
    const two = (maximum: number) =>
      fc.integer({ min: 0, max: maximum }).map((number) => String(number).padStart(2, '0'))
    const year = fc.oneof(
      fc.constantFrom('0000', '9999'),
      two(99).map((last) => `20${last}`),
    )
    const end = fc.oneof(
      fc.constantFrom('', 'Z', '.5Z'),
      two(23).map((hours) => `-${hours}:59`),
    )
    fc.assert(
      fc.property(year, two(13), two(32), two(24), two(60), end, (y, month, day, hour, m, z) => {
        const rules = rulesOf(dueDateAdvice(`${y}-${month}-${day}T${hour}:${m}:00${z}`, now))
        expect(rules.includes('due-date-zone') && z !== '').toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })

  it('that ends a day as UTC has the right instant as its remedy', () => {
    const [finding] = dueDateAdvice('2026-03-31T23:59:59Z', now)
    expect(finding!.remedy).toContain('2026-03-31T21:59:59Z')
    expect(dueDateAdvice('2026-03-31T21:59:59Z', now)).toEqual([])
  })
})

describe('a text', () => {
  it.each([
    ['| a | b |\n|---|:-:|\n| 1 | 2 |', ['table', 'three-dashes']],
    ['a | b\n-- | --\n1 | 2', ['table']],
    ['| a | b |\n| - |\n', []],
    ['a ~~b c~~ d', ['strikethrough']],
    ['a ~b~ d', ['strikethrough']],
    ['costa ~ 10 o ~ 20', []],
    ['a ~~b\n\nc~~ d', []],
    ['a\n\n---\n\nb', ['three-dashes']],
    ['a\n\n***\n\nb', []],
    ['a <b>b</b>', ['html']],
    ['a <!-- b -->', ['html']],
    ['a<br>b<br/>c', []],
    ['a < b e c > d', []],
    ['<https://example.it>', []],
    ['#### a', ['deep-heading']],
    ['### a\n\n#5 b', []],
    ['[a](iohandledlink://https://example.it)', ['handled-link']],
    ['[a](http://example.it)', ['plain-http']],
    ['[a](www.example.it)', ['dead-link']],
    ['[a](https://example.it) [b](mailto:a@example.it) [c](tel:06) [d](ioit://main)', []],
    ['```\n| a | b |\n|-|-|\n#### a ~~b~~ <i>\n```\n`<b>`', []],
    [' \n', ['empty-text']],
    ['a \\<b\\> \\[a](b) \\~\\~c\\~\\~', []],
    ['a \\~b\\~ d', []],
    ['a \\| b\n-- | --', []],
    ['[a\\]b](www.example.it)', ['dead-link']],
    ['a \\\\<b>', ['html']],
  ])('%j is advised about %j', (body, rules) => {
    expect(rulesOf(markdownAdvice(body))).toEqual(rules)
  })

  it('in the wrong encoding is said', () => {
    for (const lost of ['Ã¨ disponibile', 'l�avviso', 'lâ€™avviso']) {
      expect(rulesOf(adviceOf(withMarkdown(lost + text)))).toEqual(['encoding'])
    }
  })

  it('of hostile length does not stop the linter', () => {
    const hostile = ['~', '-', '`', '<a ', '[', '\n', '| ', '~~a', '---\n', '(', '# ']
    for (const unit of hostile) adviceOf(withMarkdown(unit.repeat(20_000 / unit.length)))
  })
})

describe('front matter', () => {
  const buttons = (blocks: unknown) => `---\n${JSON.stringify(blocks)}\n---\n${text}`
  const paga = { text: 'Paga', action: 'iohandledlink://https://example.it' }
  const both = (block: unknown) => ({ it: block, en: block })

  it('stands between a fence on the first line and the next fence', () => {
    expect(splitFrontMatter('---\na: 1\n---\nb')).toEqual({ yaml: 'a: 1', line: 2, body: 'b' })
    expect(splitFrontMatter('---\n\n  a: 1\n---  \nb')).toEqual({
      yaml: 'a: 1',
      line: 3,
      body: 'b',
    })
    expect(splitFrontMatter('---\r\na: 1\r\n...\r\nb')).toMatchObject({ yaml: 'a: 1', body: 'b' })
    for (const plain of ['', 'a', ' ---\na\n---\n', '--- \na\n---\n', '---\na\n--- b', '---']) {
      expect(splitFrontMatter(plain)).toEqual({ yaml: null, line: 1, body: plain })
    }
  })

  it('is looked for in the whole text once the first line has dashes in it', () => {
    const rule = 'Ufficio tributi --- TARI\nOrari\n---\na: 1\n---\nb'
    const found = { yaml: 'a: 1', line: 4, body: 'Ufficio tributi --- TARI\nOrari\nb' }
    expect(splitFrontMatter(rule)).toEqual(found)
    const plain = rule.replace(' --- ', ' - ')
    expect(splitFrontMatter(plain)).toEqual({ yaml: null, line: 1, body: plain })
    expect(splitFrontMatter('= yaml =\na: 1\n= yaml =\nb')).toMatchObject({ yaml: 'a: 1' })
  })

  it.each([
    [both({ cta_1: paga }), []],
    [both({ cta_1: paga, cta_2: { text: 'Apri', action: 'ioit://main/wallet' } }), []],
    [{ it: { cta_1: paga } }, ['cta-language']],
    [{ en: { cta_1: paga } }, ['cta-language']],
    [{ ...both({ cta_1: paga }), de: { cta_1: paga } }, ['cta-unknown-key']],
    [{}, ['cta-shape']],
    ['testo', ['cta-shape']],
    [both('Paga'), ['cta-shape', 'cta-shape']],
    [both({ cta_2: paga }), ['cta-shape', 'cta-shape']],
    [both({ cta_1: paga, cta_3: paga }), ['cta-unknown-key', 'cta-unknown-key']],
    [both({ cta_1: { action: paga.action } }), ['cta-shape', 'cta-shape']],
    [both({ cta_1: { ...paga, text: 2026 } }), ['cta-shape', 'cta-shape']],
    [both({ cta_1: paga, cta_2: null }), ['cta-shape', 'cta-shape']],
    [both({ cta_1: { ...paga, text: ' ' } }), ['cta-text', 'cta-text']],
    [both({ cta_1: { ...paga, action: 'https://example.it' } }), ['cta-action', 'cta-action']],
    [
      both({ cta_1: { ...paga, action: 'iohandledlink://http://example.it' } }),
      ['plain-http', 'plain-http'],
    ],
  ])('%j is advised about %j', (blocks, rules) => {
    expect(rulesOf(adviceOf(withMarkdown(buttons(blocks))))).toEqual(rules)
  })

  it('that is no YAML is said with its line of the text, and hides it', () => {
    const [finding] = adviceOf(withMarkdown(`---\n\nit:\n---\n${text}`))
    expect(finding).toMatchObject({ rule: 'cta-yaml' })
    expect(finding!.detail).toContain('(line 4)')
  })

  it('that does not begin the text is said', () => {
    const misplaced = ` ---\nit:\n  cta_1:\n    text: "a"\n ---\n${text}`
    expect(rulesOf(adviceOf(withMarkdown(misplaced)))).toContain('cta-place')
  })

  it.each([
    ['iohandledlink://https://example.it', true],
    ['IOHANDLEDLINK://HTTPS://EXAMPLE.IT', true],
    ['iohandledlink://mailto:a@example.it', true],
    ['iohandledlink://tel:06', true],
    ['iohandledlink://sms:06', true],
    ['iohandledlink://copy:302', true],
    ['ioit://main/wallet', true],
    ['iosso://https://example.it', true],
    ['iosso://a b', false],
    ['iohandledlink://ftp://example.it', false],
    ['iohandledlink://tel:', false],
    ['iohandledlink://example.it', false],
    ['https://example.it', false],
    ['mailto:a@example.it', false],
    ['', false],
  ])('with the action %j has a button that works: %s', (action, works) => {
    expect(isSupportedAction(action)).toBe(works)
  })
})

describe('keys', () => {
  it('that do nothing are said', () => {
    const payload = {
      ...message,
      time_to_live: 3600,
      default_addresses: { email: 'a@example.it' },
      content: { ...content, legal_data: {}, prescription_data: {} },
    }
    const rules = ['deprecated', 'ignored', 'withdrawn', 'withdrawn']
    expect(rulesOf(adviceOf(payload))).toEqual(rules)
  })

  it.each([
    [{ feature_level: 'x' }, {}, 'feature_level', 'Leave it out.'],
    [{ feature_leveltype: 'x' }, {}, 'feature_leveltype', 'Did you mean feature_level_type?'],
    [{ due_date: 'x' }, {}, 'due_date', 'Its place is content.due_date.'],
    [{ dueDate: 'x' }, {}, 'dueDate', 'Did you mean content.due_date?'],
    [{}, { dueDate: 'x' }, 'content.dueDate', 'Did you mean due_date?'],
    [
      {},
      { payment_data: { noticeNumber: 'x' } },
      'content.payment_data.noticeNumber',
      'Did you mean notice_number?',
    ],
  ])('%j %j that IO drops are said with the nearest', (outer, inner, path, remedy) => {
    const findings = adviceOf({ ...message, ...outer, content: { ...content, ...inner } })
    expect(findings).toEqual([
      { path, rule: 'dropped-key', detail: 'IO drops this key and its value.', remedy },
    ])
  })

  it('beyond twenty are counted', () => {
    const extra = Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`x${n}`, n]))
    const findings = adviceOf({ ...message, ...extra })
    expect(findings).toHaveLength(21)
    expect(findings.at(-1)!.detail).toBe('IO drops 5 more keys.')
  })
})
