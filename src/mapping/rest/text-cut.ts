// The contract of what takes a text and gives it again without some of it, piece by piece; the one
// for lines is here. Invariant: what is not left out comes out as it went in, unit for unit.

export interface TextCut {
  /** What of the text so far is certain. */
  write(text: string): string
  /** The end of it. */
  end(): string
}

/**
 * Lines, whatever their ends: each is handed over with its number and its end, and what `edit`
 * answers takes its place.
 */
export function createLineCut(edit: (line: number, text: string) => string): TextCut {
  let line = 1
  let rest = ''

  function take(text: string, isLast: boolean): string {
    const whole = rest + text
    let out = ''
    let from = 0
    for (const { index, 0: end } of whole.matchAll(/\r\n?|\n/g)) {
      const to = index + end.length
      // A LF that comes next would belong to it.
      if (end === '\r' && to === whole.length && !isLast) break
      out += edit(line++, whole.slice(from, to))
      from = to
    }
    rest = whole.slice(from)
    if (!isLast || rest === '') return out
    return out + edit(line++, rest)
  }
  return { write: (text) => take(text, false), end: () => take('', true) }
}
