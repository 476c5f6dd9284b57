// Templates: what they may say, what is refused at compile time and where, and that no value of a
// record ever becomes structure in the message.
import fc from 'fast-check'
import { Liquid } from 'liquidjs'
import { describe, expect, it } from 'vitest'
import type { FieldValue } from '../../../src/domain/notice.ts'
import { FieldSpec } from '../../../src/mapping/field/field-spec.ts'
import type { Scope } from '../../../src/mapping/text/scope.ts'
import { compileTest, compileText, type TextKind } from '../../../src/mapping/text/text.ts'

const field = (type: string, more: object = {}) => FieldSpec.parse({ column: 'X', type, ...more })
const scope: Scope = new Map<string, FieldSpec>([
  ['nome', field('text')],
  ['via', field('text', { optional: true })],
  ['importo', field('euro', { decimals: 'comma' })],
  ['scadenza', field('date', { formats: ['dd/MM/yyyy'] })],
  ['pasti', field('integer')],
  ['attivo', field('boolean')],
  ['avviso', field('noticeNumber')],
  ['contatto.email', field('text', { optional: true })],
])
const values = {
  nome: 'Bianchi',
  via: null,
  importo: 145000,
  scadenza: '2026-10-31',
  pasti: 3,
  attivo: true,
  avviso: '302000000000000001',
  contatto: { email: 'a@esempio.it' },
}

type Values = Record<string, FieldValue | Record<string, FieldValue>>

function render(source: string, changes: Values = {}, kind: TextKind = 'markdown'): string {
  const { template, fault } = compileText(source, kind, scope)
  if (fault !== null) throw new Error(`${fault.message} (${fault.line}:${fault.column})`)
  return template.render({ ...values, ...changes })
}

function faultOf(source: string, kind: TextKind = 'markdown') {
  const { fault } = compileText(source, kind, scope)
  return fault && `${fault.line}:${fault.column} ${fault.message} — ${fault.hint}`
}

describe('an output', () => {
  it.each([
    ['{{ nome }}', 'Bianchi'],
    ['{{nome}}', 'Bianchi'],
    ['a {{- nome -}} b', 'aBianchib'],
    ['{{ via }}', ''],
    ['{{ contatto.email }}', 'a@esempio.it'],
    ['{{ importo }}', '1.450,00 €'],
    ['{{ importo | euro }}', '1.450,00 €'],
    ['{{ scadenza }}', '31 ottobre 2026'],
    ['{{ scadenza | date_it }}', '31 ottobre 2026'],
    ['{{ scadenza | date_en }}', '31 October 2026'],
    ['il {{ scadenza | date_de }}', 'il 31\\. Oktober 2026'],
    ['{{ scadenza | date_short }}', '31/10/2026'],
    ['{{ pasti }}', '3'],
    ['{{ attivo }}', 'sì'],
    ['{{ "testo" }}', 'testo'],
    ['{{ nome | upcase }}', 'BIANCHI'],
    ['{{ nome | downcase }}', 'bianchi'],
    ['{{ nome | upcase | capitalize }}', 'Bianchi'],
    ['{{ "DE ROSSI MARIA-LUISA" | title_case }}', 'De Rossi Maria-Luisa'],
    ['{{ "D\'ANGELO È" | title_case }}', "D'Angelo È"],
    ['{{ via | default: "senza via" }}', 'senza via'],
    ['{{ via | upcase | default: "-" }}', '\\-'],
    ['{{ importo | default: "gratis" }}', '1.450,00 €'],
    ['{{ nome | truncate: 4 }}', 'Bia…'],
    ['{{ nome | truncate: 4, "" }}', 'Bian'],
    ['{{ nome | truncate: 7 }}', 'Bianchi'],
    ['{{ "ab😀" | truncate: 3, "" }}', 'ab'],
    ['{{ nome | replace: "i", "y" }}', 'Byanchy'],
    ['{{ nome | replace: "", "y" }}', 'Bianchi'],
    ['{{ "  x  " | strip }}', 'x'],
    ['{{ importo | euro_first }}', '€ 1.450,00'],
    ['{{ importo | euro_en }}', '€1,450.00'],
    ['{{ importo | amount }}', '1.450,00'],
    ['{{ scadenza | date_weekday }}', 'sabato 31 ottobre 2026'],
    ['{{ scadenza | date_article }}', 'il 31 ottobre 2026'],
    ['{{ scadenza | date_article: "entro il" }}', 'entro il 31 ottobre 2026'],
    ['{{ pasti }} {{ pasti | plural: "pasto", "pasti" }}', '3 pasti'],
    ['{{ 1 | plural: "pasto", "pasti" }}', 'pasto'],
    ['{{ 0 | plural: "pasto", "pasti" }}', 'pasti'],
    ['{{ pasti | ordinal: "f" }} rata', '3ª rata'],
    ['{{ pasti | ordinal: "m" }} avviso', '3º avviso'],
    ['{{ "D\'ANGELO NICOLO\'" | person_name }}', "D'Angelo Nicolò"],
    ['{{ "EDIL CASA SRL" | company_name }}', 'Edil Casa S.r.l.'],
    ['{{ "a b/è" | url_encode }}', 'a%20b%2F%C3%A8'],
  ])('%s reads %j', (source, expected) => {
    expect(render(source)).toBe(expected)
  })
})

