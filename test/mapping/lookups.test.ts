// Lookups of a notice mapping: rows that are there or not, rows of rows, rows that are waited for,
// and keys that two systems write differently.
import { describe, expect, it } from 'vitest'
import {
  type CompiledNotice,
  type CompiledReference,
  compileMapping,
  type FinishContext,
  type Mapped,
} from '../../src/mapping/mapping.ts'
import { MappingSpec, type ReferenceMapping } from '../../src/mapping/spec.ts'

const text = (column: string, more: object = {}) => ({ column, type: 'text', ...more })
const reference = (key: string, fields: object, more: object = {}) =>
  MappingSpec.parse({
    shape: 'reference',
    key,
    record: { format: 'csv', fields },
    ...more,
  }) as ReferenceMapping

const people = { cliente: text('C'), cf: { column: 'F', type: 'fiscalCode' } }
const references = {
  contatti: reference('cliente', people),
  deceduti: reference('cf', { cf: { column: 'F', type: 'fiscalCode' } }),
  sciolti: reference('cliente', people, { normalise: ['case', 'zeros', 'blanks'] }),
  strani: reference('cliente', { ...people, found: text('X') }),
}

const contatto = { reference: 'contatti', by: 'cliente' }
const deceduto = { reference: 'deceduti', by: 'contatto.cf', onMissing: 'empty' }
const skip = [{ when: 'deceduto.found', because: 'il destinatario risulta deceduto' }]

type References = Record<string, ReferenceMapping>

function faultsOf(lookups: object, more: object = {}, known: References = references) {
  const spec = MappingSpec.parse({
    shape: 'notice',
    series: 'prove',
    record: {
      format: 'csv',
      fields: { cliente: text('C', { optional: true }), numero: text('N') },
    },
    lookups,
    key: ['numero'],
    notice: {
      fiscalCode: 'contatto.cf',
      subject: { it: 'Una prova di comunicazione' },
      markdown: {
        it: 'Questo testo è lungo abbastanza per IO, che vuole almeno ottanta caratteri, e saluta.',
      },
    },
    ...more,
  })
  const { mapping, faults } = compileMapping('prove', spec, { references: known })
  return { mapping: mapping as CompiledNotice | null, faults }
}

function compile(lookups: object, more: object = {}): CompiledNotice {
  const { mapping, faults } = faultsOf(lookups, more)
  if (mapping === null) throw new Error(JSON.stringify(faults))
  return mapping
}

type Rows = Record<string, Record<string, string> | null>

/** A record mapped with these rows, as the stage would find them one after the other. */
function map(mapping: CompiledNotice, cells: string[], rows: Rows, context = nothingElse): Mapped {
  const prepared = mapping.read({ line: 2, record: 1, cells, problem: null })
  const found: Rows = {}
  for (const { name } of mapping.lookups) {
    prepared.lookups[name] = mapping.lookupKey(name, prepared, found)
    found[name] = prepared.lookups[name] === null ? null : (rows[name] ?? null)
  }
  return mapping.finish(prepared, found, context)
}

const nothingElse: FinishContext = { testers: new Set() }
const mario = { cliente: 'C1', cf: 'RSSMRA80A01H501U' }
const codesOf = (mapped: Mapped) =>
  mapped.kind === 'refused' ? mapped.refusals.map(({ code }) => code) : mapped.kind

describe('a lookup whose row may be there', () => {
  const mapping = compile({ contatto, deceduto }, { skip })

  it('skips the record when it is, by a row that another row leads to', () => {
    const skipped = map(mapping, ['C1', '7'], { contatto: mario, deceduto: { cf: mario.cf } })
    expect(skipped).toMatchObject({ kind: 'skipped', because: skip[0]?.because })
  })

  it('lets the record go when it is not, with one value that says so', () => {
    const mapped = map(mapping, ['C1', '7'], { contatto: mario, deceduto: null })
    expect(mapped.kind === 'notice' && mapped.data.fields).toEqual({
      ...{ cliente: 'C1', numero: '7' },
      contatto: { cf: mario.cf },
      deceduto: { found: false },
    })
  })

  it('says in the texts too whether it is there', () => {
    const body = (it: string) => ({ markdown: { it: `${'Testo di prova. '.repeat(6)}${it}` } })
    const notice = {
      fiscalCode: 'contatto.cf',
      subject: { it: 'Una prova di comunicazione' },
      ...body('{% if altro.found %}noto{% else %}nuovo{% endif %}'),
    }
    const altro = { reference: 'deceduti', by: 'contatto.cf', onMissing: 'empty' }
    const texts = compile({ contatto, altro }, { notice })
    for (const [row, word] of [[{ cf: mario.cf }, 'noto'] as const, [null, 'nuovo'] as const]) {
      const mapped = map(texts, ['C1', '7'], { contatto: mario, altro: row })
      if (mapped.kind !== 'notice') throw new Error(mapped.kind)
      expect(mapped.payloads[0]?.it?.content.markdown).toContain(word)
      expect(texts.payloads(mapped.data, 0)).toEqual(mapped.payloads[0])
    }
  })

  it('is not looked for when what leads to it is missing: that alone is said', () => {
    expect(codesOf(map(mapping, ['C1', '7'], {}))).toEqual(['REC_LOOKUP_MISSING'])
    expect(codesOf(map(mapping, ['', '7'], {}))).toEqual(['REC_FIELD_MISSING'])
  })

  it('is fetched after the one that leads to it, in whatever order they are declared', () => {
    const names = compile({ deceduto, contatto }, { skip }).lookups.map(({ name }) => name)
    expect(names).toEqual(['contatto', 'deceduto'])
  })
})

