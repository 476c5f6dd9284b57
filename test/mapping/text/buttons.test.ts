// Buttons: what the app reads of them, what is refused when a mapping is compiled and what with a
// record, and that no value breaks out of its quotes, of its site or of its action.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ctaAdvice, isSupportedAction, splitFrontMatter } from '../../../src/domain/cta.ts'
import type { NoticeData } from '../../../src/domain/notice.ts'
import { ButtonsSpec } from '../../../src/mapping/button-spec.ts'
import { createFaults } from '../../../src/mapping/fault.ts'
import { payloadsOf } from '../../../src/mapping/payload.ts'
import { recordScope } from '../../../src/mapping/record-check.ts'
import { NoticeMapping } from '../../../src/mapping/spec.ts'
import { readAppYaml } from '../../../src/mapping/text/app-yaml.ts'
import {
  buttonRefusals,
  compileTexts,
  type NoticeTexts,
} from '../../../src/mapping/text/notice-texts.ts'

const words =
  'Un testo lungo abbastanza da essere preso, con tutto quello che serve sapere di {{ v }}.'

interface Message {
  buttons?: unknown
  markdown?: object
  reminders?: unknown[]
}

function compiled({ buttons, markdown = { it: words }, reminders = [] }: Message) {
  const languages = Object.keys(markdown)
  const subject = Object.fromEntries(languages.map((one) => [one, 'Un avviso di prova']))
  const spec = NoticeMapping.parse({
    shape: 'notice',
    series: 'prove',
    key: ['v'],
    record: {
      format: 'csv',
      fields: {
        v: { column: 'V', type: 'text', trim: false, optional: true },
        w: { column: 'W', type: 'text', optional: true },
        giorno: { column: 'G', type: 'date', formats: ['yyyy-MM-dd'], optional: true },
      },
    },
    notice: { fiscalCode: 'v', subject, markdown, buttons, dueDate: 'giorno' },
    reminders,
  })
  const faults = createFaults()
  const texts = compileTexts(spec, recordScope(spec.record), faults)
  return { texts, faults: faults.list.map(({ path, message }) => `${path.join('.')}: ${message}`) }
}

function textsOf(buttons: unknown, more: Message = {}): NoticeTexts {
  const { texts, faults } = compiled({ buttons, ...more })
  expect(faults).toEqual([])
  return texts
}

const dataOf = (fields: NoticeData['fields']): NoticeData => ({
  key: '1',
  group: null,
  fiscalCode: 'AAAAAA00A00A000A',
  dueAt: null,
  payment: null,
  facets: { customer: null, document: null, emission: null },
  fields,
})

function markdownOf(texts: NoticeTexts, fields: NoticeData['fields'], template = 0): string {
  return payloadsOf(texts, dataOf(fields), template).it!.content.markdown
}

/** As the app reads it: the buttons, by language. */
function readBack(markdown: string) {
  const parts = splitFrontMatter(markdown)
  expect(ctaAdvice(parts, readAppYaml)).toEqual([])
  return { buttons: parts.yaml === null ? null : parse(parts.yaml), body: parts.body }
}

const label = { it: 'Vedi', en: 'Open' }

