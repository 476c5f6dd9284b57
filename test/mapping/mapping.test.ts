// What is wrong with a mapping, found when it is compiled: code, place and a hint for each.
import { describe, expect, it } from 'vitest'
import { isWarning } from '../../src/mapping/fault.ts'
import { compileMapping } from '../../src/mapping/mapping.ts'
import { MappingSpec, type ReferenceMapping } from '../../src/mapping/spec.ts'

const long = 'Questo testo è lungo abbastanza per IO, che ne vuole almeno ottanta caratteri: ok. '
const record = {
  format: 'csv',
  fields: {
    numero: { column: 'N', type: 'text' },
    nome: { column: 'M', type: 'text', personal: true, optional: true },
    cf: { column: 'F', type: 'fiscalCode' },
    importo: { column: 'I', type: 'euro', decimals: 'comma' },
    scadenza: { column: 'S', type: 'date', formats: ['dd/MM/yyyy'] },
    avviso: { column: 'A', type: 'noticeNumber' },
  },
}
const contacts = MappingSpec.parse({
  shape: 'reference',
  key: 'cliente',
  record: {
    format: 'csv',
    fields: { cliente: { column: 'C', type: 'text' }, cf: { column: 'F', type: 'fiscalCode' } },
  },
}) as ReferenceMapping

const base = {
  shape: 'notice',
  series: 'prove',
  record,
  lookups: { contatto: { reference: 'contatti', by: 'numero' } },
  key: ['numero'],
  notice: {
    fiscalCode: 'cf',
    subject: { it: 'Bolletta {{ numero }}' },
    markdown: { it: long },
    dueDate: 'scadenza',
    payment: { noticeNumber: 'avviso', amount: 'importo' },
  },
  reminders: [{ at: '-7d 09:30', subject: { it: 'Promemoria ora' }, markdown: { it: long } }],
}

/** `CODE path: message — hint` for each fault; with the place inside a text after the path. */
function faultsOf(changes: object): string[] {
  const spec = MappingSpec.parse({ ...base, ...changes })
  const { mapping, faults } = compileMapping('prove', spec, { references: { contatti: contacts } })
  const isFit = faults.every(isWarning)
  expect(mapping !== null).toBe(isFit)
  return faults.map(({ code, path, message, hint, line, column }) => {
    const place = line === undefined ? '' : `:${line}:${column}`
    return `${code} ${path.join('.')}${place}: ${message} — ${hint}`
  })
}

const notice = (changes: object) => ({ notice: { ...base.notice, ...changes } })
const payment = (changes: object) => notice({ payment: { ...base.notice.payment, ...changes } })

/** A button in Italian and English. */
function front(action: string): string {
  const block = `cta_1: {text: "Apri", action: "${action}"}`
  return `---\nit: {${block}}\nen: {${block}}\n---\n`
}

