// The accounts of a period as a sheet: a flow a row, every term of its account, their sum and the
// difference, which is 0, and what its notices come to.
import { accountWords } from '../../domain/account-words.ts'
import { accountTerms, difference, emptyAccount } from '../../domain/flow-account.ts'
import { createCounts } from '../../store/counts.ts'
import type { Pool } from '../../store/database.ts'
import { createFlowAmounts } from '../../store/flow-amounts.ts'
import { createFlowList } from '../../store/flow-list.ts'
import { type FlowExportFilter, revived } from './flows.ts'
import type { ExportSource } from './source.ts'

/** Flows that are read at once. */
const PAGE = 200

export const source: ExportSource<FlowExportFilter> = {
  columns: [
    { title: { it: 'N. flusso', en: 'Flow' }, kind: 'count' },
    { title: { it: 'Servizio', en: 'Service' }, kind: 'text' },
    { title: { it: 'Collegamento', en: 'Feed' }, kind: 'text' },
    { title: { it: 'File', en: 'File' }, kind: 'text' },
    { title: { it: 'Arrivato il', en: 'Came at' }, kind: 'instant' },
    { title: accountWords.read, kind: 'count' },
    ...accountTerms.map((term) => ({ title: accountWords[term], kind: 'count' as const })),
    { title: { it: 'Somma', en: 'Sum' }, kind: 'count' },
    { title: { it: 'Differenza', en: 'Difference' }, kind: 'count' },
    { title: { it: 'Avvisi di pagamento', en: 'Payment notices' }, kind: 'count' },
    { title: { it: 'Importo', en: 'Amount' }, kind: 'cents' },
    { title: { it: 'Sostituito da', en: 'Replaced by' }, kind: 'count' },
  ],
  async *rows({ client }, { institution, services, filter }) {
    const pool = client as unknown as Pool
    const [list, counts, amounts] = [
      createFlowList(pool),
      createCounts(pool),
      createFlowAmounts(pool),
    ]
    const read = revived(filter)
    for (let before: number | null = null; ; ) {
      const page = await list.page({ institution, services }, read, { before, after: null }, PAGE)
      const ids = page.map(({ id }) => id)
      const accounts = await counts.ofFlows(ids)
      const sums = await amounts.of(ids)
      const replaced = await amounts.replaced(ids)
      for (const { id, service, feed, campaign, dropKey, createdAt } of page) {
        const account = accounts.get(id)?.account ?? emptyAccount()
        const rest = difference(account)
        yield [
          ...[id, service, feed ?? campaign, dropKey, createdAt, account.read],
          ...accountTerms.map((term) => account[term]),
          ...[account.read - rest, rest, sums.get(id)?.count ?? null],
          ...[sums.get(id)?.totalCents ?? null, replaced.get(id) ?? null],
        ]
      }
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) return
      before = last.id
    }
  },
}