describe('a condition', () => {
  it.each([
    ['nome', true],
    ['via', false],
    ['attivo', true],
    ['importo', true],
    ['importo == 145000', true],
    ['importo == 0', false],
    ['importo > 100000 and nome == "Bianchi"', true],
    ['importo < 100000 or via', false],
    ['via == nil', true],
    ['via == blank', true],
    ['nome != nil', true],
    ['nome != empty', true],
    ['via > "a"', false],
    ['nome contains "anc"', true],
    ['via contains "x"', false],
    ['scadenza > "2026-10-30"', true],
    ['scadenza <= "2026-10-31"', true],
    ['attivo == false', false],
    ['pasti >= 3', true],
    ['3 < pasti', false],
    ['contatto.email contains "@"', true],
  ])('%s is %s', (source, expected) => {
    expect(compileTest(source, scope).condition?.test(values)).toBe(expected)
  })

  it('takes null, the empty text and false for nothing, and 0 for something', () => {
    const truth = (value: FieldValue) =>
      render('{% if nome %}sì{% else %}no{% endif %}', { nome: value })
    expect([null, '', false, 0, true, 'x'].map(truth)).toEqual(['no', 'no', 'no', 'sì', 'sì', 'sì'])
  })

  it('tells a false answer from no answer', () => {
    const test = compileTest('attivo == nil', scope).condition!.test
    expect([test({ attivo: false }), test({ attivo: null })]).toEqual([false, true])
  })
})

describe('a block', () => {
  it.each([
    ['{% if via %}a{% elsif attivo %}b{% else %}c{% endif %}', 'b'],
    ['{% if via %}a{% elsif via %}b{% else %}c{% endif %}', 'c'],
    ['{% if via %}a{% endif %}', ''],
    ['{% unless via %}a{% else %}b{% endunless %}', 'a'],
    ['{% if nome %}{% unless via %}{{ pasti }}{% endunless %}{% endif %}', '3'],
    [
      '{% case nome %}{% when "Verdi" %}a{% when "Neri", "Bianchi" %}b{% else %}c{% endcase %}',
      'b',
    ],
    ['{% case pasti %}\n{% when 1 or 2 %}a{% else %}c{% endcase %}', 'c'],
    ['{% case importo %}{% when 145000 %}a{% endcase %}', 'a'],
    ['a{% comment %}{{ ignoto }} {% nulla %}{% endcomment %}b', 'ab'],
    ['a{% # nota %}b', 'ab'],
    ['a\n{%- if nome -%}\n b \n{%- endif -%}\nc', 'abc'],
  ])('%s reads %j', (source, expected) => {
    expect(render(source)).toBe(expected)
  })
})

