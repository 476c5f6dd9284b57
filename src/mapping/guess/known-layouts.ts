// The fixed-width layouts that every Italian office meets, by their public standards: where a guess
// would have to find out what is written down. Sources: CBI, "Servizio di incasso MAV"; Ministero
// delle Finanze, d.m. 3 September 1999 (rolls, «tracciato 290»). Invariant: a layout is only taken
// for lines that begin as it says.
import type { FixedSpec } from '../format/record-spec.ts'

export interface KnownLayout {
  /** How the sentence calls it. */
  name: string
  lineLength: number
  lineType: NonNullable<FixedSpec['lineType']>
  lines: FixedSpec['lines']
  footer: NonNullable<FixedSpec['footer']>
  places: { label: string; line: string; start: number; length: number }[]
  /** Labels of the key: what the layout is known to say once. */
  key: string[]
}

const mav: KnownLayout = {
  name: 'CBI MAV',
  lineLength: 120,
  lineType: { start: 2, length: 2 },
  lines: {
    IM: 'header',
    '14': 'start',
    '20': 'ignore',
    '30': 'part',
    '40': 'part',
    '51': 'ignore',
    '59': 'part',
    '70': 'ignore',
    EF: 'footer',
  },
  footer: { count: { start: 46, length: 7 }, total: { start: 53, length: 15 } },
  places: [
    { label: 'nome flusso', line: 'IM', start: 20, length: 20 },
    { label: 'progressivo', line: '14', start: 4, length: 7 },
    { label: 'scadenza', line: '14', start: 23, length: 6 },
    { label: 'importo', line: '14', start: 34, length: 13 },
    { label: 'codice cliente', line: '14', start: 98, length: 16 },
    { label: 'intestatario', line: '30', start: 11, length: 60 },
    { label: 'codice fiscale', line: '30', start: 71, length: 16 },
    { label: 'indirizzo', line: '40', start: 11, length: 30 },
    { label: 'causale', line: '59', start: 11, length: 110 },
  ],
  key: ['nome flusso', 'progressivo'],
}

const roll: KnownLayout = {
  name: 'tracciato 290',
  lineLength: 290,
  lineType: { start: 1, length: 2 },
  lines: {
    N0: 'ignore',
    N1: 'header',
    N2: 'header',
    N3: 'ignore',
    N4: 'start',
    N5: 'footer',
    N9: 'ignore',
  },
  footer: { count: { start: 23, length: 7 }, total: { start: 30, length: 15 } },
  places: [
    { label: 'comune', line: 'N1', start: 3, length: 6 },
    { label: 'numero ruolo', line: 'N1', start: 9, length: 10 },
    { label: 'codice partita', line: 'N2', start: 9, length: 14 },
    { label: 'codice fiscale', line: 'N2', start: 23, length: 16 },
    { label: 'cognome', line: 'N2', start: 39, length: 24 },
    { label: 'riga', line: 'N4', start: 23, length: 3 },
    { label: 'anno', line: 'N4', start: 26, length: 4 },
    { label: 'codice tributo', line: 'N4', start: 30, length: 4 },
    { label: 'importo', line: 'N4', start: 34, length: 15 },
  ],
  key: ['comune', 'numero ruolo', 'codice partita', 'riga'],
}

/** The layout of these lines, if it is one that is known. */
export function findLayout(lines: readonly string[]): KnownLayout | null {
  const [first = '', last = ''] = [lines[0], lines.at(-1)]
  const isLong = (length: number) => lines.every((line) => line.length <= length)
  if (/^ IM/.test(first) && /^ EF/.test(last) && isLong(mav.lineLength)) {
    const codes = new Set(lines.map((line) => line.slice(1, 3)))
    return [...codes].every((code) => code in mav.lines) ? mav : null
  }
  const isRoll = lines.every((line) => /^N[0-59]/.test(line)) && isLong(roll.lineLength)
  return isRoll && /^N0/.test(first) && lines.some((line) => /^N4/.test(line)) ? roll : null
}
