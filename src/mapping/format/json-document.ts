// JSON: one document → raw records, by the rows and paths that the mapping names. An entry of a
// list is an element of the list's name, so that rows and paths mean what they mean in XML.
// Invariant: a number keeps the digits with which it is written and never passes through a float.
import { Tokenizer, TokenizerError, TokenType } from '@streamparser/json'
import { DropError } from '../drop-error.ts'
import { documentTooLarge } from './document-fault.ts'
import { createPartReader, type Emit, type TextParser } from './part-reader.ts'
import type { RecordReader } from './raw-record.ts'
import type { JsonSpec } from './record-spec.ts'
import { JSON_ROOT } from './tree-path.ts'
import { createTreeReader, type TreeReader } from './tree-reader.ts'
import type { Watch } from './watch.ts'

/** UTF-8 bytes of one text or number that nobody reads. */
const MAXIMUM_TOKEN_BYTES = 10_000_000
/** Lists and objects within each other, whether anything of them is read or not. */
const MAXIMUM_DEPTH = 400
/** The name of the entries of a list in a list: no path can have it. */
const UNNAMED = '[]'

/** A reader of one part. A part of 0 bytes, or of blanks alone, has no records and no fault. */
export function createJsonReader(spec: JsonSpec, watch?: Watch): RecordReader {
  return createPartReader(spec, (emit) => jsonParser(spec, emit, watch))
}

function jsonParser(spec: JsonSpec, emit: Emit, watch?: Watch): TextParser {
  const tree = createTreeReader(spec, emit, watch)
  const grammar = createGrammar(tree)
  const tokenizer = new ExactTokenizer()
  const encoder = new TextEncoder()
  let line = 1
  /** Bytes since the last token. */
  let pending = 0

  tokenizer.onToken = ({ token, value }) => {
    pending = 0
    if (!grammar.take(token, value, line)) throw syntaxFault(line)
  }

  function feed(bytes: Uint8Array): void {
    try {
      tokenizer.write(bytes)
    } catch (error) {
      // Its message quotes the text, which may be a person's data.
      throw error instanceof TokenizerError ? syntaxFault(line) : error
    }
    pending += bytes.length
    if (pending > MAXIMUM_TOKEN_BYTES)
      throw documentTooLarge(line, 'un solo valore di più di 10 MB')
  }

  return {
    // Line by line, since a raw line end stands between tokens alone.
    write(text) {
      const bytes = encoder.encode(text)
      let from = 0
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
        feed(bytes.subarray(from, end + 1))
        line++
        from = end + 1
      }
      if (from < bytes.length) feed(bytes.subarray(from))
    },
    end() {
      try {
        tokenizer.end()
      } catch (error) {
        throw error instanceof TokenizerError ? truncated(line) : error
      }
      if (grammar.isEmpty()) return
      if (!grammar.isOver()) throw truncated(line)
      tree.end(line)
    },
    line: () => line,
    stop() {},
  }
}

/** The library's type says number; what comes out is made text again and nothing else. */
class ExactTokenizer extends Tokenizer {
  protected override parseNumber(digits: string): number {
    return digits as unknown as number
  }
}

interface Container {
  isList: boolean
  /** The name of a list's entries, or of the entry of an object that comes next. */
  name: string
  /** Whether the container is an element itself; a list is one only within another list. */
  isElement: boolean
  isEmpty: boolean
}

type Expected = 'value' | 'valueOrEnd' | 'name' | 'nameOrEnd' | 'colon' | 'commaOrEnd' | 'nothing'

/** The order in which tokens may come, and what they mean as elements. */
function createGrammar(tree: TreeReader) {
  const containers: Container[] = []
  let expected: Expected = 'value'
  let isEmpty = true

  const after = () => {
    expected = containers.length === 0 ? 'nothing' : 'commaOrEnd'
  }

  function takeName(name: string): void {
    containers.at(-1)!.name = name
    expected = 'colon'
  }

  function takeValue(token: TokenType, value: unknown, line: number): boolean {
    const parent = containers.at(-1)
    const name = parent?.name ?? JSON_ROOT
    if (parent !== undefined) parent.isEmpty = false
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) {
      begin(token === TokenType.LEFT_BRACKET, name, line)
      return true
    }
    if (!scalars.has(token)) return false
    if (token === TokenType.NULL && parent?.isList !== true) tree.absent(name)
    else {
      tree.open(name, line)
      if (token !== TokenType.NULL && tree.wantsText()) tree.text(String(value))
      tree.close(line)
    }
    after()
    return true
  }

  function begin(isList: boolean, name: string, line: number): void {
    if (containers.length >= MAXIMUM_DEPTH) {
      throw documentTooLarge(line, `più di ${MAXIMUM_DEPTH} elenchi e oggetti uno dentro l’altro`)
    }
    const isElement = !isList || containers.at(-1)?.isList === true
    if (isElement) {
      tree.open(name, line)
      if (tree.wants('@key')) tree.attribute('@key', name)
    }
    const entries = isList ? (isElement ? UNNAMED : name) : ''
    containers.push({ isList, name: entries, isElement, isEmpty: true })
    expected = isList ? 'valueOrEnd' : 'nameOrEnd'
  }

  function end(isList: boolean, line: number): boolean {
    const closed = containers.pop()
    if (closed?.isList !== isList) return false
    if (closed.isElement) tree.close(line)
    else if (closed.isEmpty) tree.absent(closed.name)
    after()
    return true
  }

  return {
    /** Whether the token may stand here. */
    take(token: TokenType, value: unknown, line: number): boolean {
      isEmpty = false
      const mayEnd = expected === 'commaOrEnd' || expected.endsWith('OrEnd')
      if (token === TokenType.RIGHT_BRACKET) return mayEnd && end(true, line)
      if (token === TokenType.RIGHT_BRACE) return mayEnd && end(false, line)
      if (expected === 'value' || expected === 'valueOrEnd') return takeValue(token, value, line)
      if (expected === 'colon') {
        expected = 'value'
        return token === TokenType.COLON
      }
      if (expected === 'name' || expected === 'nameOrEnd') {
        takeName(String(value))
        return token === TokenType.STRING
      }
      if (expected === 'nothing') return false
      expected = containers.at(-1)!.isList ? 'value' : 'name'
      return token === TokenType.COMMA
    },
    isEmpty: () => isEmpty,
    isOver: () => expected === 'nothing',
  }
}

const scalars = new Set([
  TokenType.STRING,
  TokenType.NUMBER,
  TokenType.TRUE,
  TokenType.FALSE,
  TokenType.NULL,
])

function syntaxFault(line: number): DropError {
  const remedy =
    'Fai correggere il file alla fonte. Se ha un oggetto per riga, senza virgole, scrivi ' +
    '`format: ndjson` nel modello.'
  return new DropError('DROP_JSON_SYNTAX', `Riga ${line}: il testo non è JSON.`, line, remedy)
}

function truncated(line: number): DropError {
  const remedy = 'Fatti rimandare il file: forse è stato preso mentre veniva scritto.'
  return new DropError(
    'DROP_JSON_TRUNCATED',
    `Riga ${line}: il documento finisce a metà.`,
    line,
    remedy,
  )
}
