// The figures of a year as a sheet: a row for each month, emission or service, as the pages have
// them, with the same formulas.

import { standLooks } from '../../domain/message-words.ts'
import {
  endings,
  errorsOfIo,
  notOnIo,
  type Statistics,
  statisticsOf,
} from '../../domain/statistics.ts'
import type { Words } from '../../domain/words.ts'
import { type CountedBy, createCounts } from '../../store/counts.ts'
import type { Pool } from '../../store/database.ts'
import type { ExportSource } from './source.ts'

export interface StatisticsFilter {
  by: Exclude<CountedBy, 'all' | 'purpose'>
  /** ISO days, both in it. */
  from: string
  to: string
  /** Null: all that they may see. */
  service: string | null
}

const figures: readonly [Words, (all: Statistics) => number][] = [
  [{ it: 'Messaggi conclusi', en: 'Messages that ended' }, (all) => all.messages],
  ...endings.map((ending): [Words, (all: Statistics) => number] => [
    standLooks[ending].word,
    ({ byEnding }) => byEnding[ending],
  ]),
  [{ it: 'Totale non su IO', en: 'All not on IO' }, notOnIo],
  [{ it: 'Totale errori IO', en: 'All errors of IO' }, errorsOfIo],
  [{ it: 'Scarti prima dell’invio', en: 'Refused before sending' }, (all) => all.refused],
  [{ it: 'Letti (Premium)', en: 'Read (Premium)' }, (all) => all.read],
  [
    { it: 'Letti con avviso di pagamento', en: 'Read, with a payment' },
    (all) => all.readWithPayment,
  ],
  [{ it: 'Pagati', en: 'Paid' }, (all) => all.paid],
  [{ it: 'Annullati', en: 'Cancelled' }, (all) => all.cancelled],
  [{ it: 'In simulazione', en: 'Recorded' }, (all) => all.recorded],
]

export const source: ExportSource<StatisticsFilter> = {
  columns: [
    { title: { it: 'Voce', en: 'Of' }, kind: 'text' },
    ...figures.map(([title]) => ({ title, kind: 'count' as const })),
  ],
  async *rows({ client }, { institution, services, filter }) {
    const { by, service } = filter
    const [from, to] = [Temporal.PlainDate.from(filter.from), Temporal.PlainDate.from(filter.to)]
    const seen = service === null ? services : [service]
    const counts = createCounts(client as unknown as Pool)
    const named = await counts.byPeriod({ institution, services: seen, from, to }, by)
    for (const [name, counted] of named) {
      // Records are of no emission.
      const of = by === 'emission' ? counted.filter(({ kind }) => kind !== 'record') : counted
      if (of.length === 0) continue
      const all = statisticsOf(of)
      yield [name, ...figures.map(([, figure]) => figure(all))]
    }
  },
}
