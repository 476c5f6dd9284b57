// A mail read in pieces: the same facts however it is cut, and never more than the bounds allow.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attached, envelopeOf, joined, mailOf } from '../../test/fakes/mails.ts'
import { findHeader } from './mail-headers.ts'
import { scanMail } from './mail-scan.ts'

const bounds = { maximumParts: 10, maximumDepth: 5 }

function scanOf(mail: Uint8Array, cuts: number[] = []) {
  const scan = scanMail(bounds)
  const places = [0, ...cuts.map((cut) => cut % (mail.length + 1)).sort((a, b) => a - b)]
  for (const [index, place] of places.entries()) {
    scan.write(mail.subarray(place, places[index + 1] ?? mail.length))
  }
  return scan.end()
}

const faultOf = (mail: Uint8Array) => {
  const scanned = scanOf(mail)
  return 'fault' in scanned ? scanned.fault : null
}
const mixed = { 'Content-Type': 'multipart/mixed; boundary="a b"' }
const part = 'Content-Type: text/plain\r\n\r\nx'
const bounced = `Content-Type: multipart/mixed; boundary="q"\r\n\r\ncut short`
const nested = (levels: number): string => {
  if (levels === 0) return part
  const inside = joined(`b${levels}`, [nested(levels - 1)])
  return `Content-Type: multipart/mixed; boundary=b${levels}\r\n\r\n${inside}`
}

describe('a mail that is read in pieces', () => {
  it('gives the same facts wherever it is cut', () => {
    const sent = mailOf({ 'Message-ID': '<x@y.example>', Subject: 'a\r\n folded' })
    const mails = [envelopeOf(sent), mailOf(mixed, joined('a b', [part, part])), sent]
    fc.assert(
      fc.property(
        fc.constantFrom(...mails),
        fc.array(fc.nat(), { maxLength: 40 }),
        (mail, cuts) => {
          expect(scanOf(mail, cuts)).toEqual(scanOf(mail))
        },
      ),
    )
  })

  it('is never a fault of the program, whatever its bytes are', () => {
    const piece = fc.constantFrom(
      ...[
        '\n',
        '\r\n',
        '--a b',
        '--a b--',
        'Content-Type: ',
        'multipart/mixed',
        '; boundary="a b"',
      ],
      ...[
        'message/rfc822',
        '\r\n\r\n',
        'From ',
        ' ',
        ':',
        '"',
        'x',
        '\0',
        '\u00e8',
        'name=daticert.xml',
      ],
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const mail = Buffer.from(pieces.join(''))
        const scanned = scanOf(mail)
        if (!('fault' in scanned)) expect(scanned.bytes).toBe(mail.length)
      }),
      { numRuns: 1000 },
    )
  })

  it('has a digest of all its bytes', () => {
    const mail = mailOf({ Subject: 'x' }, 'y')
    const digest = createHash('sha256').update(mail).digest('hex')
    expect(scanOf(mail)).toMatchObject({ digest, bytes: mail.length })
  })

  it('has headers after blank lines and the line of a mailbox file, folded or not', () => {
    const mail = Buffer.from(
      '\r\n\nFrom a@b Mon Mar  1 2026\nSubject: one\n  two\nX-A : 1\n\nSubject: no',
    )
    const scanned = scanOf(mail)
    const headers = 'fault' in scanned ? [] : scanned.headers
    expect(headers.map(({ name, value }) => [name, value])).toEqual([
      ['subject', 'one two'],
      ['x-a', '1'],
    ])
    expect(findHeader(headers, 'subject')).toBe('one two')
  })

  const neverComes = 'has parts, and what divides them never comes'
  const doesNotSay = 'has parts, and does not say what divides them'
  const headers = 'has headers of more than 1048576 bytes'
  const returned = joined('a b', [attached('m', 'message/rfc822', bounced)])
  it.each([
    ['as many parts as are allowed', null, mailOf(mixed, joined('a b', Array(9).fill(part)))],
    ['a part more', 'has more than 10 parts', mailOf(mixed, joined('a b', Array(10).fill(part)))],
    ['as many levels as are allowed', null, Buffer.from(nested(5))],
    ['a level more', 'is nested more than 5 times', Buffer.from(nested(6))],
    ['a boundary that never comes', neverComes, mailOf(mixed, 'x')],
    ['no boundary', doesNotSay, mailOf({ 'Content-Type': 'multipart/x' }, '')],
    ['no last boundary', null, mailOf(mixed, `--a b\r\n${part}\r\n`)],
    ['a returned mail that is cut short', null, mailOf(mixed, returned)],
    ['1 MB of headers in one line', headers, mailOf({ X: 'x'.repeat(2 ** 20) })],
    ['1 MB of headers in many lines', headers, mailOf({ X: 'x\r\n y'.repeat(2 ** 18) })],
  ])('that has %s: %s', (_, fault, mail) => {
    expect(faultOf(mail)).toBe(fault)
  })

  it('ends a part that it looks into where the next one begins', () => {
    const inside = attached('daticert.xml', 'application/xml', '<dati/>')
    const scanned = scanOf(mailOf(mixed, joined('a b', [inside, part, part])))
    expect(scanned).toMatchObject({ certificate: '<dati/>\n' })
  })

  it('keeps of a part that it looks into no more than its beginning', () => {
    const certificate = `<identificativo>a</identificativo>${'x'.repeat(500_000)}`
    const scanned = scanOf(envelopeOf(mailOf({}), { certificate }))
    const kept = 'fault' in scanned ? '' : (scanned.certificate ?? '')
    expect(kept).toMatch(/^<identificativo>a</)
    expect(kept.length).toBeLessThanOrEqual(130_000)
  })
})
