import { describe, expect, it } from 'vitest'
import { alwaysOpen } from '../../../src/domain/calendar.ts'
import { CaseSpec } from '../../../src/mapping/case-spec.ts'
import {
  type CompiledMapping,
  type CompiledReference,
  compileMapping,
} from '../../../src/mapping/mapping.ts'
import { MappingSpec, type ReferenceMapping } from '../../../src/mapping/spec.ts'
import { AnsweredTable } from '../../../src/mapping/system-lookup.ts'
import type { Difference } from '../../../src/pipeline/map/difference.ts'
import { runRecordCase } from '../../../src/pipeline/map/record-case.ts'
import { judgeRecord } from '../../../src/pipeline/map/record-verdict.ts'

const CODE = 'CBBBBB41B42Z999Z'

const contacts = MappingSpec.parse({
  shape: 'reference',
  key: 'cliente',
  record: {
    format: 'csv',
    fields: {
      cliente: { column: 'C', type: 'text' },
      cf: { column: 'F', type: 'fiscalCode' },
      dal: { column: 'D', type: 'date', formats: ['dd/MM/yyyy'], optional: true },
    },
  },
}) as ReferenceMapping

const bills = {
  shape: 'notice',
  series: 'prova',
  record: {
    format: 'csv',
    fields: {
      numero: { column: 'N', type: 'text' },
      cliente: { column: 'C', type: 'text', optional: true },
      importo: { column: 'I', type: 'euro', decimals: 'comma' },
      avviso: { column: 'A', type: 'noticeNumber' },
      scadenza: { column: 'S', type: 'date', formats: ['dd/MM/yyyy'] },
    },
  },
  lookups: { contatto: { reference: 'contatti', by: 'cliente' } },
  skip: [{ when: 'importo == 0', because: 'niente da pagare' }],
  key: ['numero'],
  notice: {
    fiscalCode: 'contatto.cf',
    subject: { it: 'La bolletta numero {{ numero }} è pronta' },
    markdown: {
      it:
        'La bolletta **{{ numero }}** di {{ importo | euro }} è pronta. ' +
        'Cliente dal {{ contatto.dal | date_it }}. Si può pagare dall’app, in banca o alla posta.',
    },
    dueDate: 'scadenza',
    payment: { noticeNumber: 'avviso', amount: 'importo' },
  },
}

function compiled(spec: object): CompiledMapping {
  const references = { contatti: contacts }
  const { mapping, faults } = compileMapping('prova', MappingSpec.parse(spec), { references })
  if (mapping === null) throw new Error(JSON.stringify(faults))
  return mapping
}

const references = new Map([['contatti', compiled(contacts) as CompiledReference]])
const options = {
  institution: 'ente',
  testers: new Set<string>(),
  calendar: alwaysOpen('Europe/Rome'),
  language: 'it',
  now: Temporal.Instant.from('2026-01-01T08:00:00Z'),
} as const

const good = {
  numero: '12',
  cliente: 'C1',
  importo: '1.024,50',
  avviso: '302000000000000121',
  scadenza: '31/10/2026',
}

/** What a case says of a record: nothing when it is as expected. */
async function said(expected: object, record: object, more: object = {}, spec: object = bills) {
  const given = CaseSpec.parse({ name: 'prova', record, expect: expected, ...more })
  const now = Temporal.Instant.from(given.now ?? '2026-01-01T08:00:00Z')
  const ran = await runRecordCase(given, compiled(spec), references, { ...options, now })
  if ('fault' in ran) return ran.fault
  const { calendar } = options
  return judgeRecord(given.expect, ran.record, { now, zone: calendar.zone }).map(
    ({ path, expected: wanted, actual }: Difference) =>
      `${path}: ${JSON.stringify(wanted)} → ${JSON.stringify(actual)}`,
  )
}

const row = { lookups: { contatto: { cf: CODE, dal: '01/02/2003' } } }

