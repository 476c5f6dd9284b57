// Signed envelopes in each of the ways in which they are written; and what is none, or cut, or for
// somebody else, refused with a code and never with another error.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kindOf, START_BYTES } from '../../src/archive/content-kind.ts'
import { openSigned } from '../../src/archive/signed-document.ts'
import { DropError } from '../../src/mapping/drop-error.ts'
import { ber, der, envelopeOf } from './given.ts'

const xml = `<?xml version="1.0"?><a>${'è'.repeat(5000)}</a>`
const signed = envelopeOf(xml)
const streamed = envelopeOf(xml, { pieceBytes: 1000 })
const base64 = signed.toString('base64')
const lines = (base64.match(/.{1,64}/g) ?? []).join('\n')

function opened(envelope: Uint8Array | string): string {
  try {
    return Buffer.from(openSigned('a.p7m', Buffer.from(envelope))).toString()
  } catch (error) {
    if (!(error instanceof DropError)) throw error
    return error.code
  }
}

describe('the document of a signed envelope', () => {
  const ways: [string, Uint8Array | string][] = [
    ['DER', signed],
    ['BER, in pieces', streamed],
    ['BER, in pieces of one byte', envelopeOf('<a/>', { pieceBytes: 1 })],
    ['DER with a line end after it', Buffer.concat([signed, Buffer.from('\r\n')])],
    ['Base64 in one line', base64],
    ['Base64 in lines', `${lines}\n`],
    ['Base64 in lines of Windows', lines.replaceAll('\n', '\r\n')],
    ['Base64 of pieces', streamed.toString('base64')],
    ['PEM', `-----BEGIN PKCS7-----\n${lines}\n-----END PKCS7-----\n`],
    ['PEM that says CMS', `-----BEGIN CMS-----\r\n${lines}\r\n-----END CMS-----\r\n`],
  ]
  it.each(ways)('is read from %s', (_, envelope) => {
    expect(kindOf(Buffer.from(envelope).subarray(0, START_BYTES))).toBe('signed')
    expect(opened(envelope)).toBe(_.includes('one byte') ? '<a/>' : xml)
  })
  it('is read when its pieces have pieces', () => {
    const inner = ber(0x24, der(0x04, Buffer.from('<a>')), ber(0x24, der(0x04, Buffer.from('b'))))
    const flat = envelopeOf('', { pieceBytes: 1 })
    const hollow = ber(0x24)
    const at = flat.indexOf(hollow)
    const whole = Buffer.concat([flat.subarray(0, at), inner, flat.subarray(at + hollow.length)])
    expect(opened(whole)).toBe('<a>b')
  })
  it('is handed on byte for byte, also when it looks like ASN.1 itself', () => {
    const bytes = fc.uint8Array({ maxLength: 3000 })
    fc.assert(
      fc.property(bytes, fc.constantFrom(undefined, 7, 1000), (document, pieceBytes) => {
        const envelope = envelopeOf(document, pieceBytes === undefined ? {} : { pieceBytes })
        expect(Buffer.from(openSigned('a', envelope)).equals(document)).toBe(true)
        expect(Buffer.from(openSigned('a', envelopeOf(envelope))).equals(envelope)).toBe(true)
      }),
    )
  })
})

describe('what is no such envelope', () => {
  const cases: [string, Uint8Array | string, string][] = [
    [
      'a signature without its document',
      envelopeOf(xml, { detached: true }),
      'DROP_SIGNED_DETACHED',
    ],
    ['an encrypted one', envelopeOf(xml, { encrypted: true }), 'DROP_SIGNED_ENCRYPTED'],
    ['another sequence', der(0x30, der(0x02, Buffer.from([1]))), 'DROP_SIGNED_DAMAGED'],
    ['no bytes', '', 'DROP_SIGNED_DAMAGED'],
    ['a document that is no string', der(0x30, signed.subarray(0, 0)), 'DROP_SIGNED_DAMAGED'],
  ]
  it.each(cases)('is refused: %s', (_, envelope, code) => {
    expect(opened(envelope)).toBe(code)
  })
  it('is refused wherever it is cut', () => {
    const small = envelopeOf('<a/>')
    const pieces = envelopeOf('<a/>', { pieceBytes: 2 })
    for (const whole of [small, pieces]) {
      for (let end = 0; end < whole.length; end++) {
        expect(['<a/>', 'DROP_SIGNED_DAMAGED']).toContain(opened(whole.subarray(0, end)))
      }
    }
    expect(opened(signed.subarray(0, -1))).toBe('DROP_SIGNED_DAMAGED')
  })
  it('ends in a document or a refusal whatever its bytes', () => {
    const change = fc.tuple(fc.nat(200), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.constantFrom(signed, streamed), fc.array(change), (envelope, changes) => {
        const copy = Buffer.from(envelope)
        for (const [at, byte] of changes) copy[at] = byte
        expect(typeof opened(copy)).toBe('string')
      }),
    )
  })
  it('is refused when it is nested beyond all bounds, without filling the stack', () => {
    const deep = Buffer.alloc(1_000_000, Buffer.from([0x30, 0x80]))
    expect(opened(deep)).toBe('DROP_SIGNED_DAMAGED')
  })
})