describe('a template is refused', () => {
  it.each([
    ['x\n  {{ nom }}', '2:6 unknown name nom — did you mean nome?'],
    ['{{ Nome }}', '1:4 unknown name Nome — did you mean nome?'],
    ['{{ contatto }}', /1:4 unknown name contatto — name a field of the lookup.*contatto\.email/],
    ['{{ nome.size }}', /1:4 unknown name nome\.size/],
    ['{{ nome["x"] }}', /unknown name/],
    ['{{ __proto__ }}', /unknown name/],
    ['{{ constructor.name }}', /unknown name/],
    ['{{ nome | upcas }}', '1:11 unknown filter upcas — did you mean upcase?'],
    ['{{ nome | constructor }}', /unknown filter constructor/],
    ['{{ importo | times: 2 }}', /unknown filter times/],
    ['{{ importo | upcase }}', /upcase takes text, not money/],
    ['{{ importo | date_it }}', /date_it takes date, not money/],
    ['{{ importo | euro | euro }}', /euro takes money, not text/],
    ['{{ nome | truncate }}', /wrong arguments of truncate/],
    ['{{ nome | truncate: "4" }}', /wrong arguments of truncate/],
    ['{{ nome | upcase: 1 }}', /wrong arguments of upcase/],
    [
      '{{ scadenza | date_article: "per il" }}',
      /does not know "per il" — write one of "il", "del"/,
    ],
    ['{{ pasti | ordinal: "x" }}', /ordinal does not know "x" — write one of "m", "f"/],
    ['{{ pasti | ordinal }}', /wrong arguments of ordinal/],
    ['{{ pasti | plural: "pasto" }}', /wrong arguments of plural/],
    ['{{ nome | plural: "a", "b" }}', /plural takes integer, not text/],
    ['{{ nome | default: via }}', /literals only/],
    ['{{ nome | raw }}', /unknown filter raw/],
    ['{{ }}', /./],
    ['{{ nome via }}', /more than one value/],
    ['{{ nome', /not closed/],
    ['{{ 14.5 }}', /14\.5 is not a whole number — money is in cents/],
    ['{{ (1..3) }}', /is not a value/],
    ['{% raw %}{{ x }}{% endraw %}', /the tag raw cannot be used here/],
    ['{% assign x = 1 %}', /the tag assign cannot/],
    ['{% for a in nome %}{% endfor %}', /the tag for cannot/],
    ['{% include "x" %}', /the tag include cannot/],
    ['{% render "x" %}', /the tag render cannot/],
    ['{% liquid echo nome %}', /the tag liquid cannot/],
    ['{% echo nome %}', /the tag echo cannot/],
    ['{% iff nome %}', /did you mean if\?/],
    ['{% if nome %}', /endif is missing/],
    ['{% if nome %}a{% endunless %}', /endunless/],
    ['a{% endif %}', /endif/],
    ['{% comment %}', /endcomment is missing/],
    ['{% if %}a{% endif %}', /condition without a value/],
    ['{% if not nome %}a{% endif %}', /not comes first.*unless/],
    ['{% if nome and via or attivo %}a{% endif %}', /`and` and `or`/],
    ['{% if nome == %}a{% endif %}', /cannot be read/],
    ['{% if nome | upcase %}a{% endif %}', /no filters/],
    [
      '{% if importo == "0" %}a{% endif %}',
      /cannot compare money with text — write money as cents/,
    ],
    ['{% if importo > 14.50 %}a{% endif %}', /14\.50 is not a whole number — money is in cents/],
    ['{% if importo == pasti %}a{% endif %}', /cannot compare money with integer/],
    ['{% if scadenza == "31/10/2026" %}a{% endif %}', /write dates as "2026-12-31"/],
    ['{% if attivo > 1 %}a{% endif %}', /> does not compare boolean/],
    ['{% if importo contains 1 %}a{% endif %}', /contains compares texts/],
    ['{% case nome %}{% when 1 %}a{% endcase %}', /cannot compare text with integer/],
    ['{% case nome %}x{% when "a" %}b{% endcase %}', /text between case and when/],
    ['{% if nome %}'.repeat(9) + '{% endif %}'.repeat(9), /more than 8 deep/],
  ])('%s', (source, expected) => {
    expect(faultOf(source)).toMatch(expected)
  })
})

/**
 * Values that would be something in Markdown, and how a citizen's app must read them: as they
 * stand.
 */
const attacks = [
  '*Mario*',
  '__Mario__',
  '`x`',
  '[x](http://evil.example)',
  '![x](http://evil.example/a.png)',
  '<b>x</b>',
  '<https://evil.example>',
  'https://evil.example',
  'www.evil.example',
  '# Titolo',
  '---',
  '***',
  '===',
  '- voce',
  '+ voce',
  '1. voce',
  '2) voce',
  '> cit',
  '| a | b |',
  '~~no~~',
  '```js',
  '&lt;b&gt;',
  '&#60;',
  'a\\',
  '\\',
  '[x]: http://evil.example',
  '[^1]',
  ': x',
  '.',
  ')',
  '{{ nome }}',
  '{% if %}',
  '--- it: cta_1:',
  'javascript:alert(1)',
  '[a](javascript:alert(1))',
]

