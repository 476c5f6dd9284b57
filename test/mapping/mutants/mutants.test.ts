// The rules of a mapping, each taken away: which they are, and that each change is one.
import { describe, expect, it } from 'vitest'
import type { Tables } from '../../../src/mapping/lookups.ts'
import { compileMapping } from '../../../src/mapping/mapping.ts'
import { GONE, put } from '../../../src/mapping/mutants/mutant.ts'
import { mutantsOf } from '../../../src/mapping/mutants/mutants.ts'
import { textMutants } from '../../../src/mapping/mutants/text-mutants.ts'
import { MappingSpec } from '../../../src/mapping/spec.ts'
import type { Scope } from '../../../src/mapping/text/scope.ts'

const none: Tables = { references: {}, systems: {} }
const empty: Scope = new Map()
const long = 'Un testo che basta, perché IO non accetta messaggi più corti di ottanta caratteri.'

const field = (type: string, more: object = {}) => ({ column: 'X', type, ...more })
const record = (fields: object) => ({ format: 'csv', fields })

function notice(fields: object, more: object = {}) {
  return MappingSpec.parse({
    shape: 'notice',
    series: 'prova',
    key: ['numero'],
    notice: { fiscalCode: 'cf', subject: { it: 'Un titolo che basta' }, markdown: { it: long } },
    ...more,
    record: record({ numero: field('text'), cf: field('fiscalCode'), ...fields }),
  })
}

const whats = (spec: MappingSpec) => mutantsOf(spec, none).map(({ what }) => what)

describe('the rules of fields', () => {
  it('are that they must have a value, or may be empty, and what somebody wrote', () => {
    const fields = {
      tipo: field('text', { values: { A: 'uno', B: 'due' }, otherValues: 'keep', padLeft: 3 }),
      giorno: field('date', { formats: ['dd/MM/yyyy', 'yyyy-MM-dd'], empty: ['00/00/0000'] }),
      importo: field('euro', { decimals: 'comma', zeros: 'dropped', optional: true }),
      altro: field('fiscalCode', { notPersons: 'skip', wrongCheck: 'refuse' }),
      si: field('boolean', { true: ['S', 'V'] }),
    }
    expect(whats(notice(fields))).toEqual([
      ...['tipo must have a value', 'tipo "A" is listed', 'tipo "B" is listed'],
      ...['tipo.padLeft: 3', 'tipo.otherValues: "keep"'],
      ...['giorno must have a value', '"00/00/0000" means nothing in giorno'],
      ...['giorno may be written dd/MM/yyyy', 'giorno may be written yyyy-MM-dd'],
      ...['importo may be empty', 'importo.zeros: "dropped"'],
      ...['altro must have a value', 'altro.notPersons: "skip"'],
      ...['si must have a value', '"V" is true in si'],
    ])
  })

  it('are none where the record is refused all the same', () => {
    expect(whats(notice({}))).toEqual([])
  })

  it('an entry that says what is kept anyway is none', () => {
    const kept = field('text', { values: { A: 'A', B: 'due' }, otherValues: 'keep' })
    expect(whats(notice({ tipo: kept }))).not.toContain('tipo "A" is listed')
  })
})

