// Cells of a record → typed values, and everything that is wrong with them at once.
// Invariant: a refused value reads as null, is named in `refused`, and never reaches a notice.
import { findCivilDate } from '../domain/civil-date.ts'
import type { RefusalCode } from '../domain/codes.ts'
import { readFiscalCode } from '../domain/fiscal-code.ts'
import { type EuroStyle, readEuro } from '../domain/money.ts'
import type { FieldValue } from '../domain/notice.ts'
import { readNoticeNumber } from '../domain/notice-number.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { FieldSpec } from './spec.ts'

/**
 * A fiscal code whose check character is wrong: judged later, since testers' codes are always good.
 */
export interface Doubt {
  code: string
  verdict: 'refuse' | 'warn'
  refusal: Refusal
}

/** What was found while reading; one for each record. */
export interface Findings {
  refusals: Refusal[]
  doubts: Doubt[]
  /** Fields that have no usable value because it was refused. */
  refused: string[]
}

/** Reads one cell. Null when there is no value, or when it was refused and `findings` says why. */
export type ReadField = (text: string, findings: Findings) => FieldValue

/** A reader of one field. `name` is how refusals call it. */
export function fieldReader(name: string, field: FieldSpec): ReadField {
  const parse = parserOf(field)
  const nothing = new Set(field.empty)
  const keepsBlanks = field.type === 'text' && !field.trim
  return (text, findings) => {
    const bare = text.trim()
    if (bare === '' || nothing.has(bare)) {
      if (!field.optional) refuse(findings, missing(name))
      return null
    }
    const read = parse(keepsBlanks ? text : bare)
    if (typeof read !== 'object' || read === null) return read
    if ('wrongCheck' in read) {
      const refusal = wrongCheck(name, text, read.expected)
      findings.doubts.push({ code: read.code, verdict: read.wrongCheck, refusal })
      return read.code
    }
    refuse(findings, {
      code: read.code,
      field: name,
      detail: said(text, read),
      remedy: read.remedy,
    })
    return null
  }
}

/**
 * The doubt about a kept fiscal code, if there is one: the reference was told to keep it and warn.
 */
export function findDoubt(name: string, field: FieldSpec, value: FieldValue): Doubt | null {
  if (field.type !== 'fiscalCode' || typeof value !== 'string') return null
  const read = readFiscalCode(value)
  if (read.kind !== 'wrong-check') return null
  const refusal = wrongCheck(name, value, read.expected)
  return { code: value, verdict: field.wrongCheck, refusal }
}

export interface Verdicts {
  refusals: readonly Refusal[]
  warnings: readonly Refusal[]
}

const noDoubts: Verdicts = { refusals: [], warnings: [] }

/** Splits doubts by what the mapping says of them; codes of testers have none. */
export function judge(doubts: Doubt[], testers: ReadonlySet<string>): Verdicts {
  if (doubts.length === 0) return noDoubts
  const standing = doubts.filter(({ code }) => !testers.has(code))
  const byVerdict = (wanted: Doubt['verdict']) =>
    standing.flatMap(({ verdict, refusal }) => (verdict === wanted ? [refusal] : []))
  return { refusals: byVerdict('refuse'), warnings: byVerdict('warn') }
}

/** A value as a message quotes it: one short line. */
export function quoted(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ').toWellFormed()
  return `«${line.length > 60 ? `${line.slice(0, 59).toWellFormed()}…` : line}»`
}

/** The refusal of a record that has nothing where something is needed. */
export function missing(name: string): Refusal {
  return {
    code: 'REC_FIELD_MISSING',
    field: name,
    detail: `Il campo ${name} è vuoto.`,
    remedy: 'Completa il dato alla fonte e rimanda la riga.',
  }
}

interface Bad {
  code: RefusalCode
  /** Completes "«value» …". */
  why: string
  remedy: string
}
type Doubtful = { wrongCheck: 'refuse' | 'warn'; code: string; expected: string }
type Parse = (text: string) => FieldValue | Bad | Doubtful

