// The headers of a mail or of one of its parts (RFC 5322, 2045, 2047, 2231), read leniently: what
// is malformed is left out, never guessed. Invariant: bytes in, text out; nothing is rendered.
import { decodeWords } from 'postal-mime'

export interface MimeHeader {
  /** In lower case. */
  name: string
  /** Unfolded; encoded words are still encoded. */
  value: string
}

export interface Structured {
  /** In lower case: `text/csv`, `attachment`. */
  value: string
  /** By name in lower case, decoded. */
  parameters: ReadonlyMap<string, string>
}

/** The headers of a block of lines, in order. Raw bytes beyond ASCII are UTF-8, or Windows-1252. */
export function headersOf(block: Uint8Array): MimeHeader[] {
  const lines = textOf(block).split(/\r?\n/)
  const unfolded: string[] = []
  for (const line of lines) {
    if (/^[ \t]/.test(line) && unfolded.length > 0) unfolded.push(`${unfolded.pop()}${line}`)
    else unfolded.push(line)
  }
  return unfolded.flatMap((line) => {
    const colon = line.indexOf(':')
    if (colon <= 0) return []
    const name = line.slice(0, colon).trim().toLowerCase()
    return [{ name, value: line.slice(colon + 1).trim() }]
  })
}

/** The first header of a name, which is the one that counts; null when there is none. */
export function findHeader(headers: readonly MimeHeader[], name: string): string | null {
  return headers.find((header) => header.name === name)?.value ?? null
}

/** Of one header that is taken apart, in UTF-16 units. */
const STRUCTURED_LENGTH = 4096

/** `attachment; filename="a.csv"` → its value and parameters. */
export function structuredOf(header: string): Structured {
  const [value, ...rest] = pieces(header.slice(0, STRUCTURED_LENGTH))
  const raw = new Map<string, string>()
  for (const piece of rest) {
    const equals = piece.indexOf('=')
    const name = piece.slice(0, equals).trim().toLowerCase()
    if (equals > 0 && !raw.has(name)) raw.set(name, unquoted(piece.slice(equals + 1).trim()))
  }
  return { value: (value ?? '').trim().toLowerCase(), parameters: joined(raw) }
}

/** UTF-8 where the bytes are, else Windows-1252: both happen, whatever is declared. */
export function textOf(bytes: Uint8Array, declared?: string | undefined): string {
  const wide = /^utf-?16/i.test(declared ?? '') ? decoded(bytes, declared) : null
  return wide ?? decoded(bytes, 'utf-8') ?? decoded(bytes, declared) ?? latin(bytes)
}

/** Cuts at `;` outside of quotes. */
function pieces(header: string): string[] {
  return header.match(/(?:"(?:\\.|[^"\\])*"|[^;])+/g) ?? []
}

function unquoted(value: string): string {
  const inner = /^"((?:\\.|[^"\\])*)"?/.exec(value)?.[1]
  // A backslash of a Windows path is no escape: only quotes and backslashes are escaped.
  return inner === undefined ? value : inner.replace(/\\(["\\])/g, '$1')
}

/** Joins `name*0*`, `name*1` … (RFC 2231) and decodes; a plain parameter may hold encoded words. */
function joined(raw: ReadonlyMap<string, string>): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const [name, value] of raw) {
    if (!name.includes('*')) parameters.set(name, decodeWords(value))
  }
  for (const base of new Set([...raw.keys()].map((name) => name.split('*')[0] as string))) {
    const extended = extendedOf(base, raw)
    if (extended !== null) parameters.set(base, extended)
  }
  return parameters
}

const MOST_SECTIONS = 50

function extendedOf(base: string, raw: ReadonlyMap<string, string>): string | null {
  const sections: string[] = []
  const whole = raw.get(`${base}*`)
  if (whole !== undefined) sections.push(whole)
  for (let n = 0; whole === undefined && n < MOST_SECTIONS; n++) {
    const encoded = raw.get(`${base}*${n}*`)
    const plain = raw.get(`${base}*${n}`)
    if (encoded === undefined && plain === undefined) break
    // A section that is not encoded is made so, and all are decoded together.
    sections.push(encoded ?? encodeURIComponent((plain as string).toWellFormed()))
  }
  if (sections.length === 0) return null
  const [, charset, text] = /^(?:([^']*)'[^']*')?([\s\S]*)$/.exec(sections.join('')) ?? []
  const bytes = (text ?? '').replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return textOf(Buffer.from(bytes, 'latin1'), charset)
}

function decoded(bytes: Uint8Array, label: string | undefined): string | null {
  if (label === undefined) return null
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes)
  } catch {
    // An unknown label, or bytes of another encoding: the next candidate is tried.
    return null
  }
}

function latin(bytes: Uint8Array): string {
  return new TextDecoder('windows-1252').decode(bytes)
}