describe('the rules of a mapping', () => {
  it('of notices are each taken away or turned over', () => {
    const fields = {
      giorno: field('date', { formats: ['yyyy-MM-dd'] }),
      importo: field('euro', { decimals: 'comma' }),
      avviso: field('noticeNumber'),
      azione: field('text'),
    }
    const spec = notice(fields, {
      skip: [{ when: 'importo == 0', because: 'niente' }],
      action: { field: 'azione', cancel: ['X'] },
      group: 'avviso',
      single: 'importo > 100',
      firstWhen: "azione == 'I'",
      key: ['numero', 'avviso'],
      facets: { document: 'numero' },
      notice: {
        fiscalCode: 'cf',
        subject: { it: 'Un titolo che basta' },
        markdown: { it: `${long} {{ importo | euro }}` },
        dueDate: 'giorno',
        payment: { noticeNumber: 'avviso', amount: 'importo', invalidAfterDueDate: true },
        premium: true,
        buttons: [{ text: { it: 'Chiama', en: 'Call' }, phone: '06 00000000' }],
      },
      reminders: [
        { at: '-1d 09:30', subject: { it: 'Scade domani, ricorda' }, markdown: { it: long } },
      ],
    })
    const rules = mutantsOf(spec, none).filter(({ path }) => path[0] !== 'record')
    expect(rules.map(({ path, what }) => `${path.join('.')}: ${what}`)).toEqual([
      'skip.0: skip importo == 0',
      'action.cancel.0: azione "X": cancel',
      'key.0: numero is part of the key',
      'key.1: avviso is part of the key',
      'facets.document: operators find it by document: numero',
      'single: single importo > 100 always holds',
      'single: single importo > 100 never holds',
      "firstWhen: firstWhen azione == 'I' always holds",
      "firstWhen: firstWhen azione == 'I' never holds",
      'notice.dueDate: it is due on giorno',
      'notice.payment: it has a payment',
      'notice.payment.invalidAfterDueDate: it cannot be paid once it was due',
      'notice.premium: it is premium',
      'notice.buttons: the button «Chiama»',
      'reminders.0: the reminder of -1d 09:30',
      'reminders.0.at: the reminder of -1d 09:30 leaves a day later',
      'notice.markdown.it: {{ importo | euro }} shows nothing',
    ])
    const uncompiled = mutantsOf(spec, none).filter(
      (mutant) => compileMapping('prova', mutant.spec, none).mapping === null,
    )
    // A reminder needs a day; `check` says so, and no case has to.
    expect(uncompiled.map(({ what }) => what)).toContain('it is due on giorno')
    for (const mutant of mutantsOf(spec, none)) expect(mutant.spec).not.toEqual(spec)
  })

  it('of settlements are how records end', () => {
    const spec = MappingSpec.parse({
      shape: 'settlement',
      series: 'prova',
      key: ['numero'],
      closesWhen: "stato != 'aperto'",
      as: { field: 'stato', settled: ['pagato'], otherwise: 'ignore' },
      record: record({ numero: field('text'), stato: field('text') }),
    })
    expect(whats(spec)).toEqual([
      ...['stato "pagato": settled', 'another stato: ignore'],
      ...["closesWhen stato != 'aperto' always holds", "closesWhen stato != 'aperto' never holds"],
    ])
  })

  it('of references are how its key is compared', () => {
    const spec = MappingSpec.parse({
      shape: 'reference',
      key: 'codice',
      normalise: ['case', 'zeros'],
      record: record({ codice: field('text') }),
    })
    expect(whats(spec)).toEqual(['case do not count in its key', 'zeros do not count in its key'])
  })
})

describe('the rules of a text', () => {
  const sources = (source: string) => textMutants(source, empty).map((one) => one.source)

  it('are its conditions, both ways, and its outputs', () => {
    expect(sources('a {%- if x > 1 -%}b{% elsif y %}c{% else %}d{% endif %} {{ z }}.')).toEqual([
      'a {%- if true -%}b{% elsif y %}c{% else %}d{% endif %} {{ z }}.',
      'a {%- if false -%}b{% elsif y %}c{% else %}d{% endif %} {{ z }}.',
      'a {%- if x > 1 -%}b{% elsif true %}c{% else %}d{% endif %} {{ z }}.',
      'a {%- if x > 1 -%}b{% elsif false %}c{% else %}d{% endif %} {{ z }}.',
      'a {%- if x > 1 -%}b{% elsif y %}c{% else %}d{% endif %} .',
    ])
  })

  it('are the branches of a case, with all that stands in them', () => {
    expect(
      sources(
        "{% case x %}{% when '1' %}{% if y %}a{% else %}b{% endif %}{% when '2' %}c{% endcase %}",
      ),
    ).toEqual([
      "{% case x %}{% when '2' %}c{% endcase %}",
      "{% case x %}{% when '1' %}{% if true %}a{% else %}b{% endif %}{% when '2' %}c{% endcase %}",
      "{% case x %}{% when '1' %}{% if false %}a{% else %}b{% endif %}{% when '2' %}c{% endcase %}",
      "{% case x %}{% when '1' %}{% if y %}a{% else %}b{% endif %}{% endcase %}",
    ])
  })

  it('are none where it is a comment', () => {
    expect(sources('a {% comment %}{{ b }}{% endcomment %}{% # c %}')).toEqual([])
  })
})

describe('a copy with another value', () => {
  it('leaves what it is made of as it was', () => {
    const before = { a: [1, { b: 2 }], c: 3 }
    const kept = structuredClone(before)
    expect(put(before, ['a', 1, 'b'], GONE)).toEqual({ a: [1, {}], c: 3 })
    expect(put(before, ['a', 0], GONE)).toEqual({ a: [{ b: 2 }], c: 3 })
    expect(Object.keys(put(before, ['a'], 'x'))).toEqual(['a', 'c'])
    expect(put(before, ['d'], 4)).toEqual({ ...kept, d: 4 })
    expect(before).toEqual(kept)
    expect(() => put(before, ['c', 'd'], 1)).toThrow(RangeError)
  })
})
