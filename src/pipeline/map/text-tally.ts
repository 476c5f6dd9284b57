// What is seen of a lot's texts while they are rendered: lengths, titles that show a person's data,
// whether all say the same, and which records are worth a test. Counted are the records that make a
// first message; of each only a few numbers are kept. Invariant: figures, nobody's data.
import { languages } from '../../domain/language.ts'
import type { NoticeData } from '../../domain/notice.ts'
import type { LotSample, LotTexts } from '../../domain/release-check.ts'
import { subjectAdvice } from '../../domain/subject-advice.ts'
import type { CompiledNotice, Payloads } from '../../mapping/mapping.ts'

/** What is remembered of the texts of one record until it is known what becomes of it. */
export interface SeenTexts {
  /** UTF-16 units: of the shortest and the longest of its languages. */
  shortest: number
  longest: number
  title: number
  isPersonal: boolean
  isUnusual: boolean
  /** Null: enough branches are known, or it has none. */
  branch: string | null
  /** Records with the same words have the same number; -1: one of many. */
  words: number
}

export interface TextTally {
  /** To be called for each record as soon as it is rendered. */
  see(data: NoticeData, payloads: readonly Payloads[]): SeenTexts
  /** The record makes a first message. */
  count(record: number, seen: SeenTexts): void
  /** All that were counted; null: none was. */
  total(): LotTexts | null
}

/** Titles that are known to be right or wrong: most lots have one for all. */
const MOST_TITLES = 500
/** Different words that are remembered. */
const MOST_WORDS = 4
const MOST_BRANCHES = 40
const MOST_UNUSUAL = 3
/** A branch is named in so many characters at most. */
const BRANCH_LENGTH = 200

/** Neither Basic Latin nor what Italian writes. */
const unusual = /[^\x20-\x7eÀÈÉÌÒÙàèéìíòóùú€’\s]/

/** `hash` is keyed: what all messages say is compared with what joins the lot later. */
export function createTextTally(
  mapping: Pick<CompiledNotice, 'branch'>,
  hash: (text: string) => Uint8Array,
): TextTally {
  const titles = new Map<string, boolean>()
  const words: string[] = []
  const branches = new Map<string, number>()
  const samples: LotSample[] = []
  const tally = { texts: 0, personalTitles: 0, shortest: 0, longest: 0, longestTitle: 0 }
  let longestRecord = 0
  let unusualRecords = 0
  /** Of those counted: -1 they differ, null none was counted. */
  let same: number | null = null

  function isPersonal(payloads: readonly Payloads[], data: NoticeData): boolean {
    let found = false
    for (const payload of payloads) {
      for (const language of languages) {
        const title = payload[language]?.content.subject
        if (title === undefined) continue
        const known = titles.get(title)
        const shows = known ?? subjectAdvice(title, factsOf(data)).length > 0
        if (known === undefined && titles.size < MOST_TITLES) titles.set(title, shows)
        found ||= shows
      }
    }
    return found
  }

  function numberOf(text: string): number {
    const known = words.indexOf(text)
    if (known >= 0 || words.length === MOST_WORDS) return known
    return words.push(text) - 1
  }

  function see(data: NoticeData, payloads: readonly Payloads[]): SeenTexts {
    const contents = languages.flatMap((language) => payloads[0]?.[language]?.content ?? [])
    const lengths = contents.map(({ markdown }) => markdown.length)
    const [first] = contents
    return {
      shortest: Math.min(...lengths),
      longest: Math.max(...lengths),
      title: Math.max(...contents.map(({ subject }) => subject.length)),
      isPersonal: isPersonal(payloads, data),
      isUnusual: unusualRecords < MOST_UNUSUAL && hasUnusual(data.fields),
      branch: branches.size < MOST_BRANCHES ? mapping.branch(data).slice(0, BRANCH_LENGTH) : null,
      words: same === -1 || !first ? -1 : numberOf(`${first.subject}\n${first.markdown}`),
    }
  }

  function count(record: number, seen: SeenTexts): void {
    tally.shortest = tally.texts === 0 ? seen.shortest : Math.min(tally.shortest, seen.shortest)
    if (tally.texts === 0 || seen.longest > tally.longest) {
      tally.longest = seen.longest
      longestRecord = record
    }
    tally.texts += 1
    tally.longestTitle = Math.max(tally.longestTitle, seen.title)
    if (seen.isPersonal) tally.personalTitles += 1
    if (same === null) same = seen.words
    else if (same !== seen.words) same = -1
    if (seen.isUnusual && unusualRecords < MOST_UNUSUAL) {
      unusualRecords += 1
      samples.push({ record, because: 'unusual-characters' })
    }
    const { branch } = seen
    if (branch === null || branch === '' || branches.has(branch)) return
    if (branches.size === MOST_BRANCHES) return
    branches.set(branch, record)
    samples.push({ record, because: 'branch', branch })
  }

  return {
    see,
    count,
    total() {
      if (tally.texts === 0) return null
      const text = same === null || same === -1 ? undefined : words[same]
      const isSame = text !== undefined
      const longest: LotSample = { record: longestRecord, because: 'longest-text' }
      return {
        ...{ ...tally, isSame, samples: [longest, ...samples] },
        ...(isSame && { sameHash: Buffer.from(hash(text)).toString('hex') }),
      }
    },
  }
}

function factsOf({ fiscalCode, payment }: NoticeData) {
  return {
    fiscalCode,
    amountCents: payment?.amountCents,
    noticeNumber: payment?.noticeNumber,
  }
}

function hasUnusual(fields: NoticeData['fields']): boolean {
  for (const value of Object.values(fields)) {
    if (typeof value === 'string' && unusual.test(value)) return true
    if (typeof value === 'object' && value !== null && hasUnusual(value)) return true
  }
  return false
}
