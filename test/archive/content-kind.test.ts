// What contents are told to be by how they begin; names are never asked.
import { describe, expect, it } from 'vitest'
import { zipOf } from '../../scripts/zip-writer.ts'
import { kindOf } from '../../src/archive/content-kind.ts'
import { envelopeOf } from './given.ts'

function zip(name: string) {
  return zipOf([{ name, bytes: Buffer.from('x') }])
}

describe('the kind of a content', () => {
  const cases: [string, Uint8Array | string, string][] = [
    ['nothing', '', 'text'],
    ['a CSV', 'A;B\r\n1;2\r\n', 'text'],
    ['a CSV of windows-1252', Buffer.from('A;Città\n', 'latin1'), 'text'],
    ['a CSV of UTF-16 with a mark', Buffer.from('\ufeffA;B\n1;2\n', 'utf16le'), 'text'],
    ['a CSV of UTF-16 without one', Buffer.from('A;B\n1;2\n', 'utf16le'), 'text'],
    [
      'a CSV of UTF-16 with characters half of which are control bytes',
      Buffer.from('\ufeffA;B\nD’ANGELO;€ 1\n', 'utf16le'),
      'text',
    ],
    [
      'the same of big-endian UTF-16, without a mark',
      Buffer.from('A;B\nD’ANGELO;€ 1\n', 'utf16le').swap16(),
      'text',
    ],
    ['a CSV with the end of MS-DOS', 'A;B\r\n1;2\r\n\x1a', 'text'],
    ['a CSV whose header looks like one of a mail', 'From;To\r\na;b\r\n', 'text'],
    ['a text of labels', 'Codice fiscale: X\nFrom: y\n', 'text'],
    ['a text that begins with M', 'MARIO;ROSSI;VIA DEGLI ESEMPI;NESSUN COMUNE;01\n', 'text'],
    ['a fixed-width flow', ' IM01234567890000000000000\r\n', 'text'],
    ['an XML', '<?xml version="1.0"?><a/>', 'xml'],
    ['an XML after a mark and blank lines', '\ufeff\r\n <a/>', 'xml'],
    ['an XML of UTF-16', Buffer.from('\ufeff<a/>', 'utf16le'), 'xml'],
    ['a JSON object', ' {"a":1}', 'json'],
    ['a JSON list', '[1]', 'json'],
    ['a ZIP', zip('a.csv'), 'zip'],
    ['an empty ZIP', zipOf([]), 'zip'],
    ['a workbook', zip('[Content_Types].xml'), 'office'],
    ['a workbook that begins with a sheet', zip('xl/worksheets/sheet1.xml'), 'office'],
    ['a workbook of LibreOffice', zip('mimetype'), 'office'],
    ['a ZIP with a file of nearly that name', zip('mimetypes.csv'), 'zip'],
    ['a gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0]), 'gzip'],
    ['an envelope', envelopeOf('x'), 'signed'],
    ['another sequence of ASN.1', Buffer.from([0x30, 3, 2, 1, 1]), 'other'],
    ['a PDF', '%PDF-1.7\n', 'pdf'],
    [
      'an image',
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]),
      'other',
    ],
    ['a mail', 'Received: from a\r\n by b\r\nSubject: c\r\n\r\nd', 'mail'],
    ['a mail with blank lines before it', '\r\n\r\nFrom: a@b.example\r\n\r\nd', 'mail'],
    ['a mail out of a mailbox', 'From a@b Mon Mar  1\nSubject: c\nFrom: a@b\n\nd', 'mail'],
    ['a mail of headers alone', 'From: a@b.example\r\nSubject: c\r\n', 'mail'],
    ['a mail whose headers are long', `From: a@b.example\nX-A: ${'b'.repeat(5000)}`, 'mail'],
  ]
  it.each(cases)('is known of %s', (_, content, kind) => {
    expect(kindOf(Buffer.from(content).subarray(0, 4096))).toBe(kind)
  })
})