describe('buttons', () => {
  it('stand before the text in Italian and English, all in double quotes', () => {
    const texts = textsOf([
      { text: { it: 'Apri la pratica', en: 'Open the file' }, page: 'https://esempio.it/p' },
      { text: { it: 'Chiama', en: 'Call' }, phone: '+39 06 000000' },
    ])
    expect(markdownOf(texts, { v: 'A' }).split('Un testo')[0]).toBe(`---
it:
  cta_1:
    text: "Apri la pratica"
    action: "iohandledlink://https://esempio.it/p"
  cta_2:
    text: "Chiama"
    action: "iohandledlink://tel:+3906000000"
en:
  cta_1:
    text: "Open the file"
    action: "iohandledlink://https://esempio.it/p"
  cta_2:
    text: "Call"
    action: "iohandledlink://tel:+3906000000"
---
`)
  })

  it.each([
    [
      { page: 'https://esempio.it/?n={{ v | url_encode }}' },
      'iohandledlink://https://esempio.it/?n=A%207',
    ],
    [{ page: 'https://esempio.it' }, 'iohandledlink://https://esempio.it'],
    [
      { page: 'https://ESEMPIO.it:8443/{% if v %}a{% endif %}' },
      'iohandledlink://https://ESEMPIO.it:8443/a',
    ],
    [{ phone: '06/000.000' }, 'iohandledlink://tel:06000000'],
    [{ mail: 'ufficio.tributi@esempio.it' }, 'iohandledlink://mailto:ufficio.tributi@esempio.it'],
    [{ copy: '{{ v }}' }, 'iohandledlink://copy:A 7'],
    [
      { app: 'services/service-detail?serviceId=01J' },
      'ioit://services/service-detail?serviceId=01J',
    ],
    [{ app: 'services/{{ v | url_encode }}' }, 'ioit://services/A%207'],
  ])('of %o do what the app supports', (target, action) => {
    const { buttons } = readBack(markdownOf(textsOf([{ text: label, ...target }]), { v: 'A 7' }))
    expect(buttons).toEqual({
      it: { cta_1: { text: 'Vedi', action } },
      en: { cta_1: { text: 'Open', action } },
    })
    expect(isSupportedAction(action)).toBe(true)
  })

  it('are in both languages of the app, in each language of the text', () => {
    const markdown = { it: words, de: words }
    const payloads = payloadsOf(
      textsOf([{ text: label, page: 'https://esempio.it' }], { markdown }),
      dataOf({ v: 'A' }),
      0,
    )
    const [it, de] = [payloads.it, payloads.de].map((one) => readBack(one!.content.markdown))
    expect(Object.keys(it!.buttons)).toEqual(['it', 'en'])
    expect(de).toEqual(it)
  })

  it('of a condition are there where it holds, and the second takes the place of the first', () => {
    const texts = textsOf([
      { text: { it: 'Modulo', en: 'Form' }, page: '{{ w }}', when: 'w != nil' },
      { text: { it: 'Copia', en: 'Copy' }, copy: '{{ v }}', when: 'v' },
    ])
    const names = (fields: NoticeData['fields']) => {
      const { buttons } = readBack(markdownOf(texts, fields))
      return buttons && Object.values(buttons.it).map((one) => (one as { text: string }).text)
    }
    const w = 'https://esempio.it/m'
    expect(names({ v: 'A', w })).toEqual(['Modulo', 'Copia'])
    expect(names({ v: 'A', w: null })).toEqual(['Copia'])
    expect(names({ v: null, w })).toEqual(['Modulo'])
    expect(markdownOf(texts, { v: null, w: null })).toMatch(/^Un testo/)
    expect(buttonRefusals(texts, dataOf({ v: null, w: null }))).toEqual([])
    expect(texts.messages[0]!.it!.markdown.branch({ v: null, w })).toBe('w != nil, not v')
    expect([...texts.uses].sort()).toEqual(['v', 'w'])
  })

  it('of the notice are not those of its reminders, which have their own or none', () => {
    const reminder = { subject: { it: 'Un promemoria' }, markdown: { it: words } }
    const own = [{ text: label, mail: 'a@esempio.it' }]
    const texts = textsOf([{ text: label, page: 'https://esempio.it' }], {
      reminders: [
        { at: '-7d 09:30', ...reminder },
        { at: '-1d 09:30', ...reminder, buttons: own },
      ],
    })
    expect(markdownOf(texts, { v: 'A' }, 1)).toMatch(/^Un testo/)
    expect(readBack(markdownOf(texts, { v: 'A' }, 2)).buttons.it.cta_1.action).toMatch(/mailto/)
  })

  it('with a label that is too long for the app are cut, never in half of a character', () => {
    const texts = textsOf([{ text: { it: 'Ciao {{ v }}', en: 'Hi {{ v }}' }, copy: 'x' }])
    const { buttons } = readBack(markdownOf(texts, { v: '😀'.repeat(30) }))
    expect(buttons.it.cta_1.text).toBe(`Ciao ${'😀'.repeat(17)}…`)
    expect(buttons.it.cta_1.text.length).toBeLessThanOrEqual(40)
  })
})

