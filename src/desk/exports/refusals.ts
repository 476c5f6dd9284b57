// Refused records as a sheet, to give back to the office that mends them: where each stands, why it
// was refused and what to do. What the record says is personal: its key, and each refusal in full.
import { causeRemedy, causeText } from '../../domain/refusal-words.ts'
import { createCorrections, type RefusalFilter } from '../../store/corrections.ts'
import type { Pool } from '../../store/database.ts'
import type { ExportSource } from './source.ts'

/** As it crosses a thread: instants as text. */
export type RefusalExportFilter = Omit<
  RefusalFilter,
  'institution' | 'services' | 'from' | 'to'
> & {
  from: string | null
  to: string | null
}

/** Records that are read at once. */
const PAGE = 500

export const source: ExportSource<RefusalExportFilter> = {
  columns: [
    { title: { it: 'Riga', en: 'Line' }, kind: 'count' },
    { title: { it: 'N. flusso', en: 'Flow' }, kind: 'count' },
    { title: { it: 'Servizio', en: 'Service' }, kind: 'text' },
    { title: { it: 'Collegamento', en: 'Feed' }, kind: 'text' },
    { title: { it: 'Arrivato il', en: 'Came at' }, kind: 'instant' },
    { title: { it: 'Causa', en: 'Cause' }, kind: 'text' },
    { title: { it: 'Campo', en: 'Field' }, kind: 'text' },
    { title: { it: 'Che cosa fare', en: 'What to do' }, kind: 'text' },
    { title: { it: 'Codice', en: 'Code' }, kind: 'text' },
    { title: { it: 'Chiave', en: 'Key' }, kind: 'text', isPersonal: true },
    { title: { it: 'Che cosa non va', en: 'What is wrong' }, kind: 'text', isPersonal: true },
  ],
  async *rows({ client, vault }, { institution, services, filter, language, isPersonal }) {
    const corrections = createCorrections(client as unknown as Pool, vault)
    const at = (text: string | null) => (text === null ? null : Temporal.Instant.from(text))
    const { from, to, ...others } = filter
    const asked = { ...others, institution, services, from: at(from), to: at(to) }
    for (let after: { flowId: number; record: number } | null = null; ; ) {
      const page = await corrections.list(asked, after, PAGE)
      for (const row of page) {
        const { line, flowId, service, feed, code, field } = row
        const detail = isPersonal ? await corrections.detail(row) : null
        yield [
          ...[line, flowId, service, feed, row.at, causeText(code, language), field],
          ...[causeRemedy(code, language), code, detail?.key ?? null],
          detail?.refusals.map((one) => `${one.detail} ${one.remedy}`).join(' ') ?? null,
        ]
      }
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return
      after = { flowId: last.flowId, record: last.record }
    }
  },
}
