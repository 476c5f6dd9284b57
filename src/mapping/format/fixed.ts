// Fixed width: lines of characters, of one type or of several → raw records. Lines that belong
// together become one record, with what the headers above them say. Invariant: a line that no type
// explains refuses the record it stands in, and a record is handed out only when it is complete.
import type { Refusal } from '../../domain/refusal.ts'
import { DropError } from '../drop-error.ts'
import { createTally, footerMissing, recordAfterFooter } from './footer.ts'
import { type Characters, charactersOf, type LineLayout, lineLayout } from './line-layout.ts'
import { createPartReader, type Emit } from './part-reader.ts'
import type { RecordReader } from './raw-record.ts'
import type { FixedSpec } from './record-spec.ts'
import { createLineReader } from './text-lines.ts'
import type { Watch } from './watch.ts'

/** Lines of one record, and UTF-16 units of a value that several of them make. */
const MAXIMUM_LINES = 1_000
const MAXIMUM_CELL_LENGTH = 100_000

/** A reader of one part. A part of 0 bytes has no records and no fault, footer or not. */
export function createFixedReader(spec: FixedSpec, watch?: Watch): RecordReader {
  return createPartReader(spec, (emit) => {
    const recordsOf = spec.lineType === undefined ? singleLines : lineGroups
    const records = recordsOf(spec, emit, watch)
    const lines = createLineReader((line, whole) => {
      // Print files begin a page with a form feed.
      const text = whole.startsWith('\f') ? whole.replace(/^\f+/, '') : whole
      checkControls(line, text)
      const characters = charactersOf(text)
      if (line === 1) checkLineEnds(characters.length, spec.lineLength)
      records.takeLine(line, characters)
    })
    return {
      ...lines,
      end() {
        lines.end()
        records.end(lines.line())
      },
    }
  })
}

interface Records {
  takeLine(line: number, characters: Characters): void
  /** After the last line. */
  end(line: number): void
}

function singleLines(spec: FixedSpec, emit: Emit, watch?: Watch): Records {
  const layout = lineLayout(spec, undefined)
  return {
    takeLine(line, characters) {
      const problem = layout.findProblem(line, characters)
      const cells: string[] = []
      if (problem === null) layout.read(characters, (index, text) => (cells[index] = text))
      emit(line, cells, problem)
      watch?.row(line, line + 1)
    },
    end() {},
  }
}

interface OpenRecord {
  line: number
  /** The line on which it ends, as far as is known. */
  last: number
  lines: number
  cells: string[]
  problem: Refusal | null
}

function lineGroups(spec: FixedSpec, emit: Emit, watch?: Watch): Records {
  const layouts = new Map(Object.keys(spec.lines).map((code) => [code, lineLayout(spec, code)]))
  const { start, length } = spec.lineType!
  const hasFooter = Object.values(spec.lines).includes('footer')
  const newTally = () => createTally(spec, { of: spec.footer?.of, watch })
  const headers = createHeaders()
  let open: OpenRecord | null = null
  let tally = newTally()
  /** Of the list that is being read, those that are ignored too. */
  let lines = 0
  let state: 'empty' | 'going' | 'over' = 'empty'

  function hand({ line, last, cells, problem }: Omit<OpenRecord, 'lines'>): void {
    const good = problem === null ? cells : []
    emit(line, good, problem)
    watch?.row(line, last + 1)
    tally.add(good)
  }

  function close(): void {
    if (open !== null) hand(open)
    open = null
  }

  function begin(line: number): OpenRecord {
    const cells = Object.keys(spec.fields).map(() => '')
    open = { line, last: line, lines: 0, cells, problem: null }
    headers.copyTo(open)
    return open
  }

  function refuse(line: number, problem: Refusal): void {
    if (open === null) hand({ line, last: line, cells: [], problem })
    else open.problem ??= problem
  }

  function takeFooter(line: number, text: Characters): void {
    const at = (span: { start: number; length: number } | undefined) =>
      span === undefined ? null : text.slice(span.start - 1, span.start - 1 + span.length)
    tally.compare(line, {
      count: at(spec.footer?.count),
      total: at(spec.footer?.total),
      lines: { counted: lines, said: at(spec.footer?.lines) },
    })
    tally = newTally()
    lines = 0
  }

  return {
    takeLine(line, text) {
      const code = text.slice(start - 1, start - 1 + length)
      const layout = layouts.get(code)
      const role = layout && spec.lines[code]
      lines++
      if (role === 'ignore') {
        if (open !== null) open.last = line
        return
      }
      // A header after a footer begins another delivery in the same file.
      if (state === 'over' && role !== 'header') throw recordAfterFooter(line)
      if (role === 'header' || role === 'start' || role === 'footer') close()
      if (role === 'header') headers.put(line, code, layout!, text)
      else if (role === 'footer') takeFooter(line, text)
      else if (role === 'start') addLine(begin(line), line, layout!, text)
      else if (role === undefined) refuse(line, unknownLine(line, code))
      else if (open === null) refuse(line, looseLine(line, code))
      else addLine(open, line, layout!, text)
      if (open !== null) open.last = line
      state = role === 'footer' ? 'over' : 'going'
    },
    end(line) {
      // Without its footer the file was cut, and so perhaps was the last record.
      if (hasFooter && state === 'going') throw footerMissing(line)
      close()
    },
  }
}

