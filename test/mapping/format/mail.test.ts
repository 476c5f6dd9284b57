// A mail as a record: the places that a mapping can name, and the labels in its text as people and
// programs write them.
import { describe, expect, it } from 'vitest'
import { createFaults } from '../../../src/mapping/fault.ts'
import { checkFormat } from '../../../src/mapping/format/format-check.ts'
import { isMailColumn, type MailRecord } from '../../../src/mapping/format/mail.ts'
import { readPart, recordSpec } from '../reading.ts'

const mail: MailRecord = {
  subject: 'Scadenza',
  from: 'ufficio@comune.example',
  to: 'compiti@comune.example',
  date: '2027-03-01T08:00:00Z',
  messageId: 'uno@comune.example',
  text: '',
  richText: '',
  headers: { 'x-ufficio': 'tributi' },
}

/** The cell of a column, or the code of the refusal. */
function cell(column: string | string[], text: string): string | undefined {
  const spec = recordSpec({ format: 'mail', fields: { a: { column, type: 'text' } } })
  const { records, error } = readPart(spec, JSON.stringify({ ...mail, text }), 7)
  expect(error).toBeNull()
  expect(records).toHaveLength(1)
  return records[0]?.problem?.code ?? records[0]?.cells[0]
}

describe('a mail as a record', () => {
  it('is one record, and a part of no bytes none', () => {
    const spec = recordSpec({ format: 'mail', fields: { a: { column: 'subject', type: 'text' } } })
    expect(readPart(spec, JSON.stringify(mail)).records).toEqual([
      { line: 1, record: 1, cells: ['Scadenza'], problem: null },
    ])
    expect(readPart(spec, '').records).toEqual([])
  })
  const places: [string | string[], string][] = [
    ['subject', 'Scadenza'],
    ['from', 'ufficio@comune.example'],
    ['to', 'compiti@comune.example'],
    ['date', '2027-03-01T08:00:00Z'],
    ['messageId', 'uno@comune.example'],
    ['text', 'a'],
    ['header.X-Ufficio', 'tributi'],
    ['header.x-altro', ''],
    ['header.constructor', ''],
    [['header.X-Altro', 'header.X-UFFICIO'], 'tributi'],
  ]
  it.each(places)('has what stands in %s', (column, value) => {
    expect(cell(column, 'a')).toBe(value)
  })
  it('knows what may be named', () => {
    const good = ['subject', 'header.X-A', 'label.Codice fiscale']
    const bad = ['Subject', 'header.', 'label. ', 'labels.a', 'body', '']
    expect([...good, ...bad].filter(isMailColumn)).toEqual(good)
  })
})

describe('a mail with HTML beside its text', () => {
  const fields = { a: { column: 'label.Pratica', type: 'text' } }
  const read = (text: string, richText: string) => {
    const given = JSON.stringify({ ...mail, text, richText })
    return readPart(recordSpec({ format: 'mail', fields }), given).records[0]?.cells[0]
  }

  it('has labels of the one for those that are not in the other', () => {
    expect(read('Il programma non mostra HTML.', 'Pratica: 7')).toBe('7')
    expect(read('Pratica: 8', 'Pratica: 7')).toBe('8')
  })
})

describe('a mapping of mails', () => {
  const faultsOf = (column: unknown) => {
    const faults = createFaults()
    checkFormat(recordSpec({ format: 'mail', fields: { a: { column, type: 'text' } } }), faults)
    return faults.list.map(({ path, message }) => `${path.join('.')}: ${message}`)
  }
  it.each([['subject'], [['label.CF', 'header.X-CF']]])('may name %s', (column) => {
    expect(faultsOf(column)).toEqual([])
  })
  it.each([['oggetto'], [3], [['subject', 'x']], [{ start: 1, length: 2 }]])(
    'may not name %s',
    (column) => {
      const message = 'record.fields.a.column: the column of a is nothing that a mail has'
      expect(faultsOf(column)).toEqual([message])
    },
  )
})

describe('a label in the text', () => {
  const texts: [string, string, string][] = [
    ['on a line', 'Importo: 10,00', '10,00'],
    ['in any case, with blanks', 'x\r\n  IMPORTO :  10,00  \r\ny', '10,00'],
    ['in a list', '- Importo: 10,00', '10,00'],
    ['cited', '> > Importo: 10,00', '10,00'],
    ['above its value', 'Importo:\n\n10,00', '10,00'],
    ['alone in the cell beside its value', 'Scadenza\n\n01/03/2027\n\nImporto\n\n10,00', '10,00'],
    ['above a value with a sign', 'Importo:\n-10,00', '-10,00'],
    ['that is not there', 'Totale: 10,00', ''],
    ['without a value before another label', 'Importo:\nScadenza: 01/03/2027', ''],
    ['without a value at the end', 'Importo:', ''],
    ['twice with one value', 'Importo: 10,00\nImporto: 10,00', '10,00'],
    ['twice with two values', 'Importo: 10,00\nImporto: 20,00', 'REC_MAIL_LABEL'],
    ['with a colon in its value', 'Importo: ore 10:30', 'ore 10:30'],
    ['that another label begins with', 'Importo totale: 20,00\nImporto: 10,00', '10,00'],
  ]
  it.each(texts)('%s', (_, text, value) => {
    expect(cell('label.Importo', text)).toBe(value)
  })
  it('keeps its accents, however they are encoded', () => {
    expect(cell('label.Città', 'CITTA\u0300: Esempio')).toBe('Esempio')
    expect(cell('label.Città', 'Citta: Esempio')).toBe('')
  })
})
