// Text → bytes in an encoding in which files are read: the way back of `format/decode.ts`.
// Invariant: text that was read of good bytes becomes those bytes again.
import type { Encoding } from '../format/decode.ts'

/** An encoder of text in one encoding. Throws TypeError for a character that it does not have. */
export function encoderOf(encoding: Encoding): (text: string) => Uint8Array {
  if (encoding === 'utf-8') return encodeUtf8
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    return (text) => encodeUtf16(text, encoding === 'utf-16le')
  }
  const bytes = bytesOf(encoding)
  return (text) => {
    const out = new Uint8Array(text.length)
    for (let at = 0; at < text.length; at++) {
      const byte = bytes.get(text[at]!)
      if (byte === undefined) throw new TypeError(`a character is not of ${encoding}`)
      out[at] = byte
    }
    return out
  }
}

const utf8 = new TextEncoder()

function encodeUtf8(text: string): Uint8Array {
  return utf8.encode(text)
}

function encodeUtf16(text: string, isLittle: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2))
  for (let at = 0; at < text.length; at++) view.setUint16(at * 2, text.charCodeAt(at), isLittle)
  return new Uint8Array(view.buffer)
}

/** Every byte of a single-byte encoding by the character that it stands for. */
function bytesOf(encoding: Encoding): Map<string, number> {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  const characters = new TextDecoder(encoding).decode(all)
  return new Map(Array.from(characters, (character, byte) => [character, byte]))
}