/**
 * What header lines say to the records after them. A header of a type that stands already ends that
 * one and those that came below it.
 */
function createHeaders() {
  const standing: { code: string; cells: Map<number, string>; problem: Refusal | null }[] = []
  return {
    put(line: number, code: string, layout: LineLayout, text: Characters): void {
      const level = standing.findIndex((header) => header.code === code)
      if (level >= 0) standing.splice(level)
      const cells = new Map<number, string>()
      layout.read(text, (index, cell) => cells.set(index, cell))
      standing.push({ code, cells, problem: layout.findProblem(line, text) })
    },
    copyTo(record: OpenRecord): void {
      for (const { cells, problem } of standing) {
        for (const [index, text] of cells) record.cells[index] = text
        record.problem ??= problem
      }
    },
  }
}

/** Several lines of one type make one value, a line each: nothing of a record is passed over. */
function addLine(record: OpenRecord, line: number, layout: LineLayout, text: Characters): void {
  record.lines++
  if (record.lines > MAXIMUM_LINES) throw tooLarge(record, `più di ${MAXIMUM_LINES} righe`)
  record.problem ??= layout.findProblem(line, text)
  layout.read(text, (index, piece) => {
    const before = record.cells[index] ?? ''
    const cell = before === '' ? piece : `${before.trimEnd()}\n${piece}`
    if (cell.length > MAXIMUM_CELL_LENGTH) {
      throw tooLarge(record, `un valore di più di ${MAXIMUM_CELL_LENGTH} caratteri`)
    }
    record.cells[index] = cell
  })
}

function tooLarge({ line }: OpenRecord, what: string): DropError {
  const detail = `Il record che comincia alla riga ${line} ha ${what}.`
  const remedy = 'Controlla in `lines` quale tipo di riga comincia un record.'
  return new DropError('DROP_LINE_BOUNDS', detail, line, remedy)
}

function unknownLine(line: number, code: string): Refusal {
  return {
    code: 'REC_LINE_TYPE',
    field: null,
    detail: `La riga ${line} è di un tipo non dichiarato, «${code.toWellFormed()}».`,
    remedy:
      'Aggiungi il tipo a `lines` nel modello (`ignore` se non serve), o correggi `lineType`.',
  }
}

function looseLine(line: number, code: string): Refusal {
  return {
    code: 'REC_LINE_TYPE',
    field: null,
    detail: `La riga ${line}, di tipo «${code}», continua un record che non è cominciato.`,
    remedy: 'Controlla alla fonte che non manchino righe, e in `lines` chi comincia un record.',
  }
}

/** Packed numbers are no text, even where every byte is a character of the encoding. */
function checkControls(line: number, text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (!/[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text)) return
  const detail = `La riga ${line} contiene byte di controllo: non è testo.`
  const remedy =
    'Chiedi alla fonte un file di solo testo: i numeri compattati (COMP-3) vanno convertiti lì.'
  throw new DropError('DROP_CONTROL_BYTES', detail, line, remedy)
}

/** Files of mainframes may come in blocks, one line after the other. */
function checkLineEnds(length: number, lineLength: number | undefined): void {
  if (lineLength === undefined || length < 2 * lineLength || length % lineLength !== 0) return
  const detail = `La riga 1 ha ${length} caratteri, ${length / lineLength} volte ${lineLength}.`
  const remedy =
    'Il file sembra senza fine riga: chiedi alla fonte di metterne uno dopo ogni record.'
  throw new DropError('DROP_LINE_ENDS', detail, 1, remedy)
}