describe('the record of a case', () => {
  it('is mapped with the rows that the case gives, typed as the reference reads them', async () => {
    const expected = {
      key: '12',
      fiscalCode: CODE,
      subject: 'La bolletta numero 12 è pronta',
      markdownContains: ['**12**', '1.024,50 €', 'Cliente dal 1 febbraio 2003'],
      amountCents: 102450,
      noticeNumber: '302000000000000121',
      messages: 1,
      warnings: [],
    }
    expect(await said(expected, good, row)).toEqual([])
    expect(await said({ dueDate: '2026-10-31' }, good, row)).toEqual([])
    expect(await said({ dueDate: '2026-10-31T22:59:59Z' }, good, row)).toEqual([])
  })

  it('finds no row that the case does not give', async () => {
    expect(await said({ refused: ['REC_LOOKUP_MISSING'] }, good)).toEqual([])
    const { cliente: _, ...anonymous } = good
    expect(await said({ refused: ['REC_FIELD_MISSING'] }, anonymous, row)).toEqual([])
  })

  it('whose row the reference refuses says so, instead of a puzzle', async () => {
    const wrong = { lookups: { contatto: { cf: 'X' } } }
    const fault = 'the row of the lookup contatto is refused: REC_FISCAL_CODE_FORM cf: «X»'
    expect(await said({ refused: ['REC_LOOKUP_MISSING'] }, good, wrong)).toContain(fault)
  })

  it('that becomes something else is said with its reasons', async () => {
    const words = { ...good, importo: 'dieci euro' }
    const [difference, more] = await said({ amountCents: 1000, messages: 1 }, words, row)
    expect(more).toBeUndefined()
    expect(difference).toContain('{"amountCents":1000,"messages":1} → "refused: REC_AMOUNT_FORM')
    expect(await said({ skipped: 'niente da pagare' }, { ...good, importo: '0,00' }, row)).toEqual(
      [],
    )
    expect(await said({ refused: ['REC_AMOUNT_FORM'] }, good, row)).toEqual([
      ': {"refused":["REC_AMOUNT_FORM"]} → "a notice with 1 messages"',
    ])
  })

  it('differs in every value that is not as expected, and only in those', async () => {
    const expected = {
      subject: 'Un altro titolo',
      amountCents: 102450,
      markdownContains: ['**12**', 'in contanti'],
      dueDate: '2026-11-01',
    }
    const differences = await said(expected, good, row)
    expect(differences).toEqual([
      'subject: "Un altro titolo" → "La bolletta numero 12 è pronta"',
      expect.stringMatching(/^markdownContains: "in contanti" → "La bolletta/),
      'dueDate: "2026-11-01" → "2026-10-31"',
    ])
  })

  describe('with reminders', () => {
    const reminded = {
      ...bills,
      group: 'cliente',
      single: "numero == '12'",
      facets: { customer: 'cliente' },
      reminders: [
        {
          at: '-7d 09:30',
          subject: { it: 'La bolletta scade fra una settimana' },
          markdown: {
            it: `Mancano sette giorni per pagare {{ importo | euro }}. ${'x'.repeat(80)}`,
          },
        },
        {
          at: '-1d 18:00',
          subject: { it: 'La bolletta scade domani' },
          markdown: { it: `Domani è l’ultimo giorno. ${'x'.repeat(80)}` },
        },
      ],
    }
    const judged = (expected: object, more: object = {}) =>
      said(expected, good, { ...row, ...more }, reminded)

    it('says when each message leaves, in local time', async () => {
      const planned = ['now', '2026-10-24T09:30', '2026-10-30T18:00']
      expect(await judged({ planned })).toEqual([])
      expect(await judged({ planned: ['now', '2026-10-24T09:30'] })).toEqual([
        'planned: ["now","2026-10-24T09:30"] → ["now","2026-10-24T09:30","2026-10-30T18:00"]',
      ])
    })

    it('expects them all in order, each as far as it is described', async () => {
      const first = { subject: 'La bolletta scade fra una settimana', markdownContains: ['sette'] }
      const second = { payload: { content: { payment_data: { amount: 102450 } } } }
      expect(await judged({ reminders: [first, second] })).toEqual([])
      expect(await judged({ reminders: [{}, {}] })).toEqual([])
      expect(await judged({ reminders: [first] })).toEqual([
        'reminders: ["La bolletta scade fra una settimana"] → ' +
          '["La bolletta scade fra una settimana","La bolletta scade domani"]',
      ])
      expect(await judged({ reminders: [{}, { ...first, ...second }] })).toEqual([
        'reminders[1].subject: "La bolletta scade fra una settimana" → "La bolletta scade domani"',
        expect.stringMatching(/^reminders\[1\]\.markdownContains: "sette" → "Domani/),
      ])
    })

    it('compares of a payload what is named, and null with what is not there', async () => {
      const named = (payment_data: object | null, more: object = {}) => ({
        payload: { content: { payment_data, ...more } },
      })
      expect(await judged(named({ invalid_after_due_date: false, payee: null }))).toEqual([])
      expect(await judged({ payload: { feature_level_type: null } })).toEqual([])
      expect(await judged(named({ payee: { fiscal_code: '1' }, amount: 1 }))).toEqual([
        'payload.content.payment_data.amount: 1 → 102450',
        'payload.content.payment_data.payee: {"fiscal_code":"1"} → undefined',
      ])
      expect(await judged(named(null, { due_date: '2026-10-31T22:59:59Z' }))).toEqual([
        expect.stringMatching(/^payload\.content\.payment_data: null → \{"amount":102450/),
      ])
    })

    it('takes no payload that names nothing for an expectation', () => {
      for (const empty of ['payload', 'facets', 'otherLanguages']) {
        const given = { name: 'x', record: good, expect: { [empty]: {} } }
        expect(CaseSpec.safeParse(given).success).toBe(false)
      }
    })

    it('says what other languages of the mapping read', async () => {
      const both = structuredClone(reminded)
      Object.assign(both.notice.subject, { en: 'Bill number {{ numero }} is ready' })
      Object.assign(both.notice.markdown, {
        en: `Pay {{ importo | euro_first }} now. ${'x'.repeat(60)}`,
      })
      for (const { subject, markdown } of both.reminders) {
        Object.assign(subject, { en: 'Your bill is due soon' })
        Object.assign(markdown, { en: `It is due soon. ${'x'.repeat(80)}` })
      }
      const judgedEn = (en: object) => said({ otherLanguages: { en } }, good, row, both)
      const reminder = { markdownContains: ['due soon'] }
      const subject = 'Bill number 12 is ready'
      expect(await judgedEn({ subject, reminders: [reminder, reminder] })).toEqual([])
      expect(await judgedEn({ subject: 'Another', reminders: [{}] })).toEqual([
        'otherLanguages.en.subject: "Another" → "Bill number 12 is ready"',
        expect.stringMatching(/^otherLanguages\.en\.reminders: /),
      ])
      expect(await said({ otherLanguages: { de: { subject } } }, good, row, both)).toEqual([
        expect.stringContaining('"no message in this language"'),
      ])
    })

    it('says the group, whether it is asked for at once, and what it is found by', async () => {
      const data = { group: 'C1', single: true, facets: { customer: 'C1', document: null } }
      expect(await judged(data)).toEqual([])
      expect(await judged({ group: null, facets: { emission: 'x' } })).toEqual([
        'group: null → "C1"',
        'facets.emission: "x" → null',
      ])
    })

    it('counts none of those whose day has passed', async () => {
      const now = { now: '2026-10-25T08:00:00Z' }
      const options = { planned: ['now', '2026-10-30T18:00'], reminders: [{}] }
      expect(await judged(options, now)).toEqual([])
    })
  })

  it('of a reference becomes its row, of which some values are named', async () => {
    const record = { cliente: ' C1', cf: CODE.toLowerCase(), dal: '01/02/2003' }
    expect(await said({ key: 'C1', row: { dal: '2003-02-01' } }, record, {}, contacts)).toEqual([])
    expect(await said({ row: { cf: 'X', dal: '2003-02-01' } }, record, {}, contacts)).toEqual([
      `row.cf: "X" → "${CODE}"`,
    ])
    expect(await said({ refused: ['REC_FIELD_MISSING'] }, { cliente: 'C1' }, {}, contacts)).toEqual(
      [],
    )
  })

  it('of a settlement says what it closes', async () => {
    const settlement = {
      shape: 'settlement',
      series: 'prova',
      key: ['numero'],
      as: 'cancelled',
      record: { format: 'csv', fields: { numero: { column: 'N', type: 'text' } } },
    }
    expect(await said({ key: '12', closes: 'cancelled' }, good, {}, settlement)).toEqual([])
    expect(await said({ closes: 'settled' }, good, {}, settlement)).toEqual([
      'closes: "settled" → "cancelled"',
    ])
  })
})

describe('a case of a mapping that asks a system', () => {
  const systems = {
    anpr: AnsweredTable.parse({ fields: { in_vita: { column: 'inVita', type: 'boolean' } } }),
  }
  const spec = MappingSpec.parse({
    ...bills,
    lookups: { ...bills.lookups, vita: { system: 'anpr', by: 'contatto.cf', onMissing: 'empty' } },
    skip: [{ when: 'vita.in_vita == false', because: 'deceduto' }],
  })
  const { mapping } = compileMapping('prova', spec, { references: { contatti: contacts }, systems })

  async function outcomeOf(vita: object | null, unanswered: string[] = []): Promise<string> {
    const lookups = { ...row.lookups, ...(vita && { vita }) }
    const given = { name: 'x', record: good, expect: { key: '12' }, lookups, unanswered }
    const ran = await runRecordCase(CaseSpec.parse(given), mapping!, references, options)
    return 'fault' in ran ? ran.fault : (Object.keys(ran.record)[2] ?? '')
  }

  it('gives its answers by field; one that is left out is that there is nothing', async () => {
    expect(await outcomeOf({ in_vita: 'S' })).toBe('messages')
    expect(await outcomeOf({ in_vita: 'N' })).toBe('skipped')
    expect(await outcomeOf(null)).toBe('messages')
    expect(await outcomeOf({ in_vita: 'forse' })).toContain('in_vita cannot be read')
  })

  it('says which systems do not answer: their record waits', async () => {
    expect(await outcomeOf(null, ['vita'])).toBe('waiting')
  })
})
