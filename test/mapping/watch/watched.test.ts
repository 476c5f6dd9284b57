// A watched mapping answers as the one that it is made of, and notes each branch that a record
// takes.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RawRecord } from '../../../src/mapping/format/raw-record.ts'
import type { Tables } from '../../../src/mapping/lookups.ts'
import { type CompiledNotice, compileMapping } from '../../../src/mapping/mapping.ts'
import { MappingSpec, type ReferenceMapping } from '../../../src/mapping/spec.ts'
import { type WatchedMapping, watchMapping } from '../../../src/mapping/watch/watched.ts'

const CODE = 'CBBBBB41B42Z999Z'
const long = 'Un testo che basta, perché IO non accetta messaggi più corti di ottanta caratteri.'

const contacts = MappingSpec.parse({
  shape: 'reference',
  key: 'cliente',
  record: {
    format: 'csv',
    fields: {
      cliente: { column: 'C', type: 'text' },
      via: { column: 'V', type: 'text', optional: true },
    },
  },
}) as ReferenceMapping

const notices = {
  shape: 'notice',
  series: 'prova',
  record: {
    format: 'csv',
    fields: {
      numero: { column: 'N', type: 'text' },
      cf: { column: 'F', type: 'fiscalCode' },
      cliente: { column: 'C', type: 'text', optional: true },
      nota: { column: 'O', type: 'text', optional: true },
      urgente: { column: 'U', type: 'boolean' },
      tipo: { column: 'T', type: 'text', values: { '01': 'asilo', '02': 'scuola' } },
      azione: { column: 'A', type: 'text' },
      giorno: { column: 'G', type: 'date', formats: ['yyyy-MM-dd'] },
    },
  },
  action: { field: 'azione', cancel: ['A', 'X'] },
  lookups: { casa: { reference: 'contatti', by: 'cliente', onMissing: 'empty' } },
  skip: [{ when: "nota == 'salta'", because: 'da saltare' }],
  group: 'tipo',
  single: 'urgente',
  firstWhen: "numero != '0'",
  key: ['numero'],
  notice: {
    fiscalCode: 'cf',
    subject: { it: 'Avviso {% if urgente %}urgente{% else %}ordinario{% endif %} del servizio' },
    markdown: {
      it:
        `${long} {% if nota %}Nota: {{ nota }}. {% if urgente %}Presto!{% endif %}{% endif %}` +
        "{% case tipo %}{% when 'asilo' %}Asilo.{% when 'scuola' %}Scuola.{% endcase %}" +
        '{% unless casa.via %}Senza via.{% endunless %}',
    },
    dueDate: 'giorno',
  },
  reminders: [
    { at: '-7d 09:30', subject: { it: 'Fra una settimana scade' }, markdown: { it: long } },
  ],
}

const tables: Tables = { references: { contatti: contacts }, systems: {} }

function compiled(spec: object): CompiledNotice {
  const { mapping, faults } = compileMapping('prova', MappingSpec.parse(spec), tables)
  if (mapping?.shape !== 'notice') throw new Error(JSON.stringify(faults))
  return mapping
}

const names = Object.keys(notices.record.fields)
const usual: Record<string, string> = {
  ...{ numero: '1', cf: CODE, urgente: 'S', tipo: '01', azione: 'I', giorno: '2026-05-01' },
}

function rawOf(texts: Record<string, string>): RawRecord {
  const cells = names.map((name) => texts[name] ?? '')
  return { line: 1, record: 1, cells, problem: null }
}

function finish(mapping: CompiledNotice, texts: Record<string, string>, via: string | null) {
  const prepared = mapping.read(rawOf(texts))
  const rows = { casa: via === null ? null : { cliente: 'C', via } }
  return mapping.finish(prepared, rows, { testers: new Set() })
}

/** The branches that some record has taken, and those that none has. */
function branchesOf(watched: WatchedMapping) {
  const words = watched.branches().map(({ what, isReached }) => ({ what, isReached }))
  const pick = (wanted: boolean) =>
    words.filter(({ isReached }) => isReached === wanted).map(({ what }) => what)
  return { reached: pick(true), missing: pick(false) }
}

const cell = fc.constantFrom('', 'S', 'N', '01', '02', '2', 'salta', 'I', 'A', 'x', '0', CODE)
const record = fc.record(
  Object.fromEntries(names.map((name) => [name, fc.oneof(cell, fc.constant(usual[name] ?? ''))])),
)

