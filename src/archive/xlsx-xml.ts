// One XML part of a workbook → its elements by their local names, pushed (saxes). Invariant: no
// document type is ever read, nothing outside of the part is ever followed, and neither depth nor
// the length of a single piece of markup or text is without a bound.
import { SaxesParser } from 'saxes'
import { DropError } from '../mapping/drop-error.ts'

export interface XmlHandlers {
  /** Names without their prefix, as writers choose prefixes freely; attributes with it. */
  open(name: string, attributes: Record<string, string>): void
  close(name: string): void
  text?(text: string): void
}

export interface XmlReader {
  /** Each method throws `DropError`, and what the handlers throw. */
  write(bytes: Uint8Array): void
  end(): void
}

/** Elements within each other. A worksheet has some ten. */
const MAXIMUM_DEPTH = 64
/** UTF-16 units between two tags, tags included: a cell of Excel holds 32,767. */
const MAXIMUM_PIECE = 1_000_000

/** A reader of one part; `part` is how faults call it. */
export function createXmlReader(part: string, handlers: XmlHandlers): XmlReader {
  const parser = new SaxesParser<{ xmlns: false; position: false }>({
    xmlns: false,
    position: false,
  })
  let decoder: TextDecoder | null = null
  let depth = 0
  /** Units that were written since the last tag. */
  let waiting = 0

  parser.on('error', (cause) => {
    throw damagedPart(part, 'non è XML corretto', cause)
  })
  parser.on('doctype', () => {
    throw damagedPart(part, 'dichiara un DTD, che un foglio di calcolo non ha')
  })
  parser.on('opentag', ({ name, attributes }) => {
    waiting = 0
    depth++
    if (depth > MAXIMUM_DEPTH) throw beyondBounds(`ha più di ${MAXIMUM_DEPTH} livelli di elementi`)
    handlers.open(localName(name), attributes)
  })
  parser.on('closetag', ({ name }) => {
    waiting = 0
    depth--
    handlers.close(localName(name))
  })
  if (handlers.text !== undefined) {
    parser.on('text', handlers.text)
    parser.on('cdata', handlers.text)
  }

  function decode(bytes?: Uint8Array): string {
    decoder ??= new TextDecoder(encodingOf(bytes), { fatal: true })
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined })
    } catch (cause) {
      throw damagedPart(part, 'ha byte che non sono testo', cause)
    }
  }

  return {
    write(bytes) {
      const text = decode(bytes)
      waiting += text.length
      parser.write(text)
      if (waiting > MAXIMUM_PIECE) throw beyondBounds('ha un elemento o un testo smisurato')
    },
    end() {
      parser.write(decode())
      parser.close()
    },
  }
}

/** The value of an attribute by its local name: `r:id`, whatever `r` is called. */
export function attributeOf(attributes: Record<string, string>, name: string): string | undefined {
  const found = Object.keys(attributes).find((key) => localName(key) === name)
  return found === undefined ? undefined : attributes[found]
}

/** The fault of a workbook one of whose parts cannot be read; nothing of its content is quoted. */
export function damagedPart(part: string, why: string, cause?: unknown): DropError {
  const detail = `Nella cartella di lavoro la parte «${part}» ${why}.`
  const remedy = 'Apri il file con Excel e salvalo di nuovo, o fattelo rimandare.'
  const error = new DropError('DROP_XLSX_DAMAGED', detail, null, remedy)
  error.cause = cause
  return error
}

/** The fault of a workbook that is larger than anything an office makes. */
export function beyondBounds(what: string, row: number | null = null): DropError {
  const place = row === null ? 'Il foglio di calcolo' : `La riga ${row} del foglio`
  const remedy = 'Controlla che sia il file giusto; se lo è, dividilo in più file.'
  return new DropError('DROP_XLSX_BOUNDS', `${place} ${what}.`, row, remedy)
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}

/** The standard allows UTF-8 and UTF-16, the latter with its mark. */
function encodingOf(bytes: Uint8Array | undefined): string {
  if (bytes?.[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes?.[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
}