/** Undoes backslash escapes as CommonMark does: what the citizen reads. */
const unescaped = (text: string) => text.replace(/\\([!-/:-@[-`{-~])/g, '$1')

/** What CommonMark takes for structure, outside escapes, in a text of one line. */
function structureIn(text: string): string[] {
  const bare = text.replace(/\\[!-/:-@[-`{-~]/g, '·')
  const patterns = [
    /[*_`[\]<>~|]/,
    /^#{1,6}( |$)/,
    /^[-+]( |$)/,
    /^\d{1,9}[.)]( |$)/,
    /^(-{3,}|={1,})\s*$/,
    /&(#\d|#x|[a-z])/i,
    /:\/\//,
    /\bwww\./i,
    /\\$/,
    /\n/,
  ]
  return patterns.filter((pattern) => pattern.test(bare)).map(String)
}

describe('a value in Markdown', () => {
  it.each(attacks)('%j is read as it stands and is no structure', (value) => {
    const text = render('{{ nome }}', { nome: value })
    expect(unescaped(text)).toBe(value)
    expect(structureIn(text)).toEqual([])
  })

  it('of any kind is read as it stands and is no structure', () => {
    const piece = fc.constantFrom(
      ...attacks,
      ...'*_`[]()<>#-+=.!|~&:/\\ a1w\n'.split(''),
      'www.',
      '&amp;',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const value = pieces.join('')
        const text = render('{{ nome }}', { nome: value })
        expect(unescaped(text)).toBe(value.replace(/\s+/g, ' ').trim())
        expect(structureIn(text)).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['ROSSI & FIGLI S.R.L.', 'ROSSI & FIGLI S.R.L.'],
    ["Via dell'Orto, 12/A - scala B (2° piano)", "Via dell'Orto, 12/A - scala B (2° piano)"],
    ['1.450,00 €', '1.450,00 €'],
    ['31.12.2026', '31.12.2026'],
    ['Maria😀', 'Maria😀'],
  ])('of the usual kind stays untouched: %j', (value, expected) => {
    expect(render('{{ nome }}', { nome: value })).toBe(expected)
  })

  it.each([
    ['a\nb\r\nc\td', 'a b c d'],
    ['  a   b  ', 'a b'],
    ['a\u202eb\u2066c', 'abc'],
    ['a\u200bb\u200dc\u00ad', 'abc'],
    ['a\ufeffb', 'a b'],
    ['a\u0000b\u0007c\u009f', 'abc'],
    ['a\u2028b\u00a0c\u3000d', 'a b c d'],
    ['a\ud800b', 'ab'],
    ['a\u{e0041}b', 'ab'],
    ['\u200b---', '\\-\\-\\-'],
    ['\u202e', ''],
  ])('loses what cannot be seen: %j', (value, expected) => {
    expect(render('{{ nome }}', { nome: value })).toBe(expected)
  })
})

describe('a value in an address', () => {
  it('is encoded so that nothing of it is left to escape, and decodes to itself', () => {
    const piece = fc.constantFrom(...attacks, 'www.', 'A_1', '1.', '-', '--', "'", 'è', '😀', ' x')
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
        const value = pieces.join('')
        const text = render('{{ nome | url_encode }}', { nome: value })
        expect(text).toMatch(/^(?:[\w.-]|%[0-9A-F]{2})*$/)
        expect(decodeURIComponent(text)).toBe(value)
      }),
    )
  })

  it('keeps its points and dashes between letters and digits', () => {
    expect(render('{{ "302-1.5" | url_encode }}')).toBe('302-1.5')
    expect(render('{{ "A_1 (b)" | url_encode }}')).toBe('A%5F1%20%28b%29')
  })
})

describe('a value in a subject', () => {
  it('is one line of plain text, not Markdown', () => {
    expect(render('Bolletta {{ nome }}', { nome: '*A*_1\u202e\n[x]' }, 'subject')).toBe(
      'Bolletta *A*_1 [x]',
    )
  })

  it('that is empty leaves no doubled or trailing blank', () => {
    expect(render('Bolletta {{ nome }} di {{ via }}', { nome: null }, 'subject')).toBe(
      'Bolletta di',
    )
  })
})

describe('a place where escaping does not hold', () => {
  it.each([
    ['`{{ nome }}`', /inside code/],
    ['```\n\n{{ nome }}\n\n```', /inside code/],
    ['<b title="{{ nome }}">', /inside HTML/],
    ['<{{ nome }}>', null],
    ['<https://esempio.it/{{ nome }}>', /inside HTML or <…>/],
    ['\\{{ nome }}', /a backslash right before/],
    ['\\\\{{ nome }}', null],
    ['[qui]({{ nome }})', /target of a link/],
    ['[qui](https://{{ nome }}/x)', /target of a link/],
    ['[qui](https://{{ nome | url_encode }}/x)', /target of a link/],
    ['[qui](https://esempio.it/{{ nome }})', /target of a link/],
    ['[qui](https://esempio.it/{{ nome | url_encode }})', null],
    ['[qui](https://esempio.it/?a={{ nome | url_encode }}&b={{ avviso | url_encode }})', null],
    ['[{{ nome }}](https://esempio.it)', null],
    ['[1]: {{ nome }}', /target of a link/],
    ['`a` {{ nome }}', null],
  ])('%s', (source, expected) => {
    if (expected === null) expect(faultOf(source)).toBeNull()
    else expect(faultOf(source)).toMatch(expected)
  })
})

