// The first texts of a notice, in plain Italian, of the fields that were found: what an institution
// begins from and rewrites. Invariant: no subject holds personal data, and every text is long
// enough for IO whatever its values are.
import { suggests } from './column-name.ts'
import type { GuessedField, Understanding } from './understanding.ts'

export interface FirstTexts {
  subject: string
  /** Lines of Markdown with Liquid. */
  markdown: string[]
}

const PAYMENT_END =
  "Puoi pagare dall'app, o con gli altri canali di pagoPA. " +
  'Se hai già pagato, non tenere conto di questo messaggio.'
const PLAIN_END =
  "Per informazioni rivolgiti all'ufficio che segue la pratica, " +
  'con i riferimenti di questo messaggio.'

/** Subject and text for the notices of what was understood. */
export function firstTexts({ fields, roles }: Understanding): FirstTexts {
  const fieldOf = (name: string | null) => fields.find((field) => field.name === name) ?? null
  const [amount, due] = [fieldOf(roles.amount), fieldOf(roles.due)]
  const isPayment = amount !== null || roles.noticeNumber !== null
  const date = due && !due.draft.optional ? `{{ ${due.name} | date_article }}` : null
  const what = isPayment ? 'un avviso di pagamento' : 'una nuova comunicazione per te'
  const subject = date === null ? `È disponibile ${what}` : `C'è ${what}: scade ${date}`
  const lines = [
    isPayment
      ? 'È disponibile un avviso di pagamento intestato a te. Ecco i dati principali.'
      : "C'è una nuova comunicazione che ti riguarda. Ecco i dati principali.",
    ...detailLines(fields, roles, amount, due),
    isPayment && roles.noticeNumber !== null ? PAYMENT_END : PLAIN_END,
  ]
  return { subject, markdown: lines.flatMap((line) => [line, '']).slice(0, -1) }
}

function detailLines(
  fields: readonly GuessedField[],
  roles: Understanding['roles'],
  amount: GuessedField | null,
  due: GuessedField | null,
): string[] {
  const instalment = fields.find(
    ({ label, draft }) => suggests(label, 'instalment') && draft.type !== 'date',
  )
  const plain = (field: GuessedField | null | undefined, label: string, filter = '') =>
    field ? shown(field, `**${label}:** {{ ${field.name}${filter} }}`) : null
  const document = fields.find(({ name }) => name === roles.document)
  const emission = fields.find(({ name }) => name === roles.emission)
  const isCode = document !== undefined && document.draft.type === 'text'
  return [
    isCode ? plain(document, 'Riferimento') : null,
    plain(emission, 'Periodo'),
    instalment?.name === emission?.name ? null : plain(instalment, 'Rata'),
    plain(amount, 'Importo', ' | euro'),
    plain(due, 'Scadenza', ' | date_it'),
  ].filter((line) => line !== null)
}

/** A line that is left out where its value is missing. */
function shown({ name, draft }: GuessedField, line: string): string {
  return draft.optional ? `{% if ${name} %}\n${line}\n{% endif %}` : line
}
