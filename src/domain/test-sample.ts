// Which records of a flow are tried on colleagues: those at the edges, where mistakes show, and a
// few by chance. Invariants: no record twice, each with every reason that it was found for, in an
// order that depends on nothing but what was found, and never more than a person looks at.
import type { SampleReason } from './release-check.ts'
import type { StaffLanguage, Words } from './words.ts'

/** A message of the tested flow that was found for a reason. */
export interface SamplePick {
  messageId: number
  because: SampleReason
  /** Of a `branch`: which. */
  branch?: string
}

export interface SampledReason {
  because: SampleReason
  branch?: string
}

export interface SampledMessage {
  messageId: number
  reasons: SampledReason[]
}

/** Records of one batch: more, nobody looks at with care. */
export const MOST_SAMPLED = 20

/** How many are drawn by chance, where nobody says. */
export const RANDOM_SAMPLED = 2

/** In this order they are shown, and kept where there are too many. */
const order: readonly SampleReason[] = [
  'largest-amount',
  'smallest-amount',
  'longest-text',
  'nearest-due',
  'unusual-characters',
  'branch',
  'random',
]

/**
 * The messages to try, at most 20. `drawn`: ids in the order in which chance drew them; `random` of
 * them are taken that are not among the others already.
 */
export function chooseSample(
  picks: readonly SamplePick[],
  drawn: readonly number[],
  random: number,
): SampledMessage[] {
  const chosen = new Map<number, SampledMessage>()
  const sorted = picks.toSorted((a, b) => order.indexOf(a.because) - order.indexOf(b.because))
  for (const { messageId, because, branch } of sorted) {
    const known = chosen.get(messageId)
    if (known === undefined && chosen.size === MOST_SAMPLED) continue
    const reason = branch === undefined ? { because } : { because, branch }
    if (known === undefined) chosen.set(messageId, { messageId, reasons: [reason] })
    else if (!known.reasons.some((one) => isSame(one, reason))) known.reasons.push(reason)
  }
  let left = Math.min(random, MOST_SAMPLED - chosen.size)
  for (const messageId of drawn) {
    if (left === 0) break
    if (chosen.has(messageId)) continue
    chosen.set(messageId, { messageId, reasons: [{ because: 'random' }] })
    left -= 1
  }
  return [...chosen.values()]
}

function isSame(a: SampledReason, b: SampledReason): boolean {
  return a.because === b.because && a.branch === b.branch
}

/** Why a record is among them, in both languages. */
export const sampleWords: Record<SampleReason, Words> = {
  'largest-amount': { it: 'importo più alto', en: 'largest amount' },
  'smallest-amount': { it: 'importo più basso', en: 'smallest amount' },
  'longest-text': { it: 'testo più lungo', en: 'longest text' },
  'nearest-due': { it: 'scadenza più vicina', en: 'nearest due date' },
  'unusual-characters': { it: 'caratteri particolari', en: 'unusual characters' },
  branch: { it: 'variante del testo', en: 'variant of the text' },
  random: { it: 'a caso', en: 'at random' },
}

/** The reasons of one record, a text each: `variant of the text (paid)`. */
export function reasonTexts(reasons: readonly SampledReason[], language: StaffLanguage): string[] {
  return reasons.map(({ because, branch }) => {
    return sampleWords[because][language] + (branch === undefined ? '' : ` (${branch})`)
  })
}
