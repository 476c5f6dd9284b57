// One line of a drop as it stands in its file, for whoever looks why it was refused: of formats
// that are read line by line. It is looked for in a stream, and no further than its end.
import type { openRecords } from '../archive/open-records.ts'
import type { RecordSpec } from '../mapping/format/record-spec.ts'

/** Characters of a line that are shown. */
const MOST_CHARACTERS = 4000

/** Characters after which it is no line. */
const LONGEST_LINE = 1_000_000

const lined: readonly RecordSpec['format'][] = ['csv', 'fixed', 'ndjson']

/** Null where its format has no lines, or the line cannot be told apart. `line` counts from 1. */
export async function lineOf(
  opened: ReturnType<typeof openRecords>,
  { format, encoding }: RecordSpec,
  place: { line: number; encoding: string | null },
): Promise<string | null> {
  const { bytes } = await opened
  if (!lined.includes(format)) return null
  const name = place.encoding ?? (encoding === 'auto' ? 'utf-8' : encoding)
  const decoder = findDecoder(name)
  if (decoder === null) return null
  let line = 1
  let held = ''
  for await (const chunk of bytes) {
    const pieces = (held + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?!$)/)
    held = pieces.pop() ?? ''
    const at = place.line - line
    if (at < pieces.length) return shown(pieces[at] as string)
    line += pieces.length
    if (held.length > LONGEST_LINE) return null
  }
  return line === place.line ? shown(held) : null
}

function shown(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}

function findDecoder(name: string): TextDecoder | null {
  try {
    return new TextDecoder(name)
  } catch {
    return null
  }
}
