// Which column of a sample each field of a ready-made mapping takes: by its name, by what it is
// for, by what a person said; never two fields one column, but where the mapping has it so.
import { describe, expect, it } from 'vitest'
import { fitColumns } from '../../../src/mapping/guess/fit-columns.ts'
import { guessRoles } from '../../../src/mapping/guess/roles.ts'
import type { Column } from '../../../src/mapping/guess/table.ts'
import { typedColumns } from '../../../src/mapping/guess/typed-column.ts'
import { NoticeMapping } from '../../../src/mapping/spec.ts'

const spec = NoticeMapping.parse({
  shape: 'notice',
  series: 'x',
  record: {
    format: 'csv',
    fields: {
      documento: { column: 'DOCUMENTO', type: 'text' },
      codice_fiscale: { column: 'CODICE_FISCALE', type: 'fiscalCode' },
      rata: { column: 'RATA', type: 'integer' },
      numero_rate: { column: 'NUMERO_RATE', type: 'integer', optional: true },
      importo: { column: 'IMPORTO', type: 'euro', decimals: 'comma' },
      indirizzo: { column: 'INDIRIZZO', type: 'text', optional: true },
      indirizzo_breve: { column: 'INDIRIZZO', type: 'text', optional: true },
    },
  },
  key: ['documento', 'rata'],
  notice: {
    fiscalCode: 'codice_fiscale',
    subject: { it: 'Un avviso per te' },
    markdown: { it: 'x'.repeat(100) },
  },
})

const samples: Record<string, string[]> = {
  fiscal: ['DNTCBB60P17Z999T', 'FNTCBB61R58Z999L'],
  euro: ['246,00', '80,50'],
  count: ['0', '1'],
  text: ['A-1', 'B-2'],
}

function fitted(columns: Record<string, string>, said: Record<string, string> = {}) {
  const table = Object.entries(columns).map(([label, kind]): Column => {
    return { label, place: label, values: samples[kind] ?? [] }
  })
  const typed = typedColumns({ columns: table, records: 2 }, {})
  const roles = guessRoles(typed, { shape: 'notice' })
  const all = fitColumns(spec, typed, roles, new Map(Object.entries(said)))
  const taken = [...all.columns].map(([field, { label }]) => [field, label])
  return { ...all, taken: Object.fromEntries(taken) }
}

describe('the columns of a sample', () => {
  it('are taken by a name that is nearly their own before one that looks like an amount', () => {
    const found = fitted({
      ...{ DOCUMENTO: 'text', CF: 'fiscal', N_RATA: 'count', TOT_RATE: 'euro' },
      ...{ IMPORTO_EURO: 'euro' },
    })
    expect(found.taken).toMatchObject({ importo: 'IMPORTO_EURO', rata: 'N_RATA' })
    expect(found.unused.map(({ label }) => label)).toEqual(['TOT_RATE'])
  })

  it('are not taken for a word that stands before anything', () => {
    const found = fitted({ NUM_AVVISO: 'count', CF: 'fiscal', RATA: 'count', IMPORTO: 'euro' })
    expect(found.missing).toEqual(['documento'])
    expect(found.unused.map(({ label }) => label)).toEqual(['NUM_AVVISO'])
  })

  it('are taken by their own names, whatever their letters and marks', () => {
    const found = fitted({
      ...{ documento: 'text', 'Codice fiscale': 'fiscal', rata: 'count', importo: 'euro' },
      ...{ numeroRate: 'count', INDIRIZZO: 'text' },
    })
    expect(found.taken).toEqual({
      ...{ documento: 'documento', codice_fiscale: 'Codice fiscale', rata: 'rata' },
      ...{ importo: 'importo', numero_rate: 'numeroRate' },
      ...{ indirizzo: 'INDIRIZZO', indirizzo_breve: 'INDIRIZZO' },
    })
    expect(found).toMatchObject({ missing: [], absent: [], unused: [] })
  })

  it('go first to the fields that must have one', () => {
    const found = fitted({ NumDoc: 'text', CF: 'fiscal', NumRata: 'count', Totale: 'euro' })
    expect(found.taken).toEqual({
      ...{ documento: 'NumDoc', codice_fiscale: 'CF', rata: 'NumRata', importo: 'Totale' },
    })
    expect(found.absent).toEqual(['numero_rate', 'indirizzo', 'indirizzo_breve'])
  })

  it('go where a person says', () => {
    const found = fitted({ Q: 'text', CF: 'fiscal', Z: 'count', Totale: 'euro' }, { rata: 'Z' })
    expect(found.taken).toMatchObject({ rata: 'Z' })
    expect(found.missing).toEqual(['documento'])
    expect(found.unused.map(({ label }) => label)).toEqual(['Q'])
    expect(() => fitted({ Q: 'text' }, { rata: 'W' })).toThrow('there is no column W')
  })

  it('never feed an amount or a fiscal code with values of another form', () => {
    const found = fitted({ IMPORTO: 'text', CODICE_FISCALE: 'text' })
    expect(found.missing).toEqual(['documento', 'codice_fiscale', 'rata', 'importo'])
  })

  it('may be none for a field, which is then asked for no more', () => {
    const columns = { DOCUMENTO: 'text', CF: 'fiscal', IMPORTO: 'euro' }
    expect(fitted(columns).missing).toEqual(['rata'])
    const found = fitted(columns, { rata: 'none' })
    expect(found).toMatchObject({ missing: [], waived: ['rata'] })
    expect(found.absent).toContain('rata')
  })
})
