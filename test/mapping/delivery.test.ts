// What a record says of its notice beside the data: its end, its day, whether it pays for a group.
import { describe, expect, it } from 'vitest'
import { type CompiledNotice, compileMapping } from '../../src/mapping/mapping.ts'
import { MappingSpec } from '../../src/mapping/spec.ts'

const TESTER = 'AAAAAA00A00A000A'
const long =
  'Questo testo è lungo abbastanza per IO, che ne vuole almeno ottanta caratteri, e ne ha di più.'
const fields = {
  numero: { column: 'N', type: 'text' },
  cf: { column: 'F', type: 'fiscalCode' },
  azione: { column: 'A', type: 'text', optional: true },
  emessa: { column: 'E', type: 'date', formats: ['yyyy-MM-dd'], optional: true },
  rata: { column: 'R', type: 'integer', optional: true },
}

function compile(changes: object) {
  const spec = MappingSpec.parse({
    shape: 'notice',
    series: 'prove',
    record: { format: 'csv', fields },
    key: ['numero'],
    notice: {
      fiscalCode: 'cf',
      subject: { it: 'Avviso numero {{ numero }}' },
      markdown: { it: long },
    },
    ...changes,
  })
  return compileMapping('prove', spec, { references: {} })
}

interface Cells {
  numero?: string
  cf?: string
  azione?: string
  emessa?: string
  rata?: string
}

function map(cells: Cells, changes: object, startsOn: string | null = null) {
  const { mapping, faults } = compile(changes)
  expect(faults).toEqual([])
  const { numero = '7', cf = TESTER, azione = '', emessa = '', rata = '' } = cells
  const raw = { line: 2, record: 1, cells: [numero, cf, azione, emessa, rata], problem: null }
  const notice = mapping as CompiledNotice
  return notice.finish(notice.read(raw), {}, { testers: new Set([TESTER]), startsOn })
}

describe('an action', () => {
  const action = { field: 'azione', settle: ['P'] }

  it.each([
    ['I', 'notice'],
    ['m', 'notice'],
    [' a ', 'ended'],
    ['P', 'ended'],
  ])('is read in capital letters or not, with blanks or not: %j', (azione, kind) => {
    expect(map({ azione }, { action })).toMatchObject({ kind, key: '7' })
  })

  it('ends a notice by the key alone, whatever else the record lacks or has wrong', () => {
    const bare = { azione: 'A', cf: '', emessa: '31/02/2026' }
    expect(map(bare, { action })).toMatchObject({ kind: 'ended', as: 'cancelled' })
    const skip = [{ when: 'azione == "A"', because: 'mai' }]
    expect(map(bare, { action, skip })).toMatchObject({ kind: 'ended' })
  })

  it('ends nothing without a key', () => {
    expect(map({ azione: 'A', numero: '' }, { action })).toMatchObject({
      kind: 'refused',
      refusals: [{ code: 'REC_FIELD_MISSING', field: 'numero' }],
    })
  })

  it.each([
    ['X', 'REC_VALUE_UNKNOWN'],
    ['', 'REC_FIELD_MISSING'],
  ])('that is in no list is refused with everything else: %j', (azione, code) => {
    const mapped = map({ azione, cf: '' }, { action })
    const codes = mapped.kind === 'refused' ? mapped.refusals.map((one) => one.code) : []
    expect(codes).toEqual(['REC_FIELD_MISSING', code])
  })
})

describe('the day of a record', () => {
  const changes = { startsAt: 'emessa' }

  it.each([
    ['2026-02-28', '2026-03-01', 'skipped'],
    ['2026-03-01', '2026-03-01', 'notice'],
    ['', '2026-03-01', 'notice'],
    ['1999-01-01', null, 'notice'],
  ])('skips it from before the feed began: %j and %j', (emessa, startsOn, kind) => {
    expect(map({ emessa }, changes, startsOn)).toMatchObject({ kind })
  })

  it('does not hide that it cannot be read', () => {
    expect(map({ emessa: 'ieri' }, changes, '2026-03-01')).toMatchObject({ kind: 'refused' })
  })
})

describe('the single payment of a group', () => {
  const changes = { group: 'numero', single: 'rata == 0' }

  it('is told by a condition, for the notice and never for its texts’ hash', () => {
    expect(map({ rata: '0' }, changes)).toMatchObject({ data: { single: true } })
    expect(map({ rata: '2' }, changes)).toMatchObject({ data: { single: false } })
    const unsaid = map({ rata: '0' }, { group: 'numero' })
    expect(unsaid.kind === 'notice' && 'single' in unsaid.data).toBe(false)
  })
})

describe('a notice mapping', () => {
  it.each([
    [{ missing: { as: 'settled' } }, 'missing: what is missing in a delta says nothing'],
    [{ single: 'rata == 0' }, 'single: the whole of a group, and there is no group'],
    [{ group: 'numero', single: 'rata = 0' }, 'single: '],
    [{ action: { field: 'rata' } }, 'action.field: rata is of type integer'],
    [{ action: { field: 'azion' } }, 'action.field: unknown field azion'],
    [
      { action: { field: 'azione', modify: ['I'] } },
      'action.modify: "I" is in insert and in modify',
    ],
    [{ startsAt: 'rata' }, 'startsAt: rata is of type integer'],
  ])('says what does not fit together: %j', (changes, fault) => {
    const { mapping, faults } = compile(changes)
    expect(mapping).toBeNull()
    expect(faults.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([
      expect.stringContaining(fault),
    ])
  })
})

describe('a condition for the first message', () => {
  const reminder = {
    at: '-7d 09:30',
    subject: { it: 'Promemoria numero 1' },
    markdown: { it: long },
  }
  const notice = {
    fiscalCode: 'cf',
    subject: { it: 'Avviso numero {{ numero }}' },
    markdown: { it: long },
    dueDate: 'emessa',
  }
  const rules = { firstWhen: 'rata == 0', reminders: [reminder], notice }

  it.each([
    ['0', true],
    ['1', false],
    ['', false],
  ])('says of each record whether it has one: %j', (rata, hasFirst) => {
    expect(map({ rata }, rules)).toMatchObject({ kind: 'notice', hasFirst })
  })

  it('is not needed: without it every notice has one', () => {
    expect(map({}, {})).toMatchObject({ hasFirst: true })
  })

  it('is refused without reminders, since the others would never hear of it', () => {
    expect(compile({ firstWhen: 'rata == 0' }).faults).toMatchObject([
      { code: 'CFG_VALUE', path: ['firstWhen'] },
    ])
  })

  it('is checked against the fields when the mapping is loaded', () => {
    expect(compile({ ...rules, firstWhen: 'rate == 0' }).faults).toMatchObject([
      { code: 'CFG_TEMPLATE', path: ['firstWhen'] },
    ])
  })
})