describe('a mapping', () => {
  it('is not advised on what only a value decides', () => {
    const linked = `${front('iohandledlink://{{ numero }}')}${long} [qui]({{ numero }})`
    const faults = faultsOf(notice({ markdown: { it: linked } }))
    expect(faults.filter((fault) => fault.startsWith('CFG_TEXT_ADVICE'))).toEqual([])
  })

  it('without faults compiles', () => {
    expect(faultsOf({})).toEqual([])
  })

  it.each<[object, RegExp]>([
    [{ key: ['numer'] }, /^CFG_UNKNOWN_NAME key\.0: unknown field numer — did you mean numero\?$/],
    [{ key: ['numero', 'contatto.cf'] }, /^CFG_UNKNOWN_NAME key\.1: unknown field contatto\.cf/],
    [{ key: ['nome'] }, /^CFG_VALUE key\.0: nome is part of the key and optional — remove/],
    [{ group: 'grupo' }, /^CFG_UNKNOWN_NAME group: unknown field grupo — the known names are/],
    [
      { facets: { document: 'numerox' } },
      /^CFG_UNKNOWN_NAME facets\.document:.*did you mean numero/,
    ],
    [
      notice({ fiscalCode: 'numero' }),
      /^CFG_VALUE notice\.fiscalCode: numero is of type text — .*fiscalCode/,
    ],
    [
      notice({ fiscalCode: 'contatto' }),
      /notice\.fiscalCode: unknown field contatto — name a field of the lookup/,
    ],
    [notice({ fiscalCode: 'contato.cf' }), /did you mean contatto\.cf\?/],
    [
      notice({ dueDate: 'importo' }),
      /^CFG_VALUE notice\.dueDate: importo is of type euro — .*date/,
    ],
    [
      payment({ amount: 'numero' }),
      /^CFG_VALUE notice\.payment\.amount: numero is of type text — .*euro/,
    ],
    [payment({ noticeNumber: 'numero' }), /^CFG_VALUE notice\.payment\.noticeNumber:/],
    [
      payment({ payee: 'importo' }),
      /^CFG_VALUE notice\.payment\.payee: importo is of type euro — .*text/,
    ],
    [notice({ dueDate: undefined }), /^CFG_VALUE reminders: reminders without a due date — add/],
    [
      { lookups: { contatto: { reference: 'contati', by: 'numero' } } },
      /^CFG_UNKNOWN_NAME lookups\.contatto\.reference: there is no reference contati — did you mean contatti\?$/,
    ],
    [
      { lookups: { contatto: { reference: 'contatti', by: 'cliente' } } },
      /^CFG_UNKNOWN_NAME lookups\.contatto\.by: unknown field cliente/,
    ],
    [
      { lookups: { contatto: { reference: 'contatti', by: 'importo' } } },
      /^CFG_VALUE lookups\.contatto\.by: importo is of type euro, the key of contatti of type text/,
    ],
    [
      { lookups: { numero: { reference: 'contatti', by: 'numero' } } },
      /^CFG_VALUE lookups\.numero: numero is a field of the record too — rename/,
    ],
    [
      { record: { ...record, header: false } },
      /^CFG_VALUE record\.fields\.numero\.column: the column of numero is a name — .*position/,
    ],
    [
      { record: { ...record, quote: ';' } },
      /^CFG_VALUE record\.quote: quote and delimiter are the same/,
    ],
    [
      notice({ markdown: { it: `${long}\n{{ importi }}` } }),
      /^CFG_TEMPLATE notice\.markdown\.it:2:4: unknown name importi — did you mean importo\?$/,
    ],
    [
      notice({ subject: { it: 'Una nuova {{ nuomero }}' } }),
      /^CFG_TEMPLATE notice\.subject\.it:1:14:/,
    ],
    [
      notice({ subject: { it: 'Breve' } }),
      /^CFG_VALUE notice\.subject\.it: the subject is 5 characters long — IO accepts 10 to 120$/,
    ],
    [notice({ markdown: { it: 'Breve' } }), /^CFG_VALUE notice\.markdown\.it: .*80 to 10000$/],
    [
      { skip: [{ when: 'importo == zero', because: 'x' }] },
      /^CFG_TEMPLATE skip\.0\.when:1:12: unknown name zero/,
    ],
    [
      notice({ subject: { it: 'Titolo qui', en: 'Title here' } }),
      /^CFG_VALUE notice\.markdown: markdown is missing in en/,
    ],
    [
      notice({ markdown: { it: long, de: long } }),
      /^CFG_VALUE notice\.markdown\.de: de is not a language of the notice/,
    ],
    [
      notice({ markdown: { it: `${long}\n\n| a | b |\n|---|---|\n| {{ numero }} | c |` } }),
      /^CFG_TEXT_ADVICE notice\.markdown\.it: The app drops tables .* — Write a list/,
    ],
    [
      notice({ markdown: { it: `${front('https://comune.example')}${long}` } }),
      /^CFG_TEXT_ADVICE notice\.markdown\.it: it\.cta_1\.action is not an action/,
    ],
    [
      notice({ markdown: { it: `${front('[a')}${long}`.replaceAll('"', '') } }),
      /^CFG_TEXT_ADVICE notice\.markdown\.it: The front matter is not valid YAML/,
    ],
    [
      notice({ subject: { it: 'Paga 45,00 euro {{ numero }}' } }),
      /^CFG_TEXT_ADVICE notice\.subject\.it: The subject seems to show an amount/,
    ],
    [
      { reminders: [{ ...base.reminders[0], markdown: { it: `${long} ~~vecchio~~` } }] },
      /^CFG_TEXT_ADVICE reminders\.0\.markdown\.it: The app drops ~~struck~~/,
    ],
    [
      notice({ subject: { it: 'Bolletta di {{ nome }}' } }),
      /^CFG_PERSONAL_TITLE notice\.subject\.it: the title uses nome/,
    ],
    [
      notice({ subject: { it: 'Bolletta di {{ cf }}' } }),
      /^CFG_PERSONAL_TITLE notice\.subject\.it: the title uses cf/,
    ],
    [
      notice({ subject: { it: 'Paga {{ importo }}' } }),
      /^CFG_PERSONAL_TITLE notice\.subject\.it: the title uses importo/,
    ],
    [
      notice({
        subject: { it: '{% if importo > 5 %}Bolletta alta{% else %}Bolletta bassa{% endif %}' },
      }),
      /^CFG_PERSONAL_TITLE notice\.subject\.it: the title uses importo/,
    ],
  ])('%# is told what is wrong with it', (changes, expected) => {
    const faults = faultsOf(changes)
    expect(
      faults.filter((fault) => expected.test(fault)),
      faults.join('\n'),
    ).toHaveLength(1)
  })

  it('is told everything at once', () => {
    const faults = faultsOf({
      ...notice({
        fiscalCode: 'cff',
        subject: { it: '{{ a }} qualcosa' },
        markdown: { it: '{{ b }}' },
      }),
      key: ['c'],
    })
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'CFG_UNKNOWN_NAME key.0',
      'CFG_UNKNOWN_NAME notice.fiscalCode',
      'CFG_TEMPLATE notice.subject.it',
      'CFG_TEMPLATE notice.markdown.it',
    ])
  })

  it('needs every language in every reminder too', () => {
    const both = notice({
      subject: { it: 'Titolo qui', en: 'Title here' },
      markdown: { it: long, en: long },
    })
    expect(faultsOf(both).map((fault) => fault.split(':')[0])).toEqual([
      'CFG_VALUE reminders.0.subject',
      'CFG_VALUE reminders.0.markdown',
    ])
  })
})

