// Bytes of a part → raw records, whatever the format: decoding, the order of records and faults,
// the numbers of records. A format brings a parser of text. Invariant: a fault of the file is
// thrown only after the records before it were handed out, by the call that would come next.
import type { Refusal } from '../domain/refusal.ts'
import { createDecoder, type Decoded } from './decode.ts'
import { DropError } from './drop-error.ts'
import type { RawRecord, RecordReader } from './raw-record.ts'
import type { RecordSpec } from './record-spec.ts'

/** Takes a record that begins on a line; with a problem its cells are empty. */
export type Emit = (line: number, cells: string[], problem: Refusal | null) => void

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

/** A reader of one part, by the parser of its format. */
export function createPartReader(
  { encoding }: Pick<RecordSpec, 'encoding'>,
  parserOf: (emit: Emit) => TextParser,
): RecordReader {
  const decoder = createDecoder(encoding)
  let records = 0
  let out: RawRecord[] = []
  const parser = parserOf((line, cells, problem) => {
    records++
    out.push({ line, record: records, cells, problem })
  })
  let fault: DropError | null = null
  let ended = false

  function read({ text, fault: isBad }: Decoded): void {
    const nul = text.indexOf('\0')
    parser.write(nul < 0 ? text : text.slice(0, nul))
    if (nul < 0 && !isBad) return
    const line = parser.line()
    parser.stop()
    throw encodingError(line, nul < 0 ? wrongBytes[encoding] : 'c’è un byte NUL', encoding)
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
    write: (chunk) => collect(() => read(decoder.write(chunk))),
    end: () =>
      collect(() => {
        if (ended) return
        ended = true
        read(decoder.end())
        parser.end()
      }),
    encoding: decoder.encoding,
  }
}

const notText = (encoding: string) => `ci sono byte che non sono ${encoding}`

const wrongBytes: Record<RecordSpec['encoding'], string> = {
  'utf-8': notText('utf-8'),
  'windows-1252': notText('windows-1252'),
  'iso-8859-1': notText('iso-8859-1'),
  'iso-8859-15': notText('iso-8859-15'),
  'utf-16le': notText('utf-16le'),
  auto: 'i byte non sono, dall’inizio alla fine, né utf-8 né windows-1252',
}

function encodingError(line: number, what: string, encoding: string): DropError {
  const remedy = `Correggi \`encoding\` nel modello (ora ${encoding}), o il file alla fonte.`
  return new DropError('DROP_ENCODING', `Riga ${line}: ${what}.`, line, remedy)
}
