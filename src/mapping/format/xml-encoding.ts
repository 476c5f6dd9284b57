// In which encoding an XML document is written: by its mark, else by what its declaration says,
// else found as in any file. Invariant: a mark and a declaration that contradict each other are a
// fault of the file, never settled by preferring one; an encoding in the mapping overrules both.

import { DropError } from '../drop-error.ts'
import { quoted } from '../field/fields.ts'
import { createDecoder, type Decoded, type Decoder } from './decode.ts'
import type { RecordSpec } from './record-spec.ts'

type Declared = RecordSpec['encoding']

/** Bytes within which a declaration must end. */
const MAXIMUM_HEAD_BYTES = 1024

/** A decoder of one document. Its calls throw DROP_ENCODING as well as telling of faults. */
export function createXmlDecoder(declared: Declared): Decoder & { declared?(): string | null } {
  if (declared !== 'auto') return createDecoder(declared)
  let name: string | null = null
  let inner: Decoder | null = null
  let head: Uint8Array = new Uint8Array(0)

  function begin(): Decoded {
    name = declaredName(head)
    inner = createDecoder(encodingOf(head, name))
    const bytes = head
    head = new Uint8Array(0)
    return inner.write(bytes)
  }

  return {
    write(chunk) {
      if (inner !== null) return inner.write(chunk)
      head = join(head, chunk)
      return isEnough(head) ? begin() : { text: '', fault: false }
    },
    end() {
      const first: Decoded = inner === null ? begin() : { text: '', fault: false }
      if (first.fault || inner === null) return first
      const last = (inner as Decoder).end()
      return { text: first.text + last.text, fault: last.fault }
    },
    encoding: () => inner?.encoding() ?? 'utf-8',
    declared: () => name,
  }
}

/** The declaration as far as the bytes go; `<?` is told apart from all else by any encoding. */
function headText(bytes: Uint8Array): string {
  const start = bytes.subarray(0, MAXIMUM_HEAD_BYTES)
  const ascii = Array.from(start, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : ''))
  return ascii.join('').replaceAll('\0', '').trimStart()
}

function isEnough(bytes: Uint8Array): boolean {
  if (bytes.length >= MAXIMUM_HEAD_BYTES) return true
  const text = headText(bytes)
  const isDeclaration = text === '' || '<?xml'.startsWith(text) || text.startsWith('<?xml')
  return !isDeclaration || text.includes('?>')
}

function declaredName(bytes: Uint8Array): string | null {
  const declaration = /^<\?xml\b[^>]*?\bencoding\s*=\s*["']([^"'>]*)["']/
  return declaration.exec(headText(bytes))?.[1] ?? null
}

function encodingOf(bytes: Uint8Array, name: string | null): Declared {
  const written = writtenAs(bytes)
  if (name === null) return written ?? 'auto'
  const said = encodings.get(name.trim().toLowerCase())
  if (said === undefined) throw wrong(`dichiara la codifica ${quoted(name)}, che non si legge`)
  if (written === null && !said.startsWith('utf-16')) return said as Declared
  if (written?.startsWith(said)) return written
  throw wrong(`dichiara ${name}, ma i suoi byte sono ${written ?? 'di una codifica a 8 bit'}`)
}

/** As the mark says, or as `<` in two bytes does; null when neither tells. */
function writtenAs([a, b, c]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | null {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return 'utf-16le'
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return 'utf-16be'
  return null
}

/** What declarations say; `utf-16` leaves the order of the bytes open. */
const encodings = new Map<string, Declared | 'utf-16'>([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['ascii', 'utf-8'],
  ['windows-1252', 'windows-1252'],
  ['cp1252', 'windows-1252'],
  ['iso-8859-1', 'iso-8859-1'],
  ['latin1', 'iso-8859-1'],
  ['iso-8859-15', 'iso-8859-15'],
  ['latin9', 'iso-8859-15'],
  ['utf-16', 'utf-16'],
  ['utf-16le', 'utf-16le'],
  ['utf-16be', 'utf-16be'],
])

function wrong(what: string): DropError {
  const remedy =
    'Scrivi in `encoding` nel modello la codifica vera, che vale più della dichiarazione, o fai ' +
    'correggere il file alla fonte.'
  return new DropError('DROP_ENCODING', `Riga 1: il documento ${what}.`, 1, remedy)
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
