// The bytes of a sample → its text and the encoding that a mapping should declare, found with the
// decoder that will read the file. Invariant: text is handed out only up to a whole line, and never
// with a character that the decoder would refuse.
import { createDecoder } from '../format/decode.ts'
import type { RecordSpec } from '../format/record-spec.ts'
import { GuessError } from './table.ts'

export interface SampleText {
  text: string
  encoding: RecordSpec['encoding']
  /** How it is known: for the comment beside it. */
  evidence: string
}

/**
 * Decodes a sample, of which the end may be missing. Throws `GuessError` for what is no text in
 * any encoding, or not in the one that is asked for.
 */
export function readSampleText(
  bytes: Uint8Array,
  isWhole: boolean,
  wanted: RecordSpec['encoding'] | undefined,
): SampleText {
  if (bytes.length === 0) throw new GuessError('the file is empty: take one that has records')
  if (wanted !== undefined) {
    const text = decoded(bytes, isWhole, wanted)
    if (text === null) throw new GuessError(`the file is not ${wanted}: leave --encoding out`)
    return { text: text.text, encoding: wanted, evidence: 'as you said' }
  }
  const found = decoded(bytes, isWhole, 'auto')
  if (found !== null) return { text: found.text, ...named(found.encoding, found.text, bytes) }
  for (const encoding of ['iso-8859-15', 'utf-16le'] as const) {
    const other = decoded(bytes, isWhole, encoding)
    if (other === null || !isText(other.text)) continue
    const evidence = `neither UTF-8 nor windows-1252; it reads well as ${encoding}`
    return { text: other.text, encoding, evidence }
  }
  throw new GuessError('the file is not text: a program’s own format, encrypted, or damaged')
}

function named(encoding: string, text: string, bytes: Uint8Array): Omit<SampleText, 'text'> {
  const isMarked = /^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/.test(latin(bytes.subarray(0, 3)))
  if (isMarked) return { encoding: 'auto', evidence: `${encoding}, by its byte order mark` }
  const strange = [...text.slice(0, 1_000_000)].find((one) => one > '~')
  if (strange === undefined) {
    return { encoding: 'auto', evidence: 'nothing beyond ASCII here: UTF-8 or windows-1252' }
  }
  const evidence = `known by «${strange}»`
  return { encoding: isDeclarable(encoding) ? encoding : 'auto', evidence }
}

function isDeclarable(encoding: string): encoding is RecordSpec['encoding'] {
  return ['utf-8', 'windows-1252', 'iso-8859-1', 'iso-8859-15', 'utf-16le'].includes(encoding)
}

function decoded(bytes: Uint8Array, isWhole: boolean, encoding: RecordSpec['encoding']) {
  const decoder = createDecoder(encoding)
  const pieces = [decoder.write(bytes)]
  if (isWhole && !pieces[0]!.fault) pieces.push(decoder.end())
  const text = pieces.map((piece) => piece.text).join('')
  if (pieces.some((piece) => piece.fault) || text.includes('\0')) return null
  // A document may be one line: who reads it knows that its end is missing.
  const end = isWhole ? text.length : text.lastIndexOf('\n') + 1 || text.length
  return { text: text.slice(0, end), encoding: decoder.encoding() }
}

/** Control characters are no text; nor are letters of scripts that no Italian office writes. */
function isText(text: string): boolean {
  let strange = 0
  for (const one of text) if (isStrange(one.codePointAt(0)!)) strange++
  return strange < text.length / 1000
}

function isStrange(code: number): boolean {
  const isControl = code < 0x20 ? ![9, 10, 12, 13, 26].includes(code) : code >= 0x7f && code < 0xa0
  return isControl || (code >= 0x400 && code < 0x1e00) || code >= 0x3000
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
