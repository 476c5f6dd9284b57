// A JSON document without some of its values, on the text itself. The document is known to be good.
// Invariant: a value is left out with its name and one of the commas beside it, so that what comes
// out is JSON again; everything else comes out as it was written.
import type { TextCut } from './text-cut.ts'

/**
 * Values are counted as the reader of documents opens elements: those of a list and not the list,
 * unless it stands in a list; no null but those in a list. `isLeftOut` is asked in that order.
 */
export function createJsonCut(
  isLeftOut: (place: number) => boolean,
  /** What takes the place of a value that stays; null: it stays as it is. */
  inPlaceOf: (place: number, value: string) => string | null = () => null,
): TextCut {
  const cutter = createCutter(isLeftOut, inPlaceOf)
  let rest = ''

  function take(text: string, isLast: boolean): string {
    const whole = rest + text
    let out = ''
    let at = 0
    while (at < whole.length) {
      const end = endOfToken(whole, at, isLast)
      if (end === null) break
      out += cutter.take(whole.slice(at, end))
      at = end
    }
    rest = whole.slice(at)
    return isLast ? out + rest + cutter.end() : out
  }
  return { write: (text) => take(text, false), end: () => take('', true) }
}

interface Container {
  isList: boolean
  /** The next text is a name. */
  isNaming: boolean
}

function createCutter(
  isLeftOut: (place: number) => boolean,
  inPlaceOf: (place: number, value: string) => string | null,
) {
  const containers: Container[] = []
  let opened = 0
  /** How many containers stand around the value that is being left out; null: none is. */
  let outside: number | null = null
  /** What stands between the last value that was kept and the next: blanks and a comma. */
  let held = ''
  /** The name of the value that comes, with what stands around it. */
  let name = ''
  /** The value before was left out: the blanks since then, while no comma has come. */
  let since: string | null = null
  /** Blanks after the comma of a value that was left out. */
  let isPassing = false

  function flush(token: string): string {
    const out = held + name + token
    held = ''
    name = ''
    since = null
    isPassing = false
    return out
  }

  function takeSpace(token: string): void {
    if (isPassing) return
    if (since !== null) since += token
    else if (name !== '') name += token
    else held += token
  }

  function takeComma(): void {
    if (since === null) held += ','
    else isPassing = true
    since = null
  }

  function takeEnd(token: string): string {
    containers.pop()
    if (outside !== null) {
      if (outside === containers.length) outside = null
      return ''
    }
    // The last value went: the comma before it goes too.
    held = since ?? held
    return flush(token)
  }

  function takeValue(token: string): string {
    const isInList = containers.at(-1)?.isList === true
    const isCounted = isInList || (token !== '[' && token !== 'null')
    if (isCounted) opened++
    const isContainer = token === '{' || token === '['
    const begins = outside === null && isCounted && isLeftOut(opened)
    if (begins) {
      name = ''
      since = ''
      isPassing = false
      if (isContainer) outside = containers.length
    }
    const isOut = begins || outside !== null
    if (isContainer) containers.push({ isList: token === '[', isNaming: token === '{' })
    if (isOut) return ''
    return flush((isCounted ? inPlaceOf(opened, token) : null) ?? token)
  }

  return {
    take(token: string): string {
      const container = containers.at(-1)
      const isOut = outside !== null
      if (token === ']' || token === '}') return takeEnd(token)
      if (/^\s/.test(token)) {
        if (!isOut) takeSpace(token)
      } else if (token === ',') {
        if (container !== undefined) container.isNaming = !container.isList
        if (!isOut) takeComma()
      } else if (token === ':') {
        if (!isOut) name += token
      } else if (container?.isNaming) {
        container.isNaming = false
        if (!isOut) name = token
        isPassing &&= isOut
      } else return takeValue(token)
      return ''
    },
    end: () => (since ?? held) + name,
  }
}

/** After the token that begins here; null where the text may not have all of it. */
function endOfToken(text: string, from: number, isLast: boolean): number | null {
  const first = text[from]!
  if ('{}[],:'.includes(first)) return from + 1
  if (first === '"') return endOfText(text, from + 1)
  const pattern = /\s/.test(first) ? /\S/g : /[\s{}[\],:"]/g
  pattern.lastIndex = from + 1
  const end = pattern.exec(text)?.index
  return end ?? (isLast || /\s/.test(first) ? text.length : null)
}

function endOfText(text: string, from: number): number | null {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0
    while (text[at - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return at + 1
  }
  return null
}
