// The workbook of the example municipality: deadlines that an office keeps by hand in Excel, with
// all that hands leave behind. Nobody in it exists. The same run gives the same bytes.
import { writeFile } from 'node:fs/promises'
import { type CellValue, writeXlsx } from 'hucre/xlsx'

const day = (date: string) => new Date(`${date}T00:00:00Z`)

const concessions: CellValue[][] = [
  [
    '00012',
    'ESEMPI CATERINA',
    'SMPCRN80A41Z999U',
    'Dehors',
    67,
    19.99,
    day('2027-03-31'),
    '301270000000001201',
  ],
  [
    '00013',
    'PROVA MARIO',
    'PRVMRA75B01Z999S',
    'Banco al mercato',
    67,
    145,
    day('2027-03-31'),
    '301270000000001302',
  ],
  [],
  [
    '00014',
    'FONTE LUCA',
    'FNTLCU62C15Z999G',
    'Ponteggio',
    12345,
    1450.5,
    day('2027-04-30'),
    '301270000000001403',
  ],
  // Typed as a number: the spreadsheet kept 15 digits of it.
  ['00015', 'NIVANGI GUIDO', 'NVNGDU90D20Z999T', 'Dehors', 67, 80, day('2027-04-30'), 3.0127e17],
  // Paid: the office filtered it away.
  [
    '00016',
    'PROVA MARIO',
    'PRVMRA75B01Z999S',
    'Dehors',
    67,
    52.3,
    day('2027-01-31'),
    '301270000000001605',
  ],
]

/** What the office would see: two lines of title, a header, its rows, their number and the day. */
async function sampleWorkbook(): Promise<Uint8Array> {
  const title: CellValue[][] = [
    ['Comune di Esempio: canone unico, scadenze 2027'],
    ['Ufficio commercio'],
  ]
  const header = [
    'Codice',
    'Intestatario',
    'Codice\nfiscale',
    'Occupazione',
    'CAP',
    'Importo',
    'Scadenza',
    'Avviso pagoPA',
  ]
  const first = title.length + 1
  return writeXlsx({
    properties: { modified: day('2027-01-15'), created: day('2027-01-15') },
    sheets: [
      {
        name: 'Scadenze 2027',
        columns: [
          ...new Array(4).fill({}),
          { numFmt: '00000' },
          { numFmt: '#,##0.00\\ "€"' },
          { numFmt: 'dd/mm/yyyy' },
          {},
        ],
        rows: [...title, header, ...concessions, ['TOTALE', 5, null, null, null, 1747.79]],
        rowDefs: new Map([[first + concessions.length - 1, { hidden: true }]]),
      },
      { name: 'Note', rows: [['Pagate: 1']], hidden: true },
    ],
  })
}

if (import.meta.main) {
  const path = new URL('../config/comune-di-esempio/samples/scadenze.xlsx', import.meta.url)
  await writeFile(path, await sampleWorkbook())
}
