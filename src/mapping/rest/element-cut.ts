// An XML document without some of its elements, on the text itself: nothing is parsed anew but
// where marks begin and end. The document is known to be well-formed. Invariant: an element is left
// out whole, with the blanks before it; everything else comes out as it was written.
import type { TextCut } from './text-cut.ts'

/**
 * Elements are counted as they open, from 1. `isLeftOut` is asked in that order, with the tag as it
 * is written, of those that do not stand within one that is left out.
 */
export function createElementCut(
  isLeftOut: (place: number, tag: string) => boolean,
  /** What takes the place of the text right after a tag that stays; null: it stays too. */
  textAfter: (place: number, tag: string) => string | null = () => null,
): TextCut {
  let rest = ''
  let opened = 0
  /** Elements within each other that are being left out. */
  let depth = 0
  /** Blanks that go with the element after them, if it is left out. */
  let blanks = ''
  /** The text up to the next mark has another in its place. */
  let isReplaced = false

  function takeText(text: string): string {
    if (depth > 0 || isReplaced) return ''
    const bare = text.trimEnd()
    const before = blanks
    if (bare === '') {
      blanks += text
      return ''
    }
    blanks = text.slice(bare.length)
    return before + bare
  }

  function keep(mark: string): string {
    const before = blanks
    blanks = ''
    return before + mark
  }

  function takeMark(mark: string): string {
    isReplaced = false
    if (/^<[!?]/.test(mark)) return depth > 0 ? '' : keep(mark)
    if (mark.startsWith('</')) {
      if (depth === 0) return keep(mark)
      depth--
      return ''
    }
    opened++
    const isEmpty = mark.endsWith('/>')
    if (depth > 0 || isLeftOut(opened, mark)) {
      if (depth === 0) blanks = ''
      if (!isEmpty) depth++
      return ''
    }
    const text = isEmpty ? null : textAfter(opened, mark)
    isReplaced = text !== null
    return keep(mark) + (text ?? '')
  }

  return {
    write(text) {
      const whole = rest + text
      let out = ''
      let at = 0
      for (;;) {
        const open = whole.indexOf('<', at)
        if (open < 0) break
        const end = endOfMark(whole, open)
        if (end === null) {
          out += takeText(whole.slice(at, open))
          at = open
          break
        }
        out += takeText(whole.slice(at, open)) + takeMark(whole.slice(open, end))
        at = end
      }
      rest = whole.slice(at)
      if (rest.startsWith('<')) return out
      out += takeText(rest)
      rest = ''
      return out
    },
    end: () => blanks + rest,
  }
}

const sections = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const

/** After the mark that begins here; null where the text does not have all of it. */
function endOfMark(text: string, open: number): number | null {
  for (const [start, end] of sections) {
    const head = text.slice(open, open + start.length)
    if (head === start) return after(text, end, open + start.length)
    if (head.length < start.length && start.startsWith(head)) return null
  }
  for (let at = open + 1; at < text.length; at++) {
    const letter = text[at]!
    if (letter === '>') return at + 1
    if (letter !== '"' && letter !== "'") continue
    at = text.indexOf(letter, at + 1)
    if (at < 0) return null
  }
  return null
}

function after(text: string, end: string, from: number): number | null {
  const at = text.indexOf(end, from)
  return at < 0 ? null : at + end.length
}
