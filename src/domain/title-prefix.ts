// The title of a message that is not about something new: of a test, of a correction. The prefix
// is put before the title that the message has. Invariants: the whole has at most the 120 UTF-16
// units that IO takes, is cut at a word and never within a character, and has its prefix once.
import { type Language, languages } from './language.ts'
import type { Purpose } from './message.ts'
import { payloadLimits } from './message-values.ts'
import type { NewMessage } from './new-message.ts'

const prefixes: Partial<Record<Purpose, Record<Language, string>>> = {
  test: { it: '[PROVA] ', en: '[TEST] ', de: '[TEST] ' },
  errata: { it: 'Errata corrige: ', en: 'Correction: ', de: 'Berichtigung: ' },
}

const { maximum } = payloadLimits.subjectLength

/** Where a word may be cut off it loses at most so many characters; else it is cut within. */
const LONGEST_WORD = 30

const ELLIPSIS = '…'

/**
 * The payloads with the title that their purpose wants, in every language; the very same object
 * for a purpose without a prefix. Keys keep their order: equal messages stay equal JSON.
 */
export function withTitle(
  payloads: Partial<Record<Language, NewMessage>>,
  purpose: Purpose,
): Partial<Record<Language, NewMessage>> {
  const wanted = prefixes[purpose]
  if (wanted === undefined) return payloads
  const titled: Partial<Record<Language, NewMessage>> = {}
  for (const language of languages) {
    const payload = payloads[language]
    if (payload === undefined) continue
    const subject = prefixed(payload.content.subject, wanted[language])
    titled[language] = { ...payload, content: { ...payload.content, subject } }
  }
  return titled
}

/** The title with the prefix before it, once, in at most 120 UTF-16 units. */
export function prefixed(title: string, prefix: string): string {
  const bare = prefix.trimEnd().toLowerCase()
  const isThere = title.toLowerCase().startsWith(bare)
  return shortened(isThere ? title : prefix + title)
}

/** At most 120 UTF-16 units: cut after a word where one ends near, between characters always. */
function shortened(title: string): string {
  if (title.length <= maximum) return title
  const room = maximum - ELLIPSIS.length
  let end = 0
  // A character may be several code points, and each of these two units.
  for (const { index, segment } of new Intl.Segmenter('it').segment(title)) {
    if (index + segment.length > room) break
    end = index + segment.length
  }
  // One character longer than a title is none that anybody has written.
  const kept = title.slice(0, end || lastWhole(title, room))
  const space = /\s/.test(title[kept.length] ?? '') ? kept.length : lastSpace(kept)
  const isNear = space > 0 && kept.length - space <= LONGEST_WORD
  return kept.slice(0, isNear ? space : kept.length).trimEnd() + ELLIPSIS
}

function lastSpace(text: string): number {
  return text.search(/\s\S*$/)
}

/** The last place up to `room` that is not within a surrogate pair. */
function lastWhole(title: string, room: number): number {
  return (title.codePointAt(room - 1) ?? 0) > 0xffff ? room - 1 : room
}