describe('a mapping is refused', () => {
  const page = (source: string) => [{ text: label, page: source }]

  it.each([
    [
      page('http://esempio.it'),
      'notice.buttons.0.page: the app would not open "http://esempio.it"',
    ],
    [page('esempio.it'), 'notice.buttons.0.page: the app would not open "esempio.it"'],
    [
      page('https://esempio.it/a b'),
      'notice.buttons.0.page: the app would not open "https://esempio.it/a b"',
    ],
    [
      page('https://a@esempio.it/'),
      'notice.buttons.0.page: the app would not open "https://a@esempio.it/"',
    ],
    [
      page('https://localhost/'),
      'notice.buttons.0.page: the app would not open "https://localhost/"',
    ],
    [page('https://{{ v | url_encode }}/'), 'notice.buttons.0.page: a value in place of the site'],
    [
      page('https://esempio.it{{ v | url_encode }}'),
      'notice.buttons.0.page: a value in place of the site',
    ],
    [page('{% if v %}https://a.it/{% endif %}'), 'notice.buttons.0.page: a tag before the site'],
    [page('https://esempio.it/{{ v }}'), 'notice.buttons.0.page: a value inside an address'],
    [
      page('https://esempio.it/è/{{ v | url_encode }}'),
      'notice.buttons.0.page: the app would not open "https://esempio.it/è/x"',
    ],
    [page('{{ v | url_encode }}'), 'notice.buttons.0.page: a whole address that is encoded'],
    [page('{{ x }}'), 'notice.buttons.0.page: unknown name x'],
    [
      [{ text: label, app: '{{ v | url_encode }}' }],
      'notice.buttons.0.app: a value in place of the page of the app',
    ],
    [
      [{ text: label, app: 'ioit://services' }],
      'notice.buttons.0.app: the app would not open "ioit://services"',
    ],
    [
      [{ text: label, phone: 'ufficio' }],
      'notice.buttons.0.phone: the app would not open "ufficio"',
    ],
    [
      [{ text: label, mail: 'a@b@esempio.it' }],
      'notice.buttons.0.mail: the app would not open "a@b@esempio.it"',
    ],
    [
      [{ text: label, mail: 'a@esempio.it?bcc=x@y.it' }],
      'notice.buttons.0.mail: the app would not open "a@esempio.it?bcc=x@y.it"',
    ],
    [
      [{ text: { it: 'x'.repeat(41), en: 'x' }, copy: 'a' }],
      'notice.buttons.0.text.it: the label is 41 characters long',
    ],
    [[{ text: label, copy: 'a', when: 'y' }], 'notice.buttons.0.when: unknown name y'],
  ])('for %o', (buttons, fault) => {
    expect(compiled({ buttons }).faults).toEqual([fault])
  })

  it('for buttons both declared and written into the text', () => {
    const markdown = {
      it: `---\nit:\n  cta_1:\n    text: "a"\n    action: "ioit://x"\n---\n${words}`,
    }
    const { faults } = compiled({ buttons: page('https://esempio.it'), markdown })
    expect(faults).toContain('notice.markdown.it: buttons both under `buttons` and in the text')
  })

  it('for a text that is too long with its buttons', () => {
    const markdown = { it: 'x'.repeat(9_990) }
    const { faults } = compiled({ buttons: page('https://esempio.it'), markdown })
    expect(faults.filter((fault) => fault.includes('with its buttons'))).toEqual([
      'notice.markdown.it: the text is 10156 characters long with its buttons',
    ])
  })

  it.each([
    [{ text: label }, 'a button has one of page, phone, mail, copy, app'],
    [{ text: label, page: 'https://a.it', copy: 'x' }, 'a button has one of'],
    [{ text: { it: 'Vedi' }, copy: 'x' }, 'expected string'],
  ])('for %o, before anything is compiled', (button, message) => {
    expect(ButtonsSpec.safeParse([button]).error?.issues[0]?.message).toContain(message)
  })
})

