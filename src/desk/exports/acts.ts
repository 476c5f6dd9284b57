// Acts as a sheet: who did what, when and from where, as the activity log shows it. A recipient
// is named by a keyed hash there, which is left out.
import { subjectText } from '../../domain/act-subject.ts'
import { actWords } from '../../domain/act-words.ts'
import { type ActFilter, createActs } from '../../store/acts.ts'
import type { Pool } from '../../store/database.ts'
import { createInstitutions } from '../../store/institutions.ts'
import type { ExportSource } from './source.ts'

/** As it crosses a thread: instants as text. */
export type ActExportFilter = {
  [Name in keyof ActFilter]: Exclude<ActFilter[Name], Temporal.Instant> | string
}

/** Acts that are read at once. */
const PAGE = 1000

export const source: ExportSource<ActExportFilter> = {
  columns: [
    { title: { it: 'N.', en: 'No.' }, kind: 'count' },
    { title: { it: 'Quando', en: 'When' }, kind: 'instant' },
    { title: { it: 'Chi', en: 'Who' }, kind: 'text' },
    { title: { it: 'Da dove', en: 'From where' }, kind: 'text' },
    { title: { it: 'Che cosa', en: 'What' }, kind: 'text' },
    { title: { it: 'Di che cosa', en: 'About what' }, kind: 'text' },
    { title: { it: 'Perché', en: 'Why' }, kind: 'text' },
  ],
  async *rows({ client }, { institution, services, filter, language }) {
    const pool = client as unknown as Pool
    const acts = createActs(pool, createInstitutions(pool))
    const at = (text: string | null) => (text === null ? null : Temporal.Instant.from(text))
    const read: ActFilter = { ...filter, from: at(filter.from), to: at(filter.to) }
    for (let before: number | null = null; ; ) {
      const from = { before, after: null }
      const page = await acts.page({ institution, services }, read, from, PAGE)
      for (const act of page) {
        const about = act.subject.startsWith('recipient/')
          ? subjectText(act.subject, language)
          : act.subject
        yield [
          ...[act.id, act.at, act.actor, act.origin, actWords(act.verb, language), about, act.note],
        ]
      }
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return
      before = last.id
    }
  },
}
