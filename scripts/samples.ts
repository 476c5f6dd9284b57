// Made-up bills, contacts and canteen accounts: the drops of the example municipality, of the demo
// and of the measurements. The same seed gives the same bytes. Nobody in them exists: fiscal codes
// carry the place code Z999, which no place has.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkCharacter } from '../src/domain/fiscal-code.ts'
import { zipOf } from './zip-writer.ts'

export interface Bill {
  customer: string
  name: string
  number: string
  emission: string
  /** As the billing system writes it: `145,00`. */
  amount: string
  /** `dd/MM/yyyy` */
  due: string
  notice: string
  address: string
  /** Name of its PDF, where one comes along. */
  file?: string
}

export interface Contact {
  customer: string
  fiscalCode: string
  email: string
}

const SURNAMES = [
  'Acquachiara',
  'Bollettino',
  'Cittàbella',
  'Dellafonte',
  'Esempietti',
  'Fontanélla',
]
const NAMES = ['Provetta', 'Modello', 'Campiona', 'Fac', 'Simile', 'Saggio', 'Mostra']
const STREETS = [
  'Via dell’Esempio',
  'Piazza della Prova',
  'Vicolo del Modello',
  'Largo Città Nuova',
]

/** The contact of customer `n`: the same for ever. */
export function contact(n: number): Contact {
  const fiscalCode = madeUpFiscalCode(n)
  return { customer: customerCode(n), fiscalCode, email: `cliente${n}@posta.example` }
}

/** The bill of customer `n` in an emission (`2026-03`). */
export function bill(n: number, emission: string, due: Temporal.PlainDate): Bill {
  const cents = 1500 + ((n * 7919) % 40_000)
  const number = `${emission.replace('-', '')}/${String(n).padStart(6, '0')}`
  return {
    customer: customerCode(n),
    name: `${SURNAMES[n % SURNAMES.length]} ${NAMES[n % NAMES.length]}`,
    number,
    emission,
    amount: `${Math.floor(cents / 100)},${String(cents % 100).padStart(2, '0')}`,
    due: italianDate(due),
    notice: `302${emission.replace('-', '')}${String(n).padStart(9, '0')}`,
    address: `${STREETS[n % STREETS.length]} ${1 + (n % 90)}`,
  }
}

const BILL_HEADER =
  'COD_CLIENTE;INTESTATARIO;NUM_BOLLETTA;EMISSIONE;IMPORTO;SCADENZA;COD_AVVISO;' +
  'INDIRIZZO_FORNITURA;FILE_PDF'

/** The flow of bills, windows-1252 with CRLF. */
export function billsCsv(bills: Iterable<Bill>): Buffer {
  const rows = Array.from(bills, billRow)
  return windows1252([BILL_HEADER, ...rows, ''].join('\r\n'))
}

/** One row without its line end. */
export function billRow(b: Bill): string {
  const { customer, name, number, emission, amount, due, notice, address, file = '' } = b
  return [customer, name, number, emission, amount, due, notice, address, file].join(';')
}

export function billsHeader(): string {
  return BILL_HEADER
}

/** What the billing system drops: the flow, and one PDF a bill. */
export function billsZip(emission: string, bills: Bill[]): Buffer {
  const printed = bills.map((b) => ({ ...b, file: `${b.number.replace('/', '-')}.pdf` }))
  const pdfs = printed.map(({ file, number }) => ({
    name: `pdf/${file}`,
    bytes: pdf(`Bolletta ${number}`),
  }))
  return zipOf([{ name: `bollette-${emission}.csv`, bytes: billsCsv(printed) }, ...pdfs])
}

export function contactsCsv(contacts: Iterable<Contact>): Buffer {
  const rows = Array.from(contacts, (c) => `${c.customer};${c.fiscalCode};${c.email}`)
  return windows1252(['COD_CLIENTE;COD_FISCALE;EMAIL', ...rows, ''].join('\r\n'))
}

/** The canteen's CSV, UTF-8, amounts in cents. Every fifth child has nothing to pay. */
export function canteenCsv(count: number, month: string, due: Temporal.PlainDate): Buffer {
  const rows = Array.from({ length: count }, (_, n) => {
    const meals = n % 5 === 4 ? 0 : 8 + (n % 12)
    const notice = `303${month.replace('-', '')}${String(n).padStart(9, '0')}`
    return [`MENSA-${n}`, madeUpFiscalCode(5000 + n), month, meals, meals * 450, due, notice].join(
      ',',
    )
  })
  return Buffer.from(
    ['PRATICA,CF_GENITORE,MESE,PASTI,IMPORTO_CENT,SCADENZA,AVVISO', ...rows, ''].join('\n'),
  )
}

function customerCode(n: number): string {
  return `C${String(n).padStart(7, '0')}`
}

const CONSONANTS = 'BCDFGLMNPRSTVZ'
const MONTHS = 'ABCDEHLMPRST'

/** A code of the right form for nobody: letters from the number, a birth date, the place Z999. */
function madeUpFiscalCode(n: number): string {
  let rest = n
  let letters = ''
  for (let i = 0; i < 6; i++) {
    letters += CONSONANTS[rest % CONSONANTS.length]
    rest = Math.floor(rest / CONSONANTS.length)
  }
  const year = String(40 + (n % 60)).padStart(2, '0')
  const day = String(1 + (n % 28) + (n % 2 === 0 ? 0 : 40)).padStart(2, '0')
  const code = `${letters}${year}${MONTHS[n % 12]}${day}Z999`
  return code + checkCharacter(code)
}

/** `31/12/2026`. */
export function italianDate(date: Temporal.PlainDate): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(date.day)}/${two(date.month)}/${date.year}`
}

/** Latin letters are the same bytes as in ISO-8859-1; only the typographic apostrophe differs. */
function windows1252(text: string): Buffer {
  return Buffer.from(text.replaceAll('’', '\u0092'), 'latin1')
}

/** The smallest PDF that readers open: one page with one line. */
function pdf(line: string): Buffer {
  const stream = `BT /F1 18 Tf 72 770 Td (${line}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let text = '%PDF-1.4\n'
  const offsets = objects.map((body, index) => {
    const offset = text.length
    text += `${index + 1} 0 obj\n${body}\nendobj\n`
    return offset
  })
  const table = text.length
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${entries}`
  text += `trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}

/** Writes the samples that ship with the example municipality: a fixed month, a dozen bills. */
async function writeShippedSamples(): Promise<void> {
  const directory = new URL('../config/comune-di-esempio/samples/', import.meta.url).pathname
  const due = Temporal.PlainDate.from('2026-04-30')
  const bills = Array.from({ length: 12 }, (_, n) => bill(n, '2026-03', due))
  const contacts = Array.from({ length: 12 }, (_, n) => contact(n))
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'bollette-2026-03.zip'), billsZip('2026-03', bills))
  await writeFile(join(directory, 'contatti.csv'), contactsCsv(contacts))
  await writeFile(join(directory, 'mensa-2026-03.csv'), canteenCsv(10, '2026-03', due))
}

if (import.meta.main) await writeShippedSamples()
