// The text of one cell → its typed value, for each type that a mapping may declare.
// Invariant: what is not exactly of the declared form is said to be so, in Italian for the office
// that reads it; nothing is guessed. What depends on the mapping alone is prepared once.
import { findCivilDate } from '../../domain/civil-date.ts'
import type { RefusalCode } from '../../domain/codes.ts'
import { readFiscalCode } from '../../domain/fiscal-code.ts'
import { noticeNumberOf, readIuv } from '../../domain/iuv.ts'
import { readEuro } from '../../domain/money.ts'
import type { FieldValue } from '../../domain/notice.ts'
import { readNoticeNumber } from '../../domain/notice-number.ts'
import { readVatNumber } from '../../domain/vat-number.ts'
import type { FieldSpec } from './field-spec.ts'
import { textParser } from './text-value.ts'

/** What is wrong with a text. */
export interface Bad {
  code: RefusalCode
  /** Completes the sentence "«value» …". */
  why: string
  remedy: string
}

/** A value to be judged once the whole record is known. */
export interface Doubtful {
  verdict: 'refuse' | 'warn' | 'skip'
  value: string
  code: RefusalCode
  /** Completes the sentence "«value» …". */
  why: string
  remedy: string
}

/** Takes a text that is not empty; trimmed, but for a text field that keeps its blanks. */
export type Parse = (text: string) => FieldValue | Bad | Doubtful

/** The parser of one field. */
export function parserOf(field: FieldSpec): Parse {
  switch (field.type) {
    case 'text':
      return textParser(field)
    case 'integer':
      return parseInteger
    case 'boolean':
      return booleanParser(field)
    case 'euro':
      return euroParser(field)
    case 'date':
      return dateParser(field)
    case 'fiscalCode':
      return (text) => parseFiscalCode(text, field)
    case 'vatNumber':
      return (text) => parseVatNumber(text, field.wrongCheck)
    case 'iuv':
      return parseIuv
    case 'noticeNumber':
      return noticeNumberParser(field)
  }
}

type Of<Type extends FieldSpec['type']> = Extract<FieldSpec, { type: Type }>

function parseInteger(text: string): FieldValue | Bad {
  if (/^[-+]?\d{1,15}$/.test(text)) return Number(text)
  return { code: 'REC_VALUE_FORM', why: 'non è un numero intero', remedy: 'Scrivi solo cifre.' }
}

function booleanParser({ true: yes, false: no }: Of<'boolean'>): Parse {
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

const euroExamples: Record<Of<'euro'>['decimals'], string> = {
  comma: '1.450,00',
  dot: '1,450.00',
  cents: '145000 (centesimi)',
  thousandths: '1450000 (millesimi)',
}

function euroParser({ decimals, zeros }: Of<'euro'>): Parse {
  const example = euroExamples[decimals]
  const bad = {
    range: {
      code: 'REC_AMOUNT_RANGE',
      why: 'è oltre 99.999.999,99 €',
      remedy: 'Correggi l’importo alla fonte.',
    },
    form: {
      code: 'REC_AMOUNT_FORM',
      why: `non è un importo scritto come ${example}`,
      remedy: 'Correggi l’importo, o `decimals` nel modello.',
    },
    fraction: {
      code: 'REC_AMOUNT_FORM',
      why: 'ha frazioni di centesimo',
      remedy: 'Fai arrotondare l’importo alla fonte.',
    },
    'no-decimals': {
      code: 'REC_AMOUNT_FORM',
      why: `non ha i decimali che il modello promette (${example})`,
      remedy:
        'Se il file porta centesimi senza separatore scrivi `decimals: cents` nel modello, se ' +
        'perde gli zeri finali `zeros: dropped`; altrimenti fai mettere i decimali alla fonte.',
    },
  } as const satisfies Record<string, Bad>
  // A source that drops zeros promises no decimals: what is left are three, or foreign thousands.
  const unclear = zeros === 'kept' ? bad['no-decimals'] : bad.form
  return (text) => {
    const read = readEuro(text, decimals, zeros)
    if (read.kind === 'good') return read.cents
    return read.why === 'no-decimals' ? unclear : bad[read.why]
  }
}

function dateParser({ formats, pivot }: Of<'date'>): Parse {
  const bad: Bad = {
    code: 'REC_DATE_FORM',
    why: 'non è una data che esiste, scritta come dice il modello',
    remedy: `Scrivi la data come ${formats.join(' o ')}, o aggiungi il formato nel modello.`,
  }
  return (text) => findCivilDate(text, formats, pivot) ?? bad
}

function parseFiscalCode(text: string, field: Of<'fiscalCode'>): string | Bad | Doubtful {
  const read = readFiscalCode(text)
  if (read.kind === 'good') return read.code
  // Only a check character that fits says that the pieces are those of one code.
  const joined = field.blanks === 'drop' ? readFiscalCode(text.replace(/\s+/g, '')) : read
  if (joined.kind === 'good') return joined.code
  if (read.kind === 'wrong-check') {
    return {
      verdict: field.wrongCheck,
      value: read.code,
      code: 'REC_FISCAL_CODE_CHECK',
      why: `ha il carattere di controllo sbagliato: dovrebbe finire con ${read.expected}`,
      remedy: 'Controlla il codice fiscale in anagrafe: forse due caratteri sono scambiati.',
    }
  }
  const bad: Bad = {
    code: 'REC_FISCAL_CODE_FORM',
    why: read.why,
    remedy: 'Correggi il codice fiscale alla fonte.',
  }
  const isSkipped = read.isNobody && field.notPersons === 'skip'
  return isSkipped ? { verdict: 'skip', value: text, ...bad } : bad
}

function parseVatNumber(text: string, wrongCheck: 'refuse' | 'warn'): string | Bad | Doubtful {
  const read = readVatNumber(text)
  if (read.kind === 'good') return read.number
  if (read.kind === 'bad') {
    const remedy = 'Correggi la partita IVA alla fonte.'
    return { code: 'REC_VAT_NUMBER_FORM', why: read.why, remedy }
  }
  return {
    verdict: wrongCheck,
    value: read.number,
    code: 'REC_VAT_NUMBER_CHECK',
    why: `ha la cifra di controllo sbagliata: dovrebbe finire con ${read.expected}`,
    remedy: 'Controlla la partita IVA: forse due cifre sono scambiate.',
  }
}

function parseIuv(text: string): string | Bad {
  const read = readIuv(text)
  if (read.kind === 'good') return read.iuv
  return { code: 'REC_IUV_FORM', why: read.why, remedy: 'Correggi lo IUV alla fonte.' }
}

function noticeNumberParser({ fromIuv }: Of<'noticeNumber'>): Parse {
  if (fromIuv === undefined) return parseNoticeNumber
  const remedy = 'Correggi lo IUV alla fonte, o i codici dell’ente in `fromIuv` nel modello.'
  return (text) => {
    const read = noticeNumberOf(text, fromIuv)
    return read.kind === 'good' ? read.number : { code: 'REC_IUV_FORM', why: read.why, remedy }
  }
}

function parseNoticeNumber(text: string): string | Bad {
  const read = readNoticeNumber(text)
  if (read.kind === 'good') return read.number
  const remedy = 'Correggi il codice avviso alla fonte: sono le 18 cifre stampate sull’avviso.'
  return { code: 'REC_NOTICE_NUMBER_FORM', why: read.why, remedy }
}
