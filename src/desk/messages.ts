// What single messages say, for whoever looks at them: their titles in lists, and the whole of one
// as it was, or will be, sent. A part of `desk.ts`. Invariant: a text is what its notice, its
// mapping's version and its language make of it; whether that still is what was checked is said
// beside it.
import type { Language } from '../domain/language.ts'
import type { Purpose } from '../domain/message.ts'
import type { NewMessage } from '../domain/new-message.ts'
import type { NoticeData } from '../domain/notice.ts'
import { withTitle } from '../domain/title-prefix.ts'
import type { Parts } from '../parts.ts'
import { textMappings } from '../sending.ts'

export interface Rendered {
  language: Language
  payload: NewMessage
  /** Every language that it has. */
  languages: readonly Language[]
  /** It says what was checked, and left if it left. */
  isSame: boolean
}

interface Told {
  mappingVersionId: number
  template: number
  purpose: Purpose
  data: NoticeData
}

export type MessageDesk = ReturnType<typeof openMessageDesk>

export function openMessageDesk(parts: Parts) {
  const { vault } = parts
  const mappingOf = textMappings(parts)

  async function payloadsOf({ mappingVersionId, template, purpose, data }: Told) {
    const mapping = await mappingOf(mappingVersionId)
    return mapping === null ? null : withTitle(mapping.payloads(data, template), purpose)
  }

  return {
    /** The title of each, in Italian where it has that; null where it can no longer be made. */
    async subject(told: Told): Promise<string | null> {
      try {
        const payloads = await payloadsOf(told)
        return Object.values(payloads ?? {})[0]?.content.subject ?? null
      } catch {
        return null
      }
    },

    /** Null where it can no longer be made: its mapping is of a version that nobody can read. */
    async text(
      message: Told & { textHash: Uint8Array },
      wanted: string | null,
    ): Promise<Rendered | null> {
      const payloads = await payloadsOf(message).catch(() => null)
      if (payloads === null) return null
      const languages = Object.keys(payloads) as Language[]
      const language = languages.find((one) => one === wanted) ?? languages[0]
      const payload = language && payloads[language]
      if (!payload) return null
      const hash = vault.hash('text', JSON.stringify(payloads))
      return { language, payload, languages, isSame: hash.equals(message.textHash) }
    },
  }
}
