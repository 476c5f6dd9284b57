// The document that a record names, such as the PDF of a bill, out of the drop that its notice came
// from: for whoever sits at the desk. A part of `desk.ts`. Invariant: names alone are compared, as
// mapping compares them; nothing but the one file is extracted.
import { contentOfSource } from '../archive/content.ts'
import { kindOf } from '../archive/content-kind.ts'
import { openZip } from '../archive/zip.ts'
import { findFeed, findInstitution } from '../config/config.ts'
import type { NoticeData } from '../domain/notice.ts'
import { baseName } from '../mapping/format/named-files.ts'
import type { Parts } from '../parts.ts'

export interface Paper {
  name: string
  bytes: AsyncIterable<Uint8Array>
}

export type PaperDesk = ReturnType<typeof openPapers>

interface Source {
  institution: string
  /** Of the drop’s feed; null: no feed made it. */
  feed: string | null
}

export function openPapers({ config, store }: Parts) {
  /** The field of a record that names its document; null where the mapping has none. */
  function fieldOf({ institution, feed }: Source): string | null {
    const found = feed === null ? undefined : findFeed(config, institution, feed)
    const mapping = findInstitution(config, institution)?.mappings.find(
      ({ name }) => name === found?.mapping,
    )
    const { spec } = mapping ?? {}
    return (spec && 'record' in spec ? spec.record.files?.field : undefined) ?? null
  }

  return {
    /** Whether records of this feed name a document each. */
    hasPapers: (source: Source) => fieldOf(source) !== null,

    /** Null where none is named, or the drop is kept no more. Throws `DropError`. */
    async find(source: Source, dropId: number, data: NoticeData): Promise<Paper | null> {
      const field = fieldOf(source)
      const named = field === null ? null : data.fields[field]
      if (typeof named !== 'string' || named.trim() === '') return null
      const wanted = baseName(named.trim())
      for (const part of await store.drops.sources(dropId)) {
        if (baseName(part.name) === wanted) return { name: part.name, bytes: part.stream() }
        const content = await contentOfSource(part)
        if (kindOf(content.start) !== 'zip') continue
        const archive = await openZip(part)
        const member = archive.files.find(({ name }) => baseName(name) === wanted)
        if (member) return { name: baseName(member.name), bytes: archive.extract(member.name) }
      }
      return null
    },
  }
}