function parserOf(field: FieldSpec): Parse {
  switch (field.type) {
    case 'text':
      return (text) => text
    case 'integer':
      return parseInteger
    case 'boolean':
      return parseBoolean(field.true, field.false)
    case 'euro':
      return (text) => parseEuro(text, field.decimals)
    case 'date': {
      const remedy = `Scrivi la data come ${field.formats.join(' o ')}, o aggiungi il formato nel modello.`
      const why = 'non è una data che esiste, scritta come dice il modello'
      return (text) => findCivilDate(text, field.formats) ?? { code: 'REC_DATE_FORM', why, remedy }
    }
    case 'fiscalCode':
      return (text) => parseFiscalCode(text, field.wrongCheck)
    case 'noticeNumber':
      return parseNoticeNumber
  }
}

function parseInteger(text: string): FieldValue | Bad {
  if (/^[-+]?\d{1,15}$/.test(text)) return Number(text)
  return { code: 'REC_VALUE_FORM', why: 'non è un numero intero', remedy: 'Scrivi solo cifre.' }
}

function parseBoolean(yes: string[], no: string[]): Parse {
  const upper = (words: string[]) => new Set(words.map((word) => word.toUpperCase()))
  const [isTrue, isFalse] = [upper(yes), upper(no)]
  const remedy = `Usa ${yes.join(', ')} oppure ${no.join(', ')}, o aggiungi il valore nel modello.`
  return (text) => {
    const word = text.toUpperCase()
    if (isTrue.has(word)) return true
    if (isFalse.has(word)) return false
    return { code: 'REC_VALUE_FORM', why: 'non è né sì né no', remedy }
  }
}

const euroExamples: Record<EuroStyle, string> = {
  comma: '1.450,00',
  dot: '1,450.00',
  cents: '145000 (centesimi)',
}

function parseEuro(text: string, style: EuroStyle): FieldValue | Bad {
  const read = readEuro(text, style)
  if (read.kind === 'good') return read.cents
  const example = euroExamples[style]
  if (read.why === 'range') {
    const why = 'è oltre 99.999.999,99 €'
    return { code: 'REC_AMOUNT_RANGE', why, remedy: 'Correggi l’importo alla fonte.' }
  }
  if (read.why === 'form') {
    const why = `non è un importo scritto come ${example}`
    return { code: 'REC_AMOUNT_FORM', why, remedy: 'Correggi l’importo, o `decimals` nel modello.' }
  }
  const remedy =
    'Se il file porta centesimi senza separatore scrivi `decimals: cents` nel modello; ' +
    'altrimenti fai mettere i decimali alla fonte.'
  const why = `non ha i decimali che il modello promette (${example})`
  return { code: 'REC_AMOUNT_FORM', why, remedy }
}

function parseFiscalCode(text: string, wrongCheck: 'refuse' | 'warn'): string | Bad | Doubtful {
  const read = readFiscalCode(text)
  if (read.kind === 'good') return read.code
  if (read.kind === 'wrong-check') {
    return { wrongCheck, code: read.code, expected: read.expected }
  }
  const remedy = 'Correggi il codice fiscale alla fonte.'
  return { code: 'REC_FISCAL_CODE_FORM', why: read.why, remedy }
}

function parseNoticeNumber(text: string): string | Bad {
  const read = readNoticeNumber(text)
  if (read.kind === 'good') return read.number
  const remedy = 'Correggi il codice avviso alla fonte: sono le 18 cifre stampate sull’avviso.'
  return { code: 'REC_NOTICE_NUMBER_FORM', why: read.why, remedy }
}

function wrongCheck(name: string, text: string, expected: string): Refusal {
  return {
    code: 'REC_FISCAL_CODE_CHECK',
    field: name,
    detail: `${quoted(text)} ha il carattere di controllo sbagliato: dovrebbe finire con ${expected}.`,
    remedy: 'Controlla il codice fiscale in anagrafe: forse due caratteri sono scambiati.',
  }
}

function said(text: string, bad: Bad): string {
  return `${quoted(text)} ${bad.why}.`
}

function refuse(findings: Findings, refusal: Refusal): void {
  findings.refusals.push(refusal)
  findings.refused.push(refusal.field ?? '')
}