describe('a lookup that is waited for', () => {
  const waiting = { contatto: { ...contatto, onMissing: 'wait' } }
  const mapping = compile(waiting)
  const waits = [{ lookup: 'contatto', reference: 'contatti', key: 'C1', hours: 72 }]

  it('lets a record wait that is good otherwise, three days unless the mapping says', () => {
    expect(map(mapping, ['C1', '7'], {})).toEqual({
      ...{ kind: 'waiting', line: 2, record: 1, key: '7', waits },
    })
    const brief = compile({ contatto: { ...waiting.contatto, waitHours: 5 } })
    const mapped = map(brief, ['C1', '7'], {})
    expect(mapped.kind === 'waiting' && mapped.waits[0]?.hours).toBe(5)
  })

  it('refuses the record when the time is over', () => {
    const isOver = (hours: number) => hours <= 72
    const over = map(mapping, ['C1', '7'], {}, { ...nothingElse, isOver })
    expect(codesOf(over)).toEqual(['REC_LOOKUP_MISSING'])
  })

  it('waits for nothing without a key, or beside what is wrong already', () => {
    expect(codesOf(map(mapping, ['', '7'], {}))).toEqual(['REC_FIELD_MISSING'])
    expect(codesOf(map(mapping, ['C1', ''], {}))).toEqual(['REC_FIELD_MISSING'])
  })

  it('does not skip by a row that nobody knows yet', () => {
    const both = compile({ ...waiting, deceduto }, { skip })
    expect(map(both, ['C1', '7'], { deceduto: { cf: mario.cf } }).kind).toBe('waiting')
  })

  it('skips at once by what is known, whatever it waits for', () => {
    const when = [{ when: 'numero == "7"', because: 'di prova' }]
    expect(map(compile(waiting, { skip: when }), ['C1', '7'], {}).kind).toBe('skipped')
  })
})

describe('the key of a reference', () => {
  const table = (name: keyof typeof references) => {
    const { mapping } = compileMapping(name, references[name], { references: {} })
    return mapping as CompiledReference
  }
  const keyOf = (name: keyof typeof references, cell: string) => {
    const cells = [cell, mario.cf]
    const row = table(name).read({ line: 2, record: 1, cells, problem: null })
    return row.kind === 'row' ? row.key : row.refusals
  }

  it.each([['00123'], ['123'], ['0000123']])(
    'meets %j when zeros in front do not count',
    (cell) => {
      const mapping = compile({ contatto: { reference: 'sciolti', by: 'cliente' } })
      const { lookups } = mapping.read({ line: 2, record: 1, cells: [cell, '7'], problem: null })
      expect(lookups['contatto']).toBe(keyOf('sciolti', '123'))
      expect(keyOf('sciolti', cell)).toBe('123')
    },
  )

  it('meets other capitals and blanks, and keeps what differs apart', () => {
    expect(keyOf('sciolti', 'ab  c')).toBe(keyOf('sciolti', ' AB C'))
    expect(keyOf('sciolti', 'ABC')).not.toBe(keyOf('sciolti', 'AB C'))
    expect(keyOf('sciolti', '000')).toBe('0')
  })

  it('is compared as it stands unless the reference says otherwise', () => {
    expect(keyOf('contatti', '00123')).toBe('00123')
  })
})

describe('what is wrong with lookups', () => {
  const messagesOf = (lookups: object) => faultsOf(lookups).faults.map(({ message }) => message)

  it.each([
    [{ contatto: { ...contatto, waitHours: 3 } }, 'hours of a lookup that does not wait'],
    [{ contatto, altro: { reference: 'strani', by: 'cliente' } }, 'strani has a field named found'],
    [{ contatto, altro: { ...deceduto, by: 'contatto.nulla' } }, 'unknown field contatto.nulla'],
    [
      { contatto, altro: { ...deceduto, by: 'contatto.cliente' } },
      'contatto.cliente is of type text, the key of deceduti of type fiscalCode',
    ],
    [
      { contatto: { ...contatto, by: 'altro.cliente' }, altro: { ...contatto, by: 'contatto.cf' } },
      'lookups that need each other’s row',
    ],
  ])('is said: %j', (lookups, message) => {
    expect(messagesOf(lookups)).toContain(message)
  })

  it('is not that a lookup is waited for a time of its own', () => {
    expect(messagesOf({ contatto: { ...contatto, onMissing: 'wait', waitHours: 3 } })).toEqual([])
  })
})

describe('a looked-up field that no text uses', () => {
  const pec = reference('cliente', { ...people, pec: text('P'), tel: text('T') })
  const rows = { contatto: { ...mario, pec: 'mario@pec.example', tel: '040' } }
  const kept = (keep: object) => {
    const spec = { lookups: { contatto: { reference: 'pec', by: 'cliente' } }, ...keep }
    const { mapping, faults } = faultsOf(spec.lookups, keep, { ...references, pec })
    if (mapping === null) throw new Error(JSON.stringify(faults))
    const mapped = map(mapping, ['C1', '7'], rows)
    return mapped.kind === 'notice' ? mapped.data.fields['contatto'] : mapped
  }

  it('is kept with the notice only where the mapping says so', () => {
    expect(kept({})).toEqual({ cf: mario.cf })
    expect(kept({ keep: ['contatto.pec'] })).toEqual({ cf: mario.cf, pec: 'mario@pec.example' })
  })

  it('and is not there is a fault at its place', () => {
    const { faults } = faultsOf({ contatto }, { keep: ['numero', 'contatto.pec'] })
    expect(faults).toMatchObject([{ path: ['keep', 1], message: 'unknown field contatto.pec' }])
  })
})
