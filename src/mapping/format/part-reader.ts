// Bytes of a part → raw records, whatever the format: decoding, the order of records and faults,
// the numbers of records. A format brings a parser of text. Invariant: a fault of the file is
// thrown only after the records before it were handed out, by the call that would come next.
import type { Refusal } from '../../domain/refusal.ts'
import { DropError } from '../drop-error.ts'
import { createDecoder, type Decoded, type Decoder } from './decode.ts'
import { EBCDIC_START_BYTES, isEbcdic } from './ebcdic.ts'
import type { RawRecord, RecordReader } from './raw-record.ts'
import type { RecordSpec } from './record-spec.ts'

/** Takes a record that begins on a line; with a problem its cells are empty. */
export type Emit = (
  line: number,
  cells: string[],
  problem: Refusal | null,
  badCells?: RawRecord['badCells'],
) => void

/** Text → records, pushed; each method throws `DropError`. */
export interface TextParser {
  write(text: string): void
  /** Reads what is left: the last line needs no line end. */
  end(): void
  /** The line that the text has reached. */
  line(): number
  /** Ends early: what is whole by now still comes out, what is unfinished never does. */
  stop(): void
}

/**
 * A reader of one part, by the parser of its format. A decoder of its own may tell what the part
 * itself declares to be.
 */
export function createPartReader(
  { encoding }: Pick<RecordSpec, 'encoding'>,
  parserOf: (emit: Emit) => TextParser,
  decoder: Decoder & { declared?(): string | null } = createDecoder(encoding),
): RecordReader {
  let records = 0
  let out: RawRecord[] = []
  const parser = parserOf((line, cells, problem, badCells) => {
    records++
    out.push({ line, record: records, cells, problem, ...(badCells && { badCells }) })
  })
  let fault: DropError | null = null
  let ended = false
  /** The first bytes, until there are enough of them to tell what they are; then null. */
  let start: Uint8Array[] | null = []
  /** What may be the end that MS-DOS programs write. */
  let held = ''

  function take(chunk: Uint8Array): void {
    if (start === null) read(decoder.write(chunk))
    else readStart(start, chunk, false)
  }

  function readStart(first: Uint8Array[], chunk: Uint8Array, isLast: boolean): void {
    first.push(chunk.slice())
    const length = first.reduce((sum, { length }) => sum + length, 0)
    if (length < EBCDIC_START_BYTES && !isLast) return
    const bytes = joined(first, length)
    start = null
    if (isEbcdic(bytes.subarray(0, EBCDIC_START_BYTES))) throw ebcdicError()
    read(decoder.write(bytes))
  }

  function read({ text, fault: isBad }: Decoded): void {
    const nul = text.indexOf('\0')
    const good = held + (nul < 0 ? text : text.slice(0, nul))
    const end = endOf(good)
    held = good.slice(end)
    parser.write(good.slice(0, end))
    if (nul < 0 && !isBad) return
    const line = parser.line()
    parser.stop()
    const declared = decoder.declared?.() ?? null
    const bytes = declared === null ? wrongBytes[encoding] : `${notText(declared)}, come dichiara`
    throw encodingError(line, nul < 0 ? bytes : NUL, encoding)
  }

  function collect(step: () => void): RawRecord[] {
    out = []
    try {
      if (fault === null) step()
    } catch (error) {
      if (!(error instanceof DropError)) throw error
      fault = error
    }
    if (fault !== null && out.length === 0) throw fault
    return out
  }

  return {
    write: (chunk) => collect(() => take(chunk)),
    end: () =>
      collect(() => {
        if (ended) return
        ended = true
        if (start !== null) readStart(start, new Uint8Array(0), true)
        read(decoder.end())
        parser.end()
      }),
    encoding: decoder.encoding,
  }
}

/** UTF-16 units that are held back as the end of a file; longer runs of them are text. */
const MAXIMUM_END_LENGTH = 4096

/**
 * Where the text ends, but for bytes 1A and line ends after the first of them: MS-DOS programs
 * write one, or fill a block with them.
 */
function endOf(text: string): number {
  let at = text.length
  const least = Math.max(0, at - MAXIMUM_END_LENGTH)
  while (at > least && '\x1a\r\n'.includes(text[at - 1]!)) at--
  const mark = text.indexOf('\x1a', at)
  return mark < 0 ? text.length : mark
}

function joined(chunks: Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

const NUL = 'c’è un byte NUL: non è testo, oppure è UTF-16 o un numero compattato (COMP-3)'

const notText = (encoding: string) => `ci sono byte che non sono ${encoding}`

const wrongBytes: Record<RecordSpec['encoding'], string> = {
  'utf-8': notText('utf-8'),
  'windows-1252': notText('windows-1252'),
  'iso-8859-1': notText('iso-8859-1'),
  'iso-8859-15': notText('iso-8859-15'),
  'utf-16le': notText('utf-16le'),
  'utf-16be': notText('utf-16be'),
  auto: 'i byte non sono, dall’inizio alla fine, di una sola codifica riconoscibile',
}

function ebcdicError(): DropError {
  const detail = 'Riga 1: il file è scritto in EBCDIC, il codice dei mainframe.'
  const remedy = 'Chiedi alla fonte di convertirlo in testo (ASCII o UTF-8) quando lo trasferisce.'
  return new DropError('DROP_EBCDIC', detail, 1, remedy)
}

function encodingError(line: number, what: string, encoding: string): DropError {
  const remedy = `Correggi \`encoding\` nel modello (ora ${encoding}), o il file alla fonte.`
  return new DropError('DROP_ENCODING', `Riga ${line}: ${what}.`, line, remedy)
}
