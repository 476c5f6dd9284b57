// Files of the canteen as fast-check draws them: ordinary rows, the same ones again, rows that a
// mapping refuses or skips, and files that are broken off, damaged, empty or in another encoding.
// A child owes one amount for ever, so that the same message can never be owed twice.
import fc from 'fast-check'
import { contact } from '../samples.ts'

export interface DrawnFile {
  bytes: Buffer
}

const CHILDREN = 20_000
const HEADER = 'PRATICA,CF_GENITORE,MESE,PASTI,IMPORTO_CENT,SCADENZA,AVVISO'
const FAR_DUE = '2099-04-30'

type Fault = 'none' | 'skipped' | 'fiscal-code' | 'date' | 'amount' | 'notice' | 'short' | 'long'

const row = fc
  .record({
    child: fc.nat(CHILDREN - 1),
    fault: fc.oneof(
      { weight: 12, arbitrary: fc.constant<Fault>('none') },
      {
        weight: 3,
        arbitrary: fc.constantFrom<Fault>(
          ...(['skipped', 'fiscal-code', 'date', 'amount', 'notice', 'short', 'long'] as const),
        ),
      },
    ),
    odd: fc.string({ unit: 'grapheme', maxLength: 6 }),
  })
  .map(({ child, fault, odd }) => rowOf(child, fault, odd))

const rows = fc.array(row, { maxLength: 12 })
const ordinary = rows.map((lines) => [HEADER, ...lines, ''].join('\n'))

export const drawnFile: fc.Arbitrary<DrawnFile> = fc
  .oneof(
    { weight: 14, arbitrary: ordinary.map(utf8) },
    {
      weight: 1,
      arbitrary: ordinary.map((text) => utf8(`\ufeff${text.replaceAll('\n', '\r\n')}`)),
    },
    {
      weight: 1,
      arbitrary: rows.map((lines) => utf8([HEADER, ...lines, ...lines, ''].join('\n'))),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(ordinary, fc.nat(400)).map(([text, at]) => utf8(text.slice(0, at))),
    },
    { weight: 1, arbitrary: ordinary.map((text) => utf8(`${text}"`)) },
    {
      weight: 1,
      arbitrary: ordinary.map((text) => Buffer.concat([utf8(text), Buffer.of(0xe0, 0x41)])),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
  )
  .map((bytes) => ({ bytes }))

function rowOf(child: number, fault: Fault, odd: string): string {
  const cents = 1_000 + child
  const notice = `303202603${String(child).padStart(9, '0')}`
  const cells = {
    practice: `MENSA-${child}`,
    fiscalCode: fault === 'fiscal-code' ? quoted(`X${odd}`) : contact(child).fiscalCode,
    month: '2026-03',
    meals: '10',
    cents: fault === 'skipped' ? '0' : fault === 'amount' ? quoted(`1e${odd}`) : String(cents),
    due: fault === 'date' ? '2026-02-31' : FAR_DUE,
    notice: fault === 'notice' ? '123' : notice,
  }
  const line = Object.values(cells)
  if (fault === 'short') line.pop()
  if (fault === 'long') line.push(quoted(odd))
  return line.join(',')
}

/** As a cell that may hold anything. */
function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8')
}
