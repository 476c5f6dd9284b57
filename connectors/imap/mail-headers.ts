// The headers of a mail or of one of its parts, read as leniently as mail programs do. Stands under
// the scan of a mail and the rules about senders. Invariant: text in, text out; what is malformed
// is left out, never guessed.
import { addressParser } from 'postal-mime'

export interface MailHeader {
  /** In lower case. */
  name: string
  /** Unfolded. */
  value: string
}

/** The headers of a block of lines, in order, up to its first blank line. */
export function headersOf(block: string): MailHeader[] {
  const unfolded: string[] = []
  for (const line of block.split(/\r?\n/)) {
    if (line === '') break
    if (/^[ \t]/.test(line) && unfolded.length > 0)
      unfolded[unfolded.length - 1] += ` ${line.trim()}`
    else unfolded.push(line)
  }
  return unfolded.flatMap((line) => {
    const [, name, value] = /^([!-9;-~]+)[ \t]*:(.*)$/s.exec(line) ?? []
    return name === undefined ? [] : [{ name: name.toLowerCase(), value: (value ?? '').trim() }]
  })
}

/** The first header of a name, which is the one that counts; null when there is none. */
export function findHeader(headers: readonly MailHeader[], name: string): string | null {
  return headers.find((header) => header.name === name)?.value ?? null
}

/** A `Message-ID` without its brackets; null where it is missing, empty or longer than a key. */
export function findMessageId(headers: readonly MailHeader[]): string | null {
  return findId(findHeader(headers, 'message-id') ?? '')
}

/** An id of a mail, as headers and certificates have it, without brackets. */
export function findId(text: string): string | null {
  const id = text.trim().replace(/^<([^<>]*)>.*$/s, '$1')
  return id !== '' && id.length <= 400 && /^[!-~ ]+$/.test(id) ? id.trim() : null
}

/** The sender's address in lower case; null unless exactly one is named, and exactly once. */
export function findSender(headers: readonly MailHeader[]): string | null {
  const [from, second] = headers.filter(({ name }) => name === 'from')
  if (from === undefined || second !== undefined || from.value.length > 4096) return null
  const [sender, other] = addressParser(from.value, { flatten: true })
  const address = sender?.address?.toLowerCase() ?? ''
  const isOne = other === undefined && /^[^\s@<>"]+@[^\s@<>"]+$/.test(address)
  return isOne ? address : null
}

/** Of one header that is taken apart. Its quotes cost the square of this at most. */
const structureLength = 2048

/** `multipart/mixed; boundary="x"` → its value and parameters, both names in lower case. */
export function structureOf(header: string): { value: string; parameters: Map<string, string> } {
  const [value = '', ...rest] =
    header.slice(0, structureLength).match(/(?:"(?:\\.|[^"\\])*"|[^;])+/g) ?? []
  const parameters = new Map<string, string>()
  for (const piece of rest) {
    const equals = piece.indexOf('=')
    const name = piece.slice(0, equals).trim().toLowerCase()
    if (equals <= 0 || parameters.has(name)) continue
    parameters.set(name, withoutQuotes(piece.slice(equals + 1).trim()))
  }
  return { value: value.trim().toLowerCase(), parameters }
}

function withoutQuotes(text: string): string {
  const quoted = /^"((?:\\.|[^"\\])*)"?/.exec(text)?.[1]
  return quoted === undefined ? text : quoted.replace(/\\(["\\])/g, '$1')
}
