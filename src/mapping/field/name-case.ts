// Names as people write them, from registers that shout: `D'ANGELO MARIA-LUISA`, `EDIL CASA SRL`.
// Invariant: a word with small and capital letters was written by somebody who knew, and stays as
// it is; an apostrophe becomes an accent only where it can be nothing else.

/** `ROSSI MARIO`, `rossi/mario` → `Rossi Mario`; `D'ANGELO NICOLO'` → `D'Angelo Nicolò`. */
export function personName(text: string): string {
  // Registers part surname and name by a slash.
  const spaced = withAccents(text.replace(/ ?\/ ?/g, ' '))
  if (!isMixed(spaced)) return titleCase(spaced)
  return spaced.replace(/(?<!\p{L})\p{Lu}{2,}(?!\p{L})/gu, capitalize)
}

/** `EDIL CASA DI ROSSI M. SRL` → `Edil Casa di Rossi M. S.r.l.`; `BMW` and `A.S.D.` stay. */
export function companyName(text: string): string {
  const accented = withAccents(text)
  if (isMixed(accented)) return accented
  const words = accented.split(/(\s+)/)
  return words.map((word, index) => companyWord(word, index === 0)).join('')
}

/** `DE ROSSI MARIA-LUISA` → `De Rossi Maria-Luisa`. */
export function titleCase(text: string): string {
  return text.replace(/\p{L}[\p{L}\p{M}]*/gu, capitalize)
}

/** The first letter large, all others small. */
export function capitalize(text: string): string {
  const [first = ''] = text
  return first.toUpperCase() + text.slice(first.length).toLowerCase()
}

/**
 * `CITTA'` → `CITTÀ`: an apostrophe after the final vowel of a word of four letters or more, since
 * shorter words are cut ones (`CA'`, `DE'`, `PO'`). A final `E'` may stand for è or é: only names
 * that are known are written out. A text that opens a quotation stays as it is.
 */
export function withAccents(text: string): string {
  if (!text.includes("'") || /(?<!\p{L})'/u.test(text)) return text
  return text.replace(/(?<!\p{L})(\p{L}{2,})([aeiou])'(?!\p{L})/giu, (found, stem, vowel) => {
    const word = `${stem}${vowel}`
    const isSure = /e/i.test(vowel) ? endInGraveE.has(word.toLowerCase()) : word.length > 3
    return isSure ? `${word}\u0300`.normalize('NFC') : found
  })
}

const endInGraveE = new Set(['noe', 'giosue', 'mose', 'salome', 'caffe'])

/** Companies' legal forms by their letters. */
const legalForms: Record<string, string> = {
  SRL: 'S.r.l.',
  SRLS: 'S.r.l.s.',
  SPA: 'S.p.A.',
  SAPA: 'S.a.p.A.',
  SNC: 'S.n.c.',
  SAS: 'S.a.s.',
  SCARL: 'S.c. a r.l.',
  FLLI: 'F.lli',
}

const particles = new Set(
  'a ad al alla ai alle da dal dalla dei degli del della dello delle di e ed in per con su'.split(
    ' ',
  ),
)

function companyWord(word: string, isFirst: boolean): string {
  const letters = word.replace(/\./g, '').toUpperCase()
  if (Object.hasOwn(legalForms, letters)) return legalForms[letters]!
  if (/^(?:\p{L}\.)+$/u.test(word) || !/[aeiouyà-ü]/i.test(word)) return word.toUpperCase()
  if (isFirst) return titleCase(word)
  if (particles.has(word.toLowerCase())) return word.toLowerCase()
  const elided = /^((?:d|n|s)?[ae]ll)'(.+)$/i.exec(word)
  return elided ? `${elided[1]!.toLowerCase()}'${titleCase(elided[2]!)}` : titleCase(word)
}

function isMixed(text: string): boolean {
  return text !== text.toUpperCase() && text !== text.toLowerCase()
}
