// Names in sane case: what registers write, and what a citizen reads.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { companyName, personName, withAccents } from '../../../src/mapping/field/name-case.ts'

describe('a person', () => {
  it.each([
    ['ROSSI MARIO', 'Rossi Mario'],
    ['rossi mario', 'Rossi Mario'],
    ['ROSSI/MARIO', 'Rossi Mario'],
    ['ROSSI / MARIA LUISA', 'Rossi Maria Luisa'],
    ["D'ANGELO MARIA-LUISA", "D'Angelo Maria-Luisa"],
    ["NICOLO' CANTU'", 'Nicolò Cantù'],
    ["DELL'ORTO NOE'", "Dell'Orto Noè"],
    ["DE' MEDICI LORENZO", "De' Medici Lorenzo"],
    ['DI STEFANO ÈVA', 'Di Stefano Èva'],
    ['Mario ROSSI', 'Mario Rossi'],
    ['Mario Rossi', 'Mario Rossi'],
    ['Mario di Stefano', 'Mario di Stefano'],
    ['John McDonald', 'John McDonald'],
    ['', ''],
  ])('%j reads %j', (text, expected) => {
    expect(personName(text)).toBe(expected)
  })
})

describe('a company', () => {
  it.each([
    ['EDIL CASA DI ROSSI M. SRL', 'Edil Casa di Rossi M. S.r.l.'],
    ['BMW ITALIA S.P.A.', 'BMW Italia S.p.A.'],
    ['A.S.D. CALCIO E SPORT', 'A.S.D. Calcio e Sport'],
    ['F.LLI ROSSI & C. S.N.C.', 'F.lli Rossi & C. S.n.c.'],
    ["BOTTEGA DELL'ARTE SAS", "Bottega dell'Arte S.a.s."],
    ["DELL'ARTE", "Dell'Arte"],
    ["COOPERATIVA L'UNITA' S.C.A.R.L.", "Cooperativa L'Unità S.c. a r.l."],
    ['edil casa srls', 'Edil Casa S.r.l.s.'],
    ['Edil Casa SRL', 'Edil Casa SRL'],
    ['DI MAURO', 'Di Mauro'],
  ])('%j reads %j', (text, expected) => {
    expect(companyName(text)).toBe(expected)
  })
})

describe('an apostrophe', () => {
  it.each([
    ["CITTA' DI FORLI'", 'CITTÀ DI FORLÌ'],
    ["L'UNITA'", "L'UNITÀ"],
    ["CA' FOSCARI", "CA' FOSCARI"],
    ["UN PO' DI PACE", "UN PO' DI PACE"],
    ["PERCHE' NO", "PERCHE' NO"],
    ["HOTEL 'ROMA'", "HOTEL 'ROMA'"],
    ["HOTEL 'LA ROMA'", "HOTEL 'LA ROMA'"],
    ["ROMA'S", "ROMA'S"],
  ])('%j is an accent only where it can be nothing else: %j', (text, expected) => {
    expect(withAccents(text)).toBe(expected)
  })
})

describe('every name', () => {
  const piece = fc.constantFrom(
    ...["ROSSI'", "D'", 'angelo', 'SRL', 'S.p.A.', ' ', '-', '/', 'È', 'ß', 'İ', '😀', "CITTA'"],
    ...['di', 'DELL’', '3', '&', '.', "'", 'Mc', 'ǅ'],
  )
  const name = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary', maxLength: 30 }),
  )
  /** Letters alone, whatever their case and accents; the case of some makes more of one. */
  const lettersOf = (text: string) =>
    text
      .toUpperCase()
      .toLowerCase()
      .toUpperCase()
      .normalize('NFD')
      .replace(/[^\p{L}]/gu, '')

  it('keeps its letters', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(lettersOf(personName(text))).toBe(lettersOf(text))
      }),
      { numRuns: 1000 },
    )
  })

  it('that is very long takes no longer for each letter', () => {
    const long = 'A'.repeat(200_000)
    expect(personName(`${long}a`)).toHaveLength(200_001)
    expect(companyName(`${long}'`)).toHaveLength(200_000)
    expect(personName(`a${' '.repeat(200_000)}${long}`)).toHaveLength(400_001)
  })
})
