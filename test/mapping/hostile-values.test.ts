// Values that try to be structure, in every place where a template may put them, through to the
// messages that IO would get: a record changes the words of a message and nothing else of it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitFrontMatter } from '../../src/domain/cta.ts'
import type { NoticeData } from '../../src/domain/notice.ts'
import { textAdvice } from '../../src/domain/text-advice.ts'
import { createFaults, isWarning } from '../../src/mapping/fault.ts'
import { payloadRefusals, payloadsOf } from '../../src/mapping/payload.ts'
import { recordScope } from '../../src/mapping/record-check.ts'
import { NoticeMapping } from '../../src/mapping/spec.ts'
import { readAppYaml } from '../../src/mapping/text/app-yaml.ts'
import { compileTexts } from '../../src/mapping/text/notice-texts.ts'

const buttons = `---
it:
  cta_1:
    text: "Vai"
    action: "iohandledlink://https://esempio.it/{{ v | url_encode }}"
---
`
/** A value alone, after words, in bold, in a list, a heading, a link, and between two rules. */
const body = `{{ v }} ha un messaggio del Comune, con parole abbastanza per arrivare a ottanta.

# Avviso {{ v }}

**{{ v }}** e {{ v }}{{ v }}

- {{ v }}
- {{ v | person_name }}
- {{ v | company_name }}

[{{ v }}](https://esempio.it/?q={{ v | url_encode }})

---

{{ v }}
qui

---

{{ v | upcase }}
fine`

function textsOf(markdown: string, subject = 'Avviso per {{ v | truncate: 100 }}') {
  const spec = NoticeMapping.parse({
    shape: 'notice',
    series: 'prove',
    key: ['v'],
    record: {
      format: 'csv',
      fields: { v: { column: 'V', type: 'text', trim: false } },
    },
    notice: { fiscalCode: 'v', subject: { it: subject }, markdown: { it: markdown } },
  })
  const faults = createFaults()
  const texts = compileTexts(spec, recordScope(spec.record), faults)
  expect(faults.list.filter((fault) => !isWarning(fault))).toEqual([])
  return texts
}

const dataOf = (v: string): NoticeData => ({
  key: '1',
  group: null,
  fiscalCode: 'AAAAAA00A00A000A',
  dueAt: null,
  payment: null,
  facets: { customer: null, document: null, emission: null },
  fields: { v },
})

const bare = textsOf(body)
const withButtons = textsOf(buttons + body)
const contentOf = (texts: typeof bare, v: string) => payloadsOf(texts, dataOf(v), 0).it!.content

/** What CommonMark, the app and the e-mail make of a text, without its words. */
function structureOf(markdown: string) {
  const { yaml, body: shown } = splitFrontMatter(markdown)
  const unescaped = (text: string) => text.replace(/\\[!-/:-@[-`{-~]/g, '·')
  const lines = unescaped(shown).split('\n')
  return {
    yaml: yaml?.replace(/esempio\.it\/[\w%.~!*'()-]*/, 'esempio.it/'),
    lines: lines.map((line) => {
      const start = /^ {0,3}(?:#{1,6}(?= |$)|[-+*](?= |$)|\d{1,9}[.)](?= |$)|>|=+$|-+$| {4})/
      const marks = line.match(/[*_`[\]<>~|]|\]\(|:\/\/|www\.|&(?=#|[a-z])/gi)
      return [start.exec(line)?.[0] ?? '', marks?.join(' ') ?? ''].join('·')
    }),
    rules: shown.split('---').length,
    advice: textAdvice(unescaped(markdown), readAppYaml).map(({ rule }) => rule),
  }
}

const attacks = [
  '# Titolo',
  'a\n# Titolo',
  'a\r\n\r\n## Titolo',
  'Titolo\n===',
  'Titolo\n---',
  '---',
  'a --- b',
  'a---b',
  '= yaml =',
  'a = yaml = b',
  '---\nit:\n  cta_1:\n    text: "Paga"\n    action: "iohandledlink://https://male.example"\n---',
  'it: {cta_1: {text: Paga, action: "iohandledlink://https://male.example"}}',
  '"\n  cta_2:\n    text: "Paga"\n    action: "ioit://x',
  '[x](https://male.example)',
  '[x](javascript:alert(1))',
  '](https://male.example)',
  '![x](https://male.example/a.png)',
  '[x]: https://male.example',
  '<https://male.example>',
  'https://male.example',
  'HTTPS://male.example',
  'www.male.example',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<!-- x',
  '&#60;b&#62;',
  '&lt;b&gt;',
  '**x',
  '__x__',
  '`x',
  '```\nx',
  '~~~',
  '~~x~~',
  '| a | b |\n|---|---|',
  '- voce',
  '1. voce',
  '> detto',
  '    codice',
  '\tcodice',
  'x\\',
  '\\',
  '{{ v }}',
  '{% if v %}',
  '{{ "x" | raw }}',
  '\u202e# elpmaxe',
  '\u2066a\u2069',
  '\u200b---',
  '\u0000# x',
  'a\u2028# x',
  'a\u0085# x',
  '\ud83d',
  '\u{e0041}\u{e0042}',
]

const ordinary = { bare: structureOf(contentOf(bare, 'Bianchi').markdown) }
const ordinaryButtons = structureOf(contentOf(withButtons, 'Bianchi').markdown)

describe('a value', () => {
  it.each(attacks)('%j changes the words of a message and nothing else', (value) => {
    expect(structureOf(contentOf(bare, value).markdown)).toEqual(ordinary.bare)
    expect(structureOf(contentOf(withButtons, value).markdown)).toEqual(ordinaryButtons)
  })

  it('made of any pieces of them changes the words of a message and nothing else', () => {
    const piece = fc.constantFrom(...attacks, ...'*_`[]()<>#-+=.!|~&:/\\ a1\n'.split(''))
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        const value = `x${pieces.join('')}`
        expect(structureOf(contentOf(bare, value).markdown)).toEqual(ordinary.bare)
        expect(structureOf(contentOf(withButtons, value).markdown)).toEqual(ordinaryButtons)
      }),
      { numRuns: 500 },
    )
  })

  it.each(attacks)('%j is one line of visible characters in a title', (value) => {
    const { subject } = contentOf(bare, value)
    expect(subject).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
    expect(subject.startsWith('Avviso per')).toBe(true)
  })
})

describe('a title with a character of two units at its bound', () => {
  const texts = textsOf(body, '{{ v }}')
  const cut = textsOf(body, '{{ v | truncate: 120 }}')

  it.each([117, 118, 119, 120, 121])('after %i letters is whole or refused', (letters) => {
    const value = `${'x'.repeat(letters)}😀`
    const whole = payloadsOf(texts, dataOf(value), 0)
    expect(whole.it!.content.subject).toBe(value)
    const codes = payloadRefusals([whole]).map(({ code, field }) => `${code} ${field}`)
    expect(codes).toEqual(value.length > 120 ? ['REC_TEXT_LENGTH subject'] : [])
  })

  it.each([117, 118, 119, 120, 121])('after %i letters is never cut in half', (letters) => {
    const { subject } = contentOf(cut, `${'x'.repeat(letters)}😀${'y'.repeat(9)}`)
    expect(subject.length).toBeLessThanOrEqual(120)
    expect(subject.isWellFormed()).toBe(true)
    expect(payloadRefusals([payloadsOf(cut, dataOf(`${'x'.repeat(letters)}😀yy`), 0)])).toEqual([])
  })
})