describe('a mapping that is watched', () => {
  it('answers what it answers when nobody watches', () => {
    const plain = compiled(notices)
    const { mapping } = watchMapping(plain, tables)
    const found = fc.constantFrom(null, '', 'Via Roma')
    fc.assert(
      fc.property(record, found, (texts, via) => {
        expect(finish(mapping as CompiledNotice, texts, via)).toEqual(finish(plain, texts, via))
      }),
      { numRuns: 300 },
    )
  })

  it('notes the branches that a record takes, and no other', () => {
    const watched = watchMapping(compiled(notices), tables)
    finish(watched.mapping as CompiledNotice, { ...usual, cliente: 'C', nota: 'ciao' }, 'Via Roma')
    watched.planned(0)
    watched.planned(1)
    expect(branchesOf(watched)).toEqual({
      reached: [
        ...['tipo 01', 'casa finds a row', 'insert "I"', "numero != '0'", 'urgente'],
        ...[
          'if urgente',
          'if nota',
          'if urgente',
          "when 'asilo'",
          'casa.via',
          'reminder -7d 09:30',
        ],
      ],
      missing: [
        ...['tipo 02', 'casa finds nothing', 'modify "M"', 'cancel "A"', 'cancel "X"'],
        ...["skip nota == 'salta'", "not numero != '0'", 'not urgente', 'else'],
        ...['not urgente', 'not nota', "when 'scuola'", 'unless casa.via'],
      ],
    })
  })

  it('says of each in which case a record would take it, and where it stands', () => {
    const all = watchMapping(compiled(notices), tables).branches()
    const wanted = (what: string) => all.find((one) => one.what === what)?.wanted
    expect(wanted('not nota')).toBe('in which `nota` is empty')
    expect(wanted('if nota')).toBe('in which `nota` has a value')
    expect(wanted('else')).toBe('in which `urgente` is false')
    expect(wanted("when 'scuola'")).toBe("in which `tipo` is 'scuola'")
    expect(wanted('unless casa.via')).toBe('in which `casa.via` is empty')
    expect(wanted("skip nota == 'salta'")).toBe('that is skipped for «da saltare»')
    expect(all.find(({ what }) => what === 'if nota')).toMatchObject({
      path: ['notice', 'markdown', 'it'],
      line: 1,
      column: long.length + 2,
    })
  })

  it('asks for no case without a branch where every listed value has one', () => {
    const whats = (spec: object) =>
      watchMapping(compiled(spec), tables)
        .branches()
        .map(({ what }) => what)
    expect(whats(notices)).not.toContain('case tipo without a branch')
    const open = structuredClone(notices)
    Object.assign(open.record.fields.tipo, { otherValues: 'keep' })
    expect(whats(open)).toContain('case tipo without a branch')
  })

  it('takes a record that is skipped, or that ends a notice, for no text of it', () => {
    const watched = watchMapping(compiled(notices), tables)
    finish(watched.mapping as CompiledNotice, { ...usual, nota: 'salta' }, null)
    finish(watched.mapping as CompiledNotice, { ...usual, azione: 'X' }, null)
    expect(branchesOf(watched).reached).toEqual([
      ...['tipo 01', 'casa finds nothing', 'insert "I"', 'cancel "X"', "skip nota == 'salta'"],
    ])
  })
})

describe('a settlement that is watched', () => {
  const settlement = MappingSpec.parse({
    shape: 'settlement',
    series: 'prova',
    key: ['numero'],
    closesWhen: "esito == '0'",
    as: { field: 'stato', settled: ['pagato'], ignore: [''], otherwise: 'cancelled' },
    record: {
      format: 'csv',
      fields: {
        numero: { column: 'N', type: 'text' },
        stato: { column: 'S', type: 'text', optional: true },
        esito: { column: 'E', type: 'text' },
      },
    },
  })

  it('notes how its records end', () => {
    const { mapping } = compileMapping('prova', settlement, { references: {} })
    const watched = watchMapping(mapping!, tables)
    const read = (cells: string[]) => {
      if (watched.mapping.shape !== 'settlement') throw new Error('no settlement')
      return watched.mapping.read({ line: 1, record: 1, cells, problem: null })
    }
    expect(read(['1', 'Pagato', '0'])).toMatchObject({ as: 'settled' })
    expect(read(['1', 'altro', '0'])).toMatchObject({ as: 'cancelled' })
    expect(branchesOf(watched)).toEqual({
      reached: ['settled "pagato"', 'otherwise cancelled', "esito == '0'"],
      missing: ['ignore empty', "not esito == '0'"],
    })
  })
})
