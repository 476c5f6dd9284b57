// A sentence in the form of `sentence.ts`, perhaps edited → what its writer decided. A strict small
// grammar: what it does not know is an error that names it. Invariant: a role that the sentence
// leaves out is left out of the mapping.
import { nearest } from '../../domain/nearest.ts'
import { encodings, readFormats } from './choices.ts'
import { roleWords, shapeWords } from './sentence.ts'
import { GuessError } from './table.ts'
import type { ColumnRole, Shape, Wishes } from './wishes.ts'

/** What the sentence decides. Throws `GuessError` for a part that is not understood. */
export function readSentence(sentence: string): Wishes {
  const text = sentence.replace(/^[\s#]+/, '').trim()
  const start = /^read as\s+/i.exec(text)?.[0]
  if (start === undefined) throw new GuessError('the sentence begins with "Read as"')
  const [how, roles, ...rest] = splitOutside(text.slice(start.length).replace(/\.$/, ''), ':')
  if (how === undefined || roles === undefined || rest.length > 0) {
    const like = 'Read as CSV, each a notice: key POSIZIONE, recipient COD_FISCALE'
    throw new GuessError(`the sentence has one colon, before the key, as in "${like}"`)
  }
  const none = { recipient: null, amount: null, due: null, noticeNumber: null, group: null }
  const wishes: Wishes = { ...none, footerRows: 0, groups: null }
  for (const part of splitOutside(how, ',')) takeHow(part.trim(), wishes)
  for (const part of splitOutside(roles, ',')) takeRole(part.trim(), wishes)
  if (wishes.key === undefined) throw new GuessError('the sentence names no key')
  return wishes
}

type Take = (found: RegExpExecArray, wishes: Wishes) => void

/** The parts before the colon. */
const howParts: [form: RegExp, example: string, take: Take][] = [
  [/^(?:CSV|fixed width|NDJSON|JSON|XML|XLSX)$/i, 'CSV', () => {}],
  [
    new RegExp(`^(?:encoding )?(${encodings.join('|')})$`, 'i'),
    'encoding auto',
    ([, encoding], wishes) => {
      wishes.encoding = encoding!.toLowerCase() as NonNullable<Wishes['encoding']>
    },
  ],
  [
    /^separated by (tab|"."|\S)$/iu,
    'separated by ";"',
    ([, mark], wishes) => {
      wishes.delimiter = /^tab$/i.test(mark!) ? '\t' : mark!.replace(/^"(.)"$/u, '$1')
    },
  ],
  [
    /^not quoted$/i,
    'not quoted',
    (_, wishes) => {
      wishes.quote = null
    },
  ],
  [
    /^quotes escaped by (backslash|doubling)$/i,
    'quotes escaped by backslash',
    ([, how], wishes) => {
      wishes.escape = how!.toLowerCase() === 'backslash' ? 'backslash' : 'doubled'
    },
  ],
  [
    /^header on line (\d+)$/i,
    'header on line 1',
    ([, line], wishes) => {
      wishes.header = Number(line)
    },
  ],
  [
    /^no header$/i,
    'no header',
    (_, wishes) => {
      wishes.header = null
    },
  ],
  [
    /^the last (?:row is no record|(\d+) rows are no records)$/i,
    'the last row is no record',
    ([, rows = '1'], wishes) => {
      wishes.footerRows = Number(rows)
    },
  ],
  [
    /^rows at (\S+)$/i,
    'rows at pagamenti/pagamento',
    ([, rows], wishes) => {
      wishes.rows = unquoted(rows!)
    },
  ],
  [
    /^groups (.+)$/i,
    'groups T 1 2 3',
    ([, groups], wishes) => {
      wishes.groups = groups!.trim().split(/\s+/)
    },
  ],
  [/^as (CBI MAV|tracciato 290)$/i, 'as CBI MAV', () => {}],
  [/^types of lines at \d+-\d+$/i, 'types of lines at 1-2', () => {}],
  [/^(?:the first )?\d+ records?$/i, '42 records', () => {}],
  [/^\d+ lines skipped$/i, '2 lines skipped', () => {}],
  [
    new RegExp(`^(${Object.values(shapeWords).join('|')})$`, 'i'),
    shapeWords.notice,
    ([, words], wishes) => {
      const found = Object.entries(shapeWords).find(([, one]) => one === words!.toLowerCase())
      if (found !== undefined) wishes.shape = found[0] as Shape
    },
  ],
]

function takeHow(part: string, wishes: Wishes): void {
  for (const [form, , take] of howParts) {
    const found = form.exec(part)
    if (found === null) continue
    take(found, wishes)
    return
  }
  const examples = howParts.map(([, example]) => example)
  throw unknownPart(part, examples)
}

function takeRole(part: string, wishes: Wishes): void {
  const key = /^key\s+(.+)$/i.exec(part)?.[1]
  if (key !== undefined) {
    wishes.key = splitOutside(key, '+').map((label) => unquoted(label.trim()))
    return
  }
  const looked = /^recipient in (\S+) by (.+)$/i.exec(part)
  if (looked !== null) {
    wishes.lookup = { reference: looked[1]!, by: unquoted(looked[2]!) }
    return
  }
  for (const [role, words] of Object.entries(roleWords)) {
    if (!part.toLowerCase().startsWith(`${words} `)) continue
    const found = /^("(?:[^"\\]|\\.)*"|[^(]+?)\s*(?:\((.*)\))?$/.exec(
      part.slice(words.length).trim(),
    )
    if (found === null) break
    wishes[role as ColumnRole] = found[1] === 'none' ? null : unquoted(found[1]!)
    takeForm(role as ColumnRole, found[2]?.trim() ?? null, part, wishes)
    return
  }
  throw unknownPart(part, ['key', ...Object.values(roleWords)])
}

function takeForm(role: ColumnRole, form: string | null, part: string, wishes: Wishes): void {
  if (form === null) return
  if (role === 'due') {
    wishes.formats = readFormats(form)
    return
  }
  const amount = /^(comma|dot|cents|thousandths)(, zeros dropped)?$/.exec(form)
  if (role === 'amount' && amount !== null) {
    wishes.decimals = amount[1] as NonNullable<Wishes['decimals']>
    if (amount[2] !== undefined) wishes.zeros = 'dropped'
    return
  }
  if (role === 'noticeNumber' && form === 'from the IUV') return
  throw unknownPart(part, [`${roleWords.amount} IMPORTO (comma)`, 'due SCADENZA (dd/MM/yyyy)'])
}

function unknownPart(part: string, known: readonly string[]): GuessError {
  const near = nearest(part.toLowerCase(), known)
  const hint = near === null ? `it may say ${known.join(', ')}` : `did you mean ${near}?`
  return new GuessError(`the sentence says "${part}", which is not understood: ${hint}`)
}

function unquoted(label: string): string {
  if (!label.startsWith('"')) return label
  try {
    return String(JSON.parse(label))
  } catch {
    throw new GuessError(`the name ${label} has quotes that do not close`)
  }
}

/** The pieces between marks that stand neither in quotes nor in parentheses. */
function splitOutside(text: string, mark: string): string[] {
  const pieces: string[] = ['']
  let isQuoted = false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const one = text[at]!
    if (one === '"' && text[at - 1] !== '\\') isQuoted = !isQuoted
    if (!isQuoted && one === '(') depth++
    if (!isQuoted && one === ')') depth--
    if (one === mark && !isQuoted && depth <= 0) pieces.push('')
    else pieces[pieces.length - 1] += one
  }
  return pieces
}