describe('a reference', () => {
  const reference = (changes: object = {}) => {
    const spec = MappingSpec.parse({
      shape: 'reference',
      key: 'cliente',
      record: {
        format: 'csv',
        fields: {
          cliente: { column: 'C', type: 'text' },
          cf: { column: 'F', type: 'fiscalCode', wrongCheck: 'warn' },
          email: { column: 'M', type: 'text', optional: true },
        },
      },
      ...changes,
    })
    return compileMapping('contatti', spec, { references: {} })
  }
  const { mapping } = reference()
  const read = (cells: string[]) => {
    if (mapping?.shape !== 'reference') throw new Error('not a reference')
    return mapping.read({ line: 2, record: 1, cells, problem: null })
  }

  it('reads rows by key, leaving out what has no value', () => {
    expect(read(['C1', 'rssmra80a01h501u', ''])).toEqual({
      kind: 'row',
      key: 'C1',
      values: { cliente: 'C1', cf: 'RSSMRA80A01H501U' },
    })
  })

  it('keeps a doubtful fiscal code where the mapping only warns', () => {
    expect(read(['C1', 'RSSMRA80A01H501A', 'x'])).toMatchObject({ kind: 'row' })
  })

  it('refuses rows with everything that is wrong', () => {
    const refused = read(['', '01234567890', ''])
    expect(refused).toMatchObject({ kind: 'refused', key: null })
    expect(refused.kind === 'refused' && refused.refusals).toHaveLength(2)
  })

  it('is told when its key is not one of its fields', () => {
    expect(reference({ key: 'client' }).faults).toMatchObject([
      { code: 'CFG_UNKNOWN_NAME', path: ['key'], hint: 'did you mean cliente?' },
    ])
  })
})

describe('a settlement', () => {
  const spec = MappingSpec.parse({
    shape: 'settlement',
    series: 'prove',
    as: 'settled',
    key: ['numero', 'rata'],
    record: {
      format: 'csv',
      fields: { numero: { column: 'N', type: 'text' }, rata: { column: 'R', type: 'integer' } },
    },
  })

  it('reads the keys that notices have', () => {
    const { mapping } = compileMapping('pagati', spec, { references: {} })
    if (mapping?.shape !== 'settlement') throw new Error('not a settlement')
    const read = (cells: string[]) => mapping.read({ line: 2, record: 1, cells, problem: null })
    expect(read(['7', '1'])).toEqual({ kind: 'row', key: '7|1', as: 'settled' })
    expect(read(['7', 'x'])).toMatchObject({ kind: 'refused', key: null })
  })
})
