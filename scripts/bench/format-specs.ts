// The mapping of the format measurements: the same fields and the same text of some 900 characters
// in every format; only the `record` block differs.
import type { FormatName } from './format-files.ts'

const text = (column: unknown) => ({ column, type: 'text' })

/** The cells of `format-files.ts`, by the way in which each format names a place. */
function fieldsAt(place: (name: string, index: number) => unknown) {
  return {
    numero: text(place('NUM_BOLLETTA', 0)),
    codice_fiscale: { column: place('CODICE_FISCALE', 1), type: 'fiscalCode' },
    intestatario: { ...text(place('INTESTATARIO', 2)), personal: true },
    importo: { column: place('IMPORTO', 3), type: 'euro', decimals: 'dot', zeros: 'dropped' },
    scadenza: { column: place('SCADENZA', 4), type: 'date', formats: ['yyyy-MM-dd'] },
  }
}

const byName = fieldsAt((name) => name)
const widths = [16, 16, 40, 12, 10]

const records: Record<FormatName, object> = {
  csv: { format: 'csv', fields: byName },
  zip: { format: 'csv', member: '*.csv', fields: byName },
  fixed: {
    format: 'fixed',
    fields: fieldsAt((_, index) => {
      const start = 1 + widths.slice(0, index).reduce((sum, width) => sum + width, 0)
      return { start, length: widths[index] }
    }),
  },
  ndjson: { format: 'ndjson', fields: byName },
  json: { format: 'json', rows: 'bollette', fields: byName },
  xml: { format: 'xml', rows: 'bolletta', fields: byName },
  xlsx: { format: 'xlsx', fields: byName },
}

const PARAGRAPHS = `
Gentile {{ intestatario | person_name }},

la bolletta **{{ numero }}** del servizio idrico è pronta. L'importo da pagare è **{{ importo | euro }}** e la scadenza è il **{{ scadenza | date_it }}**.

Puoi pagare direttamente dall'app, oppure con tutti i canali della piattaforma pagoPA: sportelli bancari e postali, home banking, tabaccherie e supermercati che aderiscono, gli sportelli automatici abilitati. Per pagare ti basta il codice avviso che trovi in questo messaggio: non serve stampare nulla.

Se hai attivato l'addebito diretto sul conto corrente, l'importo sarà addebitato alla scadenza e non devi fare altro. Se hai già pagato, non tenere conto di questo messaggio: tra il pagamento e la sua registrazione possono passare alcuni giorni lavorativi.

Per informazioni sui consumi, sulla lettura del contatore e sulle agevolazioni per le famiglie numerose puoi scrivere all'ufficio utenze, oppure passare allo sportello dal lunedì al venerdì, dalle 9 alle 12.
`

/** A mapping as its file would say it. */
export function formatMapping(format: FormatName): object {
  return {
    shape: 'notice',
    series: 'bench',
    record: records[format],
    key: ['numero'],
    notice: {
      fiscalCode: 'codice_fiscale',
      subject: { it: 'Acqua: la tua bolletta è pronta' },
      markdown: { it: PARAGRAPHS.trim() },
      dueDate: 'scadenza',
    },
  }
}