describe('front matter', () => {
  const buttons =
    '---\nit:\n    cta_1:\n        text: "Paga"\n        action: "iohandledlink://https://esempio.it/'
  it.each([
    [`${buttons}"\n---\nTesto`, null],
    [`${buttons}{{ avviso | url_encode }}"\n---\nTesto {{ nome }}`, null],
    [`${buttons}{{ avviso }}"\n---\nTesto`, /value inside the front matter/],
    [`${buttons}{% if nome %}x{% endif %}"\n---\nTesto`, /tag inside the front matter/],
    [`${buttons}"\nTesto`, /front matter that IO would show/],
    ['--- \nit:\n---\n', /front matter that IO would show/],
    ['{{ via }}---\nit:\n---\n', /after a tag or an output/],
    ['{% if nome %}---\nit:\n---\n{% endif %}', /after a tag or an output/],
    ['{% comment %}{% endcomment %}---\nit:\n---', /after a tag or an output/],
    ['Testo\n---\nAltro {{ nome }}', null],
    ['{{ nome }}, in {{ via }}\n\n---\nAltro', null],
    ['{{ nome }} {{ via }}\n---\nAltro', /after a tag or an output/],
    ['{% if nome %}Testo{% endif %}\n---\nAltro', /after a tag or an output/],
    ['{% if nome %}Testo{% else %}---{% endif %}', /after a tag or an output/],
    ['{% if nome %}Testo\n---\nAltro{% endif %}', null],
    ['{% if nome %}Testo {{ via }}\n---\nAltro{% endif %}', null],
    ['{% if nome %}Testo{% endif %} Testo\n---\nAltro', null],
    ['{% comment %}Testo{% endcomment %}---\nAltro', /after a tag or an output/],
  ])('begins the template itself, or is refused: %j', (source, expected) => {
    if (expected === null) expect(faultOf(source)).toBeNull()
    else expect(faultOf(source)).toMatch(expected)
  })

  it('never comes from a record', () => {
    const text = render('{{ nome }}\nTesto', { nome: '---\nit:\n  cta_1:\n    text: "x"\n---' })
    expect(text.startsWith('---')).toBe(false)
    expect(text.split('\n')).toHaveLength(2)
  })
})

describe('a template without outputs', () => {
  it('is constant', () => {
    expect(compileText('Sempre uguale', 'subject', scope).template?.constant).toBe('Sempre uguale')
    expect(compileText('{{ nome }}', 'subject', scope).template?.constant).toBeNull()
    expect(compileText('{% if nome %}a{% endif %}', 'subject', scope).template?.constant).toBeNull()
  })
})

describe('the compiled templates', () => {
  const liquid = new Liquid({ strictVariables: true, ownPropertyOnly: true })
  const condition = fc.constantFrom('nome', 'via', 'pasti > 2', 'pasti == 4', 'nome contains "a"')
  const leaf = fc.constantFrom(
    'x',
    ' y ',
    '\n',
    '{{ nome }}',
    '{{ pasti }}',
    '{{- nome | upcase -}}',
  )
  const { block } = fc.letrec<{ block: string }>((tie) => ({
    block: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.tuple(tie('block'), tie('block')).map(([a, b]) => a + b),
      fc.tuple(condition, tie('block')).map(([c, a]) => `{%- if ${c} %}${a}{% endif %}`),
      fc
        .tuple(condition, tie('block'), condition, tie('block'), tie('block'))
        .map(
          ([c, a, d, b, e]) => `{% if ${c} %}${a}{% elsif ${d} %}${b}{% else %}${e}{% endif -%}`,
        ),
      fc
        .tuple(condition, tie('block'), tie('block'))
        .map(([c, a, b]) => `{% unless ${c} %}${a}{% else %}${b}{% endunless %}`),
      fc
        .tuple(tie('block'), tie('block'))
        .map(([a, b]) => `{% case pasti %}{% when 1, 3 %}${a}{% else %}${b}{% endcase %}`),
    ),
  }))

  it('render as liquidjs itself renders them', () => {
    fc.assert(
      fc.property(block, fc.constantFrom('Bianchi', 'Verdi'), fc.nat(5), (source, nome, pasti) => {
        const whole = `a${source}b`
        const changes = { nome, pasti, via: null }
        expect(render(whole, changes)).toBe(liquid.parseAndRenderSync(whole, changes))
      }),
    )
  })
})
