// Formats other than CSV, understood: fixed width without a known layout, documents, and whatever a
// file may hold that is none of them.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mappingText } from '../../../src/mapping/guess/mapping-text.ts'
import { sentenceOf } from '../../../src/mapping/guess/sentence.ts'
import { GuessError } from '../../../src/mapping/guess/table.ts'
import { understand } from '../../../src/mapping/guess/understanding.ts'
import type { Wishes } from '../../../src/mapping/guess/wishes.ts'

function understood(text: string | Uint8Array, wishes: Wishes = {}) {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  return understand({ bytes, isWhole: true, kind: 'bytes', said: [] }, wishes)
}

function placesOf(text: string, wishes: Wishes = {}) {
  const { fields } = understood(text, wishes)
  return Object.fromEntries(fields.map(({ name, place }) => [name, place]))
}

describe('fixed width', () => {
  const line = (code: string, fiscalCode: string, date: string, cents: string) =>
    `${code.padEnd(10)}${fiscalCode}${date}${cents.padStart(11, '0')}`

  it('without types of lines is cut at the values whose form is beyond doubt', () => {
    const text = [
      line('A-0001', 'PRVPRV80A01H501K', '20271031', '2450'),
      line('A-0002', 'SMPCTD75B41F205R', '20271130', '102407'),
      '',
    ].join('\r\n')
    expect(understood(text).roles).toMatchObject({
      key: ['codice'],
      recipient: 'codice_fiscale',
      due: 'data',
      amount: 'importo',
    })
    expect(placesOf(text)).toMatchObject({
      codice_fiscale: { start: 11, length: 16 },
      data: { start: 27, length: 8 },
      importo: { start: 35, length: 11 },
    })
  })

  it('with a head and a tail begins a record at the lines between them', () => {
    const text = [
      `0ESEMPIO${' '.repeat(40)}`,
      `1${line('A-0001', 'PRVPRV80A01H501K', '20271031', '2450')}`,
      `1${line('A-0002', 'SMPCTD75B41F205R', '20271130', '102407')}`,
      '9000002',
    ].join('\n')
    const { record, records } = understood(text)
    expect(records).toBe(2)
    const keys = Object.fromEntries(record.keys.map(({ name, value }) => [name, value]))
    expect(keys).toMatchObject({
      lineType: { start: 1, length: 1 },
      lines: { 0: 'header', 1: 'start', 9: 'footer' },
    })
  })
})

describe('a document', () => {
  const xml = `<?xml version="1.0"?><d:debiti xmlns:d="urn:x"><ente>Comune</ente>
    <debito id="A1"><cf>PRVPRV80A01H501K</cf><importo>24.50</importo>
      <scadenza>2027-10-31</scadenza><voce>a</voce><voce>b</voce></debito>
    <debito id="A2"><cf>SMPCTD75B41F205R</cf><importo>1024.07</importo>
      <scadenza>2027-10-31</scadenza><voce>c</voce></debito></d:debiti>`

  it('of XML has its records at what repeats, and values above them', () => {
    expect(sentenceOf(understood(xml))).toContain('rows at /debiti/debito, 2 records')
    expect(placesOf(xml)).toEqual({
      id: '@id',
      cf: 'cf',
      importo: 'importo',
      scadenza: 'scadenza',
      ente: '../ente',
    })
  })

  it('leaves out a path that leads to several values', () => {
    expect(mappingText(understood(xml), { name: 'x', series: ['x'] })).not.toContain('voce')
  })

  it('of JSON has its records at the list that holds what is due', () => {
    const rate = (avviso: string) => ({ avviso, importo: '10.00', scadenza: '2027-10-31' })
    const text = JSON.stringify({
      debiti: [
        { cf: 'PRVPRV80A01H501K', rate: ['302000000000000121', '302000000000000131'].map(rate) },
        { cf: 'SMPCTD75B41F205R', rate: ['302000000000000141'].map(rate) },
      ],
    })
    expect(sentenceOf(understood(text))).toContain('rows at debiti.rate, 3 records')
    expect(placesOf(text)).toMatchObject({ cf: '../cf', avviso: 'avviso' })
  })

  it('has its records where a person says', () => {
    expect(() => understood(xml, { rows: '/debiti/credito' })).toThrow('nothing at /debiti/credito')
    const { records } = understood(xml, { rows: 'debito', key: ['@id'] })
    expect(records).toBe(2)
  })

  it('with a DTD or an entity of its own is never expanded', () => {
    const bomb = '<!DOCTYPE a [<!ENTITY b "bbbb">]><a><r><c>&b;</c></r><r><c>&b;</c></r></a>'
    expect(() => understood(bomb)).toThrow(GuessError)
  })
})

describe('any bytes', () => {
  it('are understood, or refused with a message: nothing else happens', () => {
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.string({ unit: 'binary' }).map(Buffer.from),
    )
    fc.assert(
      fc.property(any, (bytes) => {
        try {
          understood(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(GuessError)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('that look like rows are, too', () => {
    const cell = fc.constantFrom(
      '',
      'a',
      '"',
      'CF',
      'IMPORTO',
      '1',
      '1,00',
      '\\"',
      '#',
      '00/00/0000',
    )
    const row = fc.array(cell, { maxLength: 6 }).map((cells) => cells.join(';'))
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
        try {
          understood(rows.join('\n'))
        } catch (error) {
          expect(error).toBeInstanceOf(GuessError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
