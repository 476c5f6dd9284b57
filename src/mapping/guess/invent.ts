// A record of a real file → one of the same form about nobody: what the case of a new mapping is
// made of, since cases live in Git. Invariant: no letter and no digit of a value stays, but of
// amounts, dates other than births, and words that many records share.
import { checkCharacter } from '../../domain/fiscal-code.ts'
import { readIuv } from '../../domain/iuv.ts'
import { checkDigit } from '../../domain/vat-number.ts'
import { FieldSpec } from '../field/field-spec.ts'
import { parserOf } from '../field/value-parser.ts'
import { GROUP_LABEL } from './column-groups.ts'
import { isOfPerson, suggests } from './column-name.ts'
import type { GuessedField, Understanding } from './understanding.ts'

/** Caterina Esempi, born nowhere: the place of birth is given to no country. */
const PERSON = 'SMPCRN75B41Z999'
export const INVENTED_FISCAL_CODE = `${PERSON}${checkCharacter(PERSON)}`

/** The texts of a record by field, none of them a person's; empty ones are left out. */
export function inventRecord(
  { fields, roles }: Pick<Understanding, 'fields' | 'roles'>,
  index: number,
): Record<string, string> {
  const recipients = fields.find(({ name }) => name === roles.recipient)?.values ?? []
  const invented = fields.map((field): [string, string] => {
    const text = field.values[index] ?? ''
    const isKept = text.trim() === '' || saysWhatItDoes(field, roles.action)
    return [field.name, isKept ? text : inventValue(field, text, recipients)]
  })
  return Object.fromEntries(invented.filter(([, text]) => text.trim() !== ''))
}

/** An action, a state and the number of an instalment are what the mapping looks at. */
function saysWhatItDoes(field: GuessedField, action: string | null): boolean {
  const { label, name, values, isListed } = field
  if (label === GROUP_LABEL || name === action || isListed) return true
  return suggests(label, 'status') && new Set(values).size <= 12
}

function inventValue(field: GuessedField, text: string, recipients: readonly string[]): string {
  const { draft, label } = field
  const isEmpty = 'empty' in draft && (draft.empty as string[] | undefined)?.includes(text.trim())
  if (isEmpty) return text
  switch (draft.type) {
    case 'fiscalCode':
      return accepts(draft, text) ? INVENTED_FISCAL_CODE : text.replace(/\d/g, '0')
    case 'vatNumber':
      return `9999999999${checkDigit('9999999999')}`
    case 'noticeNumber':
      return 'fromIuv' in draft ? inventedIuv(text) : `${text.trim()[0]}02000000000000121`
    case 'iuv':
      return inventedIuv(text)
    case 'date':
      return suggests(label, 'personal') ? (inventedDate(draft, text) ?? text) : text
    case 'euro':
    case 'boolean':
    case 'integer':
      return text
    case 'text':
      return inventedText(field, text, recipients)
  }
}

function accepts(draft: GuessedField['draft'], text: string): boolean {
  const read = parserOf(FieldSpec.parse({ ...draft, column: 1 }))(text.trim())
  return (
    typeof read === 'string' || (typeof read === 'object' && read !== null && 'verdict' in read)
  )
}

function inventedIuv(text: string): string {
  const bare = text.replace(/\s+/g, '')
  if (!bare.startsWith('RF'))
    return `${'302000000000000121'.slice(1).padEnd(17, '0')}`.slice(-bare.length)
  for (let check = 2; check <= 98; check++) {
    const iuv = `RF${String(check).padStart(2, '0')}000000000121`
    if (readIuv(iuv).kind === 'good') return iuv
  }
  return text
}

/** The first of January 1975, written as the value is; null where its form is not found again. */
function inventedDate(draft: GuessedField['draft'], text: string): string | null {
  const forms = ['01/01/1975', '01-01-1975', '01.01.1975', '1/1/1975', '1975-01-01', '1975/01/01']
  const digits = ['19750101', '01011975', '01/01/75', '010175', '750101']
  const form = (date: string) => date.replace(/\d/g, '0')
  const found = [...forms, ...digits].find((date) => {
    return form(date) === form(text.trim()) && accepts(draft, date)
  })
  return found ?? null
}

/** Invented words by what the name of a column says, tried in order. */
const words: [hint: RegExp, text: string][] = [
  [/E ?MAIL|PEC|MAIL/, 'caterina.esempi@posta.example'],
  [/TEL|CELL|PHONE/, '0000000000'],
  [/IBAN/, 'IT00X0000000000000000000000'],
  [/COGNOME|SURNAME/, 'ESEMPI'],
  [/INDIRIZZO|VIA|ADDRESS|RECAPITO/, 'VIA DI ESEMPIO 1'],
  [/CIVICO/, '1'],
  [/LOCALITA|CITTA|COMUNE/, 'ESEMPIO'],
  [/PROV/, 'EE'],
  [/NAZIONE/, 'IT'],
  [/\bCAP\b|^cap/i, '00000'],
  [
    /DENOM|RAGIONE|NOMINATIV|INTESTATARI|DEBITORE|PAGATORE|CONTRIBUENTE|SOGGETTO/,
    'ESEMPI CATERINA',
  ],
  [/NOME|NAME/, 'CATERINA'],
]

function inventedText(field: GuessedField, text: string, recipients: readonly string[]): string {
  const { label } = field
  if (isOfPerson(label)) {
    const found = words.find(([hint]) => hint.test(label.toUpperCase()))
    if (found !== undefined && !/^[\d\s]+$/.test(text)) return found[1]
  }
  if (/\p{L}+\s+\p{L}+/u.test(text)) return 'Testo di esempio'
  return !isOfPerson(label) && isShared(field, text, recipients) ? text : sameForm(text)
}

/** Persons that have the same word in common, so that it names none of them. */
const MANY = 3

/** A word of many persons says nothing of one: `2026-03`, `TARI`, `UNICA`. */
function isShared({ values }: GuessedField, text: string, recipients: readonly string[]): boolean {
  const having = recipients.filter((_, record) => values[record]?.trim() === text.trim())
  return new Set(having.map((code) => code.trim().toUpperCase())).size >= MANY
}

/** Digits count down and letters go on from X: `AB-0012` → `XY-9876`. */
function sameForm(text: string): string {
  let digits = 0
  let letters = 0
  return text.replace(/[\p{L}\d]/gu, (one) => {
    if (/\d/.test(one)) return String(9 - (digits++ % 10))
    const letter = String.fromCharCode(65 + ((23 + letters++) % 26))
    return one === one.toLowerCase() ? letter.toLowerCase() : letter
  })
}
