// The number formats of a workbook: which numbers are dates, times, or shown with zeros in front.
// A sheet stores all of them as plain numbers; only the format tells. Invariant: a format that is
// not known to be one of these shows a number.
import { beyondBounds, createXmlReader } from './xlsx-xml.ts'

/** How a number is shown. `zeros`: whole numbers with so many digits at least. */
export type NumberStyle =
  | { kind: 'number' }
  | { kind: 'date' | 'time' | 'dateTime' | 'elapsed' }
  | { kind: 'zeros'; digits: number }

const plain: NumberStyle = { kind: 'number' }

/** Excel itself stops at 65,490. */
const MAXIMUM_STYLES = 100_000

/** The style of each cell format, by its number. Throws `DropError`. */
export async function readStyles(
  part: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<NumberStyle[]> {
  const formats = new Map<number, NumberStyle>()
  const styles: NumberStyle[] = []
  let inCellFormats = false
  const reader = createXmlReader(part, {
    open(name, attributes) {
      const id = Number(attributes['numFmtId'])
      if (name === 'cellXfs') inCellFormats = true
      else if (name === 'numFmt') formats.set(id, styleOfFormat(attributes['formatCode'] ?? ''))
      else if (name === 'xf' && inCellFormats) styles.push(formats.get(id) ?? builtIn(id))
      if (Math.max(styles.length, formats.size) > MAXIMUM_STYLES) {
        throw beyondBounds(`ha più di ${MAXIMUM_STYLES} formati`)
      }
    },
    close(name) {
      if (name === 'cellXfs') inCellFormats = false
    },
  })
  for await (const chunk of bytes) reader.write(chunk)
  reader.end()
  return styles
}

/** The formats that need no text (ECMA-376, 18.8.30); 27 to 36 and 50 to 58 are dates in Asia. */
function builtIn(id: number): NumberStyle {
  if (id === 22) return { kind: 'dateTime' }
  if (id === 46) return { kind: 'elapsed' }
  if ((id >= 18 && id <= 21) || id === 45 || id === 47) return { kind: 'time' }
  const isDate = (id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58)
  return isDate ? { kind: 'date' } : plain
}

/**
 * What a format code such as `[$-410]d mmmm yyyy;@` shows, by its first section. Text in quotes,
 * escaped characters and colours say nothing; `m` is the month unless hours or seconds are shown.
 */
export function styleOfFormat(code: string): NumberStyle {
  if (/^(general|standard)$/i.test(code.trim())) return plain
  const [section = ''] = code.replace(/"[^"]*"|\\.|_.|\*./g, '').split(';')
  if (/\[(h+|m+|s+)\]/i.test(section)) return { kind: 'elapsed' }
  const shown = section.replace(/\[[^\]]*\]/g, '').replace(/am\/pm|a\/p/gi, 'h')
  if (/^0{2,}$/.test(shown)) return { kind: 'zeros', digits: shown.length }
  const hasTime = /[hs]/i.test(shown)
  const hasDate = /[dy]/i.test(shown) || (!hasTime && /m/i.test(shown))
  if (hasDate) return { kind: hasTime ? 'dateTime' : 'date' }
  return hasTime ? { kind: 'time' } : plain
}