describe('a record is refused', () => {
  const refusedBy = (button: object, fields: NoticeData['fields']) =>
    buttonRefusals(textsOf([{ text: label, ...button }]), dataOf(fields)).map(
      ({ code, detail }) => `${code} ${detail}`,
    )
  const start = 'REC_BUTTON Il pulsante “Vedi” del messaggio non aprirebbe nulla:'

  it.each([
    'http://esempio.it',
    'javascript:alert(1)',
    'iohandledlink://https://esempio.it',
    'https:\\\\esempio.it',
    'https:esempio.it',
    'https://',
    'https://comune.it@altro.example/',
    'https://altro',
    'vedi https://esempio.it',
    'ioit://services',
  ])('whose address is %j', (w) => {
    expect(refusedBy({ page: '{{ w }}' }, { w })).toHaveLength(1)
  })

  it.each([
    [{ page: '{{ w }}' }, null, `${start} non c’è nessun valore.`],
    [{ phone: '{{ w }}' }, '12', `${start} “12” non è un numero di telefono.`],
    [{ phone: '{{ w }}' }, '06 1234,2', `${start} “06 1234,2” non è un numero di telefono.`],
    [{ mail: '{{ w }}' }, 'a@esempio', `${start} “a@esempio” non è un indirizzo e-mail.`],
    [
      { mail: '{{ w }}' },
      'a@esempio.it?cc=b',
      `${start} “a@esempio.it?cc=b” non è un indirizzo e-mail.`,
    ],
    [{ copy: '{{ w }}' }, 'x'.repeat(501), `${start} “${'x'.repeat(60)}…” supera 500 caratteri.`],
  ])('where %o is %j', (button, w, refusal) => {
    expect(refusedBy(button, { w })).toEqual([refusal])
  })

  it('where the label would be empty', () => {
    const text = { it: '{{ v }}', en: 'Open' }
    expect(refusedBy({ text, copy: 'x' }, { v: ' ' })).toEqual([
      'REC_BUTTON Il pulsante “” del messaggio non aprirebbe nulla: la scritta sarebbe vuota.',
    ])
  })

  it('for the button of a reminder, by name', () => {
    const reminder = { subject: { it: 'Un promemoria' }, markdown: { it: words } }
    const reminders = [
      { at: '-1d 09:30', ...reminder, buttons: [{ text: label, copy: '{{ w }}' }] },
    ]
    const texts = textsOf(undefined, { reminders })
    expect(buttonRefusals(texts, dataOf({ w: null }))[0]?.detail).toContain('del promemoria 1')
  })
})

describe('a value', () => {
  const texts = textsOf([
    {
      text: { it: 'Vedi {{ v }}', en: 'See {{ v }}' },
      page: 'https://esempio.it/x/?q={{ v | url_encode }}#{{ w | url_encode }}',
    },
    { text: { it: '{{ v }} copia', en: '{{ v }} copy' }, copy: 'n. {{ w }}' },
  ])
  const attack = fc.constantFrom(
    ...['"', '\\', '\n', '\r\n', '\u2028', '\u0085', '---', '\n---\n', '= yaml =', '{{', '%}', '#'],
    ...["'", ': ', '- ', '&a', '*a', '!!str', '@', '/', '?', '%2F', '..', 'https://altro.example'],
    ...[
      '\u202e',
      '\u0000',
      '\ufeff',
      '\uffff',
      '\ud83d',
      '😀',
      'ioit://',
      'cta_1:',
      '\t',
      ']]',
      '|',
    ],
  )
  const value = fc.array(fc.oneof(attack, fc.string({ unit: 'binary', maxLength: 8 })), {
    maxLength: 6,
  })

  it('never breaks out of its quotes, its site or its action', () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        const [v, w] = [`a${one.join('')}`, `b${other.join('')}`]
        const fields = { v, w }
        if (/iohandledlink/i.test(w)) return
        const { buttons } = readBack(markdownOf(texts, fields))
        expect(Object.keys(buttons)).toEqual(['it', 'en'])
        for (const language of ['it', 'en']) {
          const { cta_1, cta_2, ...rest } = buttons[language]
          expect(rest).toEqual({})
          expect(Object.keys({ ...cta_1, ...cta_2 })).toEqual(['text', 'action'])
          expect(cta_1.action).toMatch(
            /^iohandledlink:\/\/https:\/\/esempio\.it\/x\/\?q=a[\w.%-]*#b[\w.%-]*$/,
          )
          expect(URL.parse(cta_1.action.slice('iohandledlink://'.length))?.host).toBe('esempio.it')
          expect(cta_2.action.startsWith('iohandledlink://copy:n. b')).toBe(true)
          for (const text of [cta_1.text, cta_2.text, cta_2.action]) {
            expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
          }
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('that is the whole address opens a site of https or refuses the record', () => {
    const whole = textsOf([{ text: label, page: '{{ v }}' }])
    fc.assert(
      fc.property(value, (pieces) => {
        const v = `https://esempio.it/${pieces.join('')}`
        const markdown = markdownOf(whole, { v })
        const refused = buttonRefusals(whole, dataOf({ v })).length > 0
        const { buttons } = readBack(markdown)
        expect(buttons === null).toBe(refused)
        if (buttons === null) return
        expect(buttons.it.cta_1.action).toMatch(/^iohandledlink:\/\/https:\/\/esempio\.it\/[!-~]*$/)
      }),
      { numRuns: 1_000 },
    )
  })
})
