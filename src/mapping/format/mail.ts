// A mail as one record: what its headers say, its text, and the lines of the text that have labels.
// Who opens containers hands the mail over as one JSON object. Invariant: a label that stands twice
// with different values gives no value, but a refused record: which one counts is not guessed.
import type { Refusal } from '../../domain/refusal.ts'
import type { FieldSpec } from '../field/field-spec.ts'
import type { RawRecord, RecordReader } from './raw-record.ts'
import type { MailSpec } from './record-spec.ts'
import type { Watch } from './watch.ts'

/** A mail, decoded; of certified mail the one inside of its envelope. */
export interface MailRecord {
  subject: string
  /** Addresses in lower case, `, ` between them. */
  from: string
  to: string
  /** `2027-03-01T08:00:00Z`, or what the header says where that is no date. */
  date: string
  messageId: string
  text: string
  /** What its HTML says, as text, where that is not `text` itself. */
  richText: string
  /** Decoded values by name in lower case; of several with one name the first. */
  headers: Record<string, string>
}

const wholes = ['subject', 'from', 'to', 'date', 'messageId', 'text'] as const

/** Whether a column names something of a mail: `subject`, `header.X-Ufficio`, `label.Importo`. */
export function isMailColumn(column: string): boolean {
  return wholes.some((whole) => whole === column) || /^(header|label)\.\s*\S/.test(column)
}

/** A reader of the one record, given with the end of the bytes. */
export function createMailReader(spec: MailSpec, watch?: Watch): RecordReader {
  const fields = Object.entries(spec.fields)
  let chunks: Uint8Array[] = []

  function read(): RawRecord[] {
    if (chunks.length === 0) return []
    watch?.row(1, 2)
    const decoder = new TextDecoder()
    const json = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('')
    chunks = []
    const mail = JSON.parse(json + decoder.decode()) as MailRecord
    const labels: Labels = new Map([...labelsOf(mail.richText), ...labelsOf(mail.text)])
    const cells: string[] = []
    for (const [name, { column }] of fields) {
      const cell = cellOf(mail, labels, column)
      if (cell === null) return [{ line: 1, record: 1, cells: [], problem: ambiguous(name) }]
      cells.push(cell)
    }
    return [{ line: 1, record: 1, cells, problem: null }]
  }

  return {
    write(chunk) {
      if (chunk.length > 0) chunks.push(chunk.slice())
      return []
    },
    end: read,
    encoding: () => 'utf-8',
  }
}

/** The first of the columns that has a value; null where a label has two. */
function cellOf(mail: MailRecord, labels: Labels, column: FieldSpec['column']): string | null {
  for (const name of Array.isArray(column) ? column : [String(column)]) {
    const [, kind, rest = ''] = /^(header|label)\.\s*(.*)$/s.exec(name) ?? []
    if (kind === 'label') {
      const value = labels.get(comparable(rest))
      if (value === null) return null
      if (value) return value
      continue
    }
    const whole = wholes.find((one) => one === name)
    const value = whole === undefined ? headerOf(mail, rest) : mail[whole]
    if (value !== '') return value
  }
  return ''
}

function headerOf({ headers }: MailRecord, name: string): string {
  const key = name.trim().toLowerCase()
  return (Object.hasOwn(headers, key) ? headers[key] : undefined) ?? ''
}

/** By label; null for one that stands twice with different values. */
type Labels = ReadonlyMap<string, string | null>

/** UTF-16 units of what stands before the colon. */
const MOST_LABEL = 80

/**
 * `Importo: 10,00` in a line of its own, also as a cited line (`> `) or in a list. Where nothing
 * comes after the colon, or the line is the label alone, the next line that holds anything is the
 * value: so come the cells of a table.
 */
function labelsOf(text: string): Labels {
  const lines = text.split(/\r\n?|\n/).flatMap((line) => {
    const bare = line.replace(/^(?:[\s>]|[*•-]\s)+/, '').trim()
    return bare === '' ? [] : [bare]
  })
  const labels = new Map<string, string | null>()
  const alone = new Map<string, string | null>()
  const add = (to: Map<string, string | null>, label: string, value: string) => {
    const known = to.get(label)
    to.set(label, known === undefined || known === value ? value : null)
  }
  for (const [index, line] of lines.entries()) {
    const below = lines[index + 1] ?? ''
    const next = labelled(below) === null ? below : ''
    const { label, value } = labelled(line) ?? { label: line, value: '' }
    if (value !== '') add(labels, comparable(label), value)
    else if (next !== '' && label.length <= MOST_LABEL) add(alone, comparable(label), next)
  }
  return new Map([...alone, ...labels])
}

/** A colon ends a label where a blank or nothing follows it: `10:30` has none. */
function labelled(line: string): { label: string; value: string } | null {
  const colon = line.search(/:(?=\s|$)/)
  if (colon <= 0 || colon > MOST_LABEL) return null
  return { label: line.slice(0, colon), value: line.slice(colon + 1).trim() }
}

function comparable(label: string): string {
  return label.trim().replace(/\s+/g, ' ').toLowerCase().normalize('NFC')
}

function ambiguous(field: string): Refusal {
  return {
    code: 'REC_MAIL_LABEL',
    field,
    detail: `Nel testo del messaggio l’etichetta del campo ${field} compare più volte, diversa.`,
    remedy: 'Correggi il messaggio alla fonte, o leggi il valore da un’altra etichetta.',
  }
}
