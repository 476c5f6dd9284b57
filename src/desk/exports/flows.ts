// Flows as a sheet: what the archive shows, with every term of their accounts. Nobody's data is in
// it.
import { accountWords } from '../../domain/account-words.ts'
import { flowReasonWords, flowStateWords } from '../../domain/flow.ts'
import { accountTerms } from '../../domain/flow-account.ts'
import { createCounts } from '../../store/counts.ts'
import type { Pool } from '../../store/database.ts'
import { createFlowList, type FlowFilter } from '../../store/flow-list.ts'
import type { ExportSource } from './source.ts'

/** As it crosses a thread: instants as text. */
export type FlowExportFilter = {
  [Name in keyof FlowFilter]: Exclude<FlowFilter[Name], Temporal.Instant> | string
}

/** Flows that are read at once. */
const PAGE = 200

export const source: ExportSource<FlowExportFilter> = {
  columns: [
    { title: { it: 'N. flusso', en: 'Flow' }, kind: 'count' },
    { title: { it: 'Servizio', en: 'Service' }, kind: 'text' },
    { title: { it: 'Collegamento', en: 'Feed' }, kind: 'text' },
    { title: { it: 'File', en: 'File' }, kind: 'text' },
    { title: { it: 'Creato il', en: 'Made' }, kind: 'instant' },
    { title: { it: 'Stato', en: 'State' }, kind: 'text' },
    { title: { it: 'Motivo', en: 'Reason' }, kind: 'text' },
    { title: { it: 'Righe lette', en: 'Records read' }, kind: 'count' },
    ...accountTerms.map((term) => ({ title: accountWords[term], kind: 'count' as const })),
    { title: { it: 'Preparato da', en: 'Prepared by' }, kind: 'text' },
    { title: { it: 'Approvato da', en: 'Approved by' }, kind: 'text' },
    { title: { it: 'Finito il', en: 'Ended' }, kind: 'instant' },
  ],
  async *rows({ client }, { institution, services, filter, language }) {
    const list = createFlowList(client as unknown as Pool)
    const counts = createCounts(client as unknown as Pool)
    const read = revived(filter)
    for (let before: number | null = null; ; ) {
      const from = { before, after: null }
      const page = await list.page({ institution, services }, read, from, PAGE)
      const accounts = await counts.ofFlows(page.map(({ id }) => id))
      for (const flow of page) {
        const account = accounts.get(flow.id)?.account
        yield [
          ...[flow.id, flow.service, flow.feed ?? flow.campaign, flow.dropKey, flow.createdAt],
          flowStateWords[flow.state][language],
          flow.reason === null ? null : flowReasonWords[flow.reason][language],
          account?.read ?? 0,
          ...accountTerms.map((term) => account?.[term] ?? 0),
          ...[flow.preparedBy.join(', '), flow.approvedBy.join(', '), flow.endedAt],
        ]
      }
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return
      before = last.id
    }
  },
}

/** As the list of flows takes it. */
export function revived(filter: FlowExportFilter): FlowFilter {
  const at = (text: string | null) => (text === null ? null : Temporal.Instant.from(text))
  const { arrivedFrom, arrivedTo, sentFrom, sentTo } = filter
  return {
    ...(filter as unknown as FlowFilter),
    ...{ arrivedFrom: at(arrivedFrom), arrivedTo: at(arrivedTo) },
    ...{ sentFrom: at(sentFrom), sentTo: at(sentTo) },
  }
}
