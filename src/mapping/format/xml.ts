// XML: one document → raw records, by the rows and paths that the mapping names. saxes, fed text
// and told as little as possible: what no path names is passed over, not kept. Invariant: nothing
// that a document says is ever resolved or followed, and what a DOCTYPE declares refuses it.
import { SaxesParser } from 'saxes'
import { DropError } from '../drop-error.ts'
import { documentTooLarge } from './document-fault.ts'
import { createPartReader, type Emit, type TextParser } from './part-reader.ts'
import type { RecordReader } from './raw-record.ts'
import type { XmlSpec } from './record-spec.ts'
import { localName } from './tree-path.ts'
import { createTreeReader } from './tree-reader.ts'
import type { Watch } from './watch.ts'
import { createXmlDecoder } from './xml-encoding.ts'

/** Units between two marks of the document: a text that nobody reads, an attribute, a comment. */
const MAXIMUM_TOKEN_LENGTH = 10_000_000
/** Attributes of one element. */
const MAXIMUM_ATTRIBUTES = 1_000

/** A reader of one part. A part of 0 bytes, or of blanks alone, has no records and no fault. */
export function createXmlReader(spec: XmlSpec, watch?: Watch): RecordReader {
  const parserOf = (emit: Emit) => xmlParser(spec, emit, watch)
  return createPartReader(spec, parserOf, createXmlDecoder(spec.encoding))
}

function xmlParser(spec: XmlSpec, emit: Emit, watch?: Watch): TextParser {
  const tree = createTreeReader(spec, emit, watch)
  const parser = new SaxesParser({ xmlns: false, position: false })
  /** Lines before the document: some programs leave a blank one before its declaration. */
  let skipped = 0
  let started = false
  let written = 0
  /** Where the last mark of the document ended, and its line. */
  let marked = 0
  let markedLine = 1
  let attributes = 0

  const line = () => skipped + parser.line
  const mark = () => {
    marked = parser.position
    markedLine = line()
  }
  const onText = (text: string) => {
    mark()
    tree.text(text)
  }
  /** saxes keeps text only while it has someone to tell. */
  const listen = () => {
    if (tree.wantsText()) parser.on('text', onText)
    else parser.off('text')
  }

  // No more than seven handlers: with the eighth the engine keeps the parser as a hash table, and
  // it is five times slower. So there is none for errors, which are thrown then.
  parser.on('doctype', (text) => {
    if (spec.doctype === 'ignore' && !text.includes('[')) return mark()
    throw doctypeFault(line() - text.split('\n').length + 1)
  })
  parser.on('opentagstart', ({ name }) => {
    mark()
    attributes = 0
    tree.open(localName(name, 'xml'), line())
  })
  parser.on('attribute', ({ name, value }) => {
    mark()
    attributes++
    if (attributes > MAXIMUM_ATTRIBUTES) {
      throw documentTooLarge(line(), `un elemento con più di ${MAXIMUM_ATTRIBUTES} attributi`)
    }
    const wanted = `@${localName(name, 'xml')}`
    if (!/^xmlns(?:$|:)/.test(name) && tree.wants(wanted)) tree.attribute(wanted, value)
  })
  parser.on('opentag', () => {
    mark()
    listen()
  })
  parser.on('cdata', (text) => {
    mark()
    if (tree.wantsText()) tree.text(text)
  })
  parser.on('closetag', () => {
    mark()
    tree.close(line())
    listen()
  })

  function reading(step: () => void): void {
    try {
      step()
    } catch (error) {
      const isOfParser = error instanceof Error && error.constructor === Error
      throw isOfParser ? faultOf(error.message, line(), markedLine) : error
    }
  }

  return {
    write(text) {
      let rest = text
      if (!started) {
        rest = text.trimStart()
        skipped += text.slice(0, text.length - rest.length).split('\n').length - 1
        started = rest !== ''
      }
      reading(() => parser.write(rest))
      written += rest.length
      if (written - marked <= MAXIMUM_TOKEN_LENGTH) return
      throw documentTooLarge(
        markedLine,
        `più di ${MAXIMUM_TOKEN_LENGTH} caratteri senza un elemento`,
      )
    },
    end() {
      if (!started) return
      reading(() => parser.close())
      tree.end(line())
    },
    line,
    stop() {},
  }
}

function doctypeFault(line: number): DropError {
  const detail = `Riga ${line}: il documento ha un DOCTYPE, che non si legge mai.`
  const remedy =
    'Fai togliere il DOCTYPE alla fonte, o scrivi `doctype: ignore` nel modello se nomina solo ' +
    'una DTD. Se il file è una pagina HTML, la fonte ha risposto con un errore: fallo rimandare.'
  return new DropError('DROP_XML_DOCTYPE', detail, line, remedy)
}

interface Known {
  pattern: RegExp
  code: 'DROP_XML_ENTITY' | 'DROP_XML_TRUNCATED' | 'DROP_XML_SYNTAX'
  what: string
  /** It began after the last element, and was found only where the parser is now. */
  beganBefore?: true
}

/** What saxes finds wrong, in its own words, which may quote the document and are not kept. */
const faults: Known[] = [
  {
    pattern: /^undefined entity/,
    code: 'DROP_XML_ENTITY',
    what: 'c’è un’entità che XML non ha',
  },
  {
    pattern: /^unclosed tag|^unexpected end/,
    code: 'DROP_XML_TRUNCATED',
    what: 'da qui il documento non si chiude: è tagliato, o una `&` sciolta ne copre il resto',
    beganBefore: true,
  },
  {
    pattern: /^document must contain a root/,
    code: 'DROP_XML_TRUNCATED',
    what: 'il documento non ha elementi',
  },
  {
    pattern: /entity/,
    code: 'DROP_XML_SYNTAX',
    what: 'dopo questa riga c’è una `&` che non comincia un’entità',
    beganBefore: true,
  },
  syntax(/only one root/, 'comincia un secondo documento'),
  syntax(/^unexpected close tag|^unmatched/, 'si chiude un elemento che non è quello aperto'),
  syntax(/outside of root/, 'c’è del testo fuori dal documento'),
  syntax(/^duplicate attribute/, 'un elemento ha due volte lo stesso attributo'),
  syntax(/^incorrect syntax/, 'c’è un `<!` che XML non ha: forse è una pagina HTML'),
  syntax(/^disallowed character\./, 'c’è un carattere che in XML non può stare'),
  syntax(/^/, 'l’XML non è ben formato'),
]

const remedies: Record<Known['code'], string> = {
  DROP_XML_ENTITY: 'Fai scrivere alla fonte il carattere stesso, o il suo numero: `&#224;`.',
  DROP_XML_TRUNCATED:
    'Fatti rimandare il file: forse è stato preso mentre veniva scritto. Una `&` nel testo va ' +
    'scritta `&amp;`.',
  DROP_XML_SYNTAX: 'Fai correggere il file alla fonte: non è XML ben formato.',
}

function syntax(pattern: RegExp, what: string): Known {
  return { pattern, code: 'DROP_XML_SYNTAX', what }
}

function faultOf(message: string, line: number, markedLine: number): DropError {
  const { code, what, beganBefore } = faults.find(({ pattern }) => pattern.test(message))!
  const at = beganBefore ? markedLine : line
  return new DropError(code, `Riga ${at}: ${what}.`, at, remedies[code])
}
