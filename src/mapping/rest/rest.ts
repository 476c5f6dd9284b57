// The text of a part → its rest, in the encoding in which it was read. Each format has its cut;
// what is no row, such as headers, comments and blank lines, stays. Invariant: a rest from which
// nothing is left out is the part itself, byte for byte.
import { DropError } from '../drop-error.ts'
import { createDecoder, type Decoded, type Encoding, markOf } from '../format/decode.ts'
import { createRowsReader } from '../format/reader.ts'
import type { RecordSpec } from '../format/record-spec.ts'
import type { SheetRow } from '../format/sheet-row.ts'
import type { FoundFooter } from '../format/watch.ts'
import { createXmlDecoder } from '../format/xml-encoding.ts'
import { createElementCut } from './element-cut.ts'
import { encoderOf } from './encoder.ts'
import { sortRest } from './find.ts'
import { createJsonCut } from './json-cut.ts'
import type { Places } from './places.ts'
import { RestError } from './rest-error.ts'
import { createLineCut, type TextCut } from './text-cut.ts'

/** Bytes → bytes, a chunk at a time. */
export interface ByteCut {
  write(chunk: Uint8Array): Uint8Array
  end(): Uint8Array
}

/** What takes the rows at these places out of a text. Throws REST_FORMAT. */
export function createCut({ format }: RecordSpec, leftOut: Places): TextCut {
  const isLeftOut = leftOut.reader()
  switch (format) {
    case 'csv':
    case 'fixed':
    case 'ndjson':
      return createLineCut((line, text) => (isLeftOut(line) ? '' : text))
    case 'xml':
      return createElementCut(isLeftOut)
    case 'json':
      return createJsonCut(isLeftOut)
    case 'xlsx':
      return createLineCut((_, text) => (isLeftOut(rowOf(text)) ? '' : text))
    case 'mail':
      throw new RestError(
        'REST_FORMAT',
        'Il residuo di un messaggio di posta non esiste: il messaggio è un solo record.',
        'Usa il file degli esiti, o l’originale.',
      )
  }
}

/** The number of a row of a sheet, which is handed over as a line of JSON. */
function rowOf(text: string): number {
  return (JSON.parse(text) as SheetRow).row
}

/** One cut after the other. */
export function chained(first: TextCut, second: TextCut): TextCut {
  return {
    write: (text) => second.write(first.write(text)),
    end: () => second.write(first.end()) + second.end(),
  }
}

/** So many bytes tell whether there is a mark. */
const MARK_BYTES = 3

/** Runs a cut over bytes. They are known to be good, since their records were read. */
export function createByteCut(
  { format, encoding }: Pick<RecordSpec, 'format' | 'encoding'>,
  cut: TextCut,
): ByteCut {
  const decoder = format === 'xml' ? createXmlDecoder(encoding) : createDecoder(encoding)
  const encoders = new Map<Encoding, (text: string) => Uint8Array>()
  let start: Uint8Array | null = new Uint8Array(0)

  function encode(text: string): Uint8Array {
    const encoding = decoder.encoding()
    const encoder = encoders.get(encoding) ?? encoderOf(encoding)
    encoders.set(encoding, encoder)
    return encoder(text)
  }

  function read({ text, fault }: Decoded): string {
    if (fault) throw new Error('a drop that was mapped is no text any more')
    return text
  }

  /** The first bytes, which may hold a mark: that stays whatever else goes. */
  function begin(chunk: Uint8Array, isLast: boolean): Uint8Array {
    const first: Uint8Array = joined(start!, chunk)
    if (first.length < MARK_BYTES && !isLast) {
      start = first
      return new Uint8Array(0)
    }
    start = null
    const mark = first.slice(0, markOf(first)?.length ?? 0)
    return joined(mark, encode(cut.write(read(decoder.write(first)))))
  }

  return {
    write(chunk) {
      if (start !== null) return begin(chunk, false)
      return encode(cut.write(read(decoder.write(chunk))))
    },
    end() {
      const first = start === null ? new Uint8Array(0) : begin(new Uint8Array(0), true)
      const last = cut.write(read(decoder.end())) + cut.end()
      return joined(first, encode(last))
    },
  }
}

export interface RestCheck {
  write(chunk: Uint8Array): void
  /** The footers of a rest with what they should say. Throws REST_CONTENT. */
  end(): FoundFooter[]
}

/**
 * Reads a rest as mapping would: it must have exactly the rows that stayed. What its footers say is
 * compared once they are written `anew`.
 */
export function createRestCheck(spec: RecordSpec, rows: number, anew = false): RestCheck {
  const footers: FoundFooter[] = []
  const footer = (found: FoundFooter) => void footers.push(found)
  const watch = { row() {}, ...(!anew && { footer }) }
  const { rows: reader } = createRowsReader(spec, watch)
  let found = 0
  return {
    write(chunk) {
      found += reading(() => reader.write(chunk).length)
    },
    end() {
      reading(() => {
        sortRest(reader, (last) => {
          found += last.length
        })
      })
      if (found === rows) return footers
      throw wrongContent(`avrebbe ${found} righe invece di ${rows}`)
    },
  }
}

function reading<T>(step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw error instanceof DropError ? wrongContent(`non si leggerebbe (${error.code})`) : error
  }
}

function wrongContent(what: string): RestError {
  return new RestError(
    'REST_CONTENT',
    `Il residuo ${what}: non viene scritto.`,
    'Segnala il caso a chi sviluppa Staffetta, con il modello; usa il file degli esiti.',
  )
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b
  const whole = new Uint8Array(a.length + b.length)
  whole.set(a)
  whole.set(b, a.length)
  return whole
}
