// The chain over acts: what of an act is hashed, and how a broken chain is told. An act is
// hashed as text that two programs write alike: keys in order, no blanks, instants in UTC.
import { countIn, type StaffLanguage } from './words.ts'

/** `altered`: the act is not what was sealed, or the chain was moved or made anew from here on. */
export type ChainBreakKind =
  | 'altered'
  /** Its seal is there, the act is gone. */
  | 'act-missing'
  /** A number is missing in the chain. */
  | 'seal-missing'
  /** An act stands beside the chain: it was put in past it. */
  | 'unsealed'
  /** The chain is not what was noted down elsewhere, at this number. */
  | 'other-head'
  /** It ends before what was noted down elsewhere. */
  | 'cut'

export interface ChainBreak {
  kind: ChainBreakKind
  /** In the chain; null: it is not in it. */
  number: number | null
  actId: number | null
}

/** An end of the chain that was noted down: after so many entries, this hash, hexadecimal. */
export interface ChainHead {
  number: number
  hash: string
}

/** What a walk along the whole chain found. */
export interface ChainVerdict {
  entries: number
  head: ChainHead | null
  /** The first of them. */
  breaks: readonly ChainBreak[]
  /** All of them. */
  broken: number
  /** Committed a moment ago: the chain takes them in within seconds. */
  waiting: number
  /** Heads noted down elsewhere that were compared. */
  heads: number
}

/** Keys in order at every depth, no blanks: what does not change when it is read and written. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonicalJson(one)}`).join(',')}}`
}

/** `12:3fa4…` as it is typed and mailed; null: it is none. */
export function readHead(text: string): ChainHead | null {
  const found = /^(\d{1,15}):([0-9a-f]{64})$/i.exec(text.trim())
  if (!found) return null
  return { number: Number(found[1]), hash: (found[2] as string).toLowerCase() }
}

/** As `readHead` reads it. */
export function headText({ number, hash }: ChainHead): string {
  return `${number}:${hash}`
}

/** `Catena integra: 12.408 voci`, or that it is broken and where. */
export function verdictText(
  { entries, broken, breaks }: ChainVerdict,
  language: StaffLanguage,
): string {
  const n = countIn(language, entries)
  if (broken === 0) {
    return language === 'it' ? `Catena integra: ${n} voci` : `The chain is whole: ${n} entries`
  }
  const first = breaks[0]
  const where = first?.number == null ? '' : countIn(language, first.number)
  if (language === 'it') {
    return where === ''
      ? `Catena interrotta: ${n} voci`
      : `Catena interrotta alla voce ${where}, su ${n} voci`
  }
  return where === ''
    ? `The chain is broken: ${n} entries`
    : `The chain is broken at entry ${where}, of ${n} entries`
}

/** What one break means, as a sentence. */
export function breakText({ kind, number, actId }: ChainBreak, language: StaffLanguage): string {
  const at = number === null ? '' : countIn(language, number)
  const act = actId === null ? '' : String(actId)
  return breakWords[kind][language].replace('{at}', at).replace('{act}', act)
}

const breakWords: Record<ChainBreakKind, Record<StaffLanguage, string>> = {
  altered: {
    it: 'Voce {at} (registrazione {act}): non è quella che era stata sigillata.',
    en: 'Entry {at} (act {act}): it is not what was sealed.',
  },
  'act-missing': {
    it: 'Voce {at}: la registrazione {act} è stata tolta.',
    en: 'Entry {at}: act {act} was removed.',
  },
  'seal-missing': {
    it: 'Voce {at}: manca nella catena.',
    en: 'Entry {at}: it is missing in the chain.',
  },
  unsealed: {
    it: 'La registrazione {act} è fuori dalla catena: è stata inserita di nascosto.',
    en: 'Act {act} stands outside of the chain: it was put in past it.',
  },
  'other-head': {
    it: 'Voce {at}: l’impronta non è quella annotata fuori.',
    en: 'Entry {at}: its hash is not the one that was noted down elsewhere.',
  },
  cut: {
    it: 'La catena finisce prima della voce {at}, annotata fuori: la sua fine è stata tolta.',
    en: 'The chain ends before entry {at}, which was noted down elsewhere: its end was removed.',
  },
}
