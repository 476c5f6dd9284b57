// What processing a file again would change, before somebody does it: the first records rendered by
// the mapping of then and by that of now, and how many say something else. Nothing is kept.
import { fill, type Words } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { listTable } from '../parts/list.ts'
import { callout, count } from '../parts/show.ts'
import type { Visit } from '../visit.ts'
import type { ShownFlow } from './flow.ts'

/** Records that are compared while somebody waits for the page. */
const COMPARED = 1000

export async function redoForecast(visit: Visit, flow: ShownFlow): Promise<Html | null> {
  const { language, app } = visit
  if (flow.dropId === null || flow.drop?.state !== 'mapped') return null
  const found = await app.rerender(flow.dropId, null)
  if (found.kind === 'refused') return null
  const changes = new Map<string, number>()
  let records = 0
  for await (const { change } of found.records) {
    changes.set(change, (changes.get(change) ?? 0) + 1)
    records += 1
    if (records === COMPARED) break
  }
  const equal = changes.get('equal') ?? 0
  const figures = { records: count(visit, records) }
  if (equal === records) return callout('info', null, fill(words.same, language, figures))
  const rows = [...changes]
    .toSorted((a, b) => b[1] - a[1])
    .map(([change, n]) => ({
      href: null,
      cells: [changeWords[change]?.[language] ?? change, count(visit, n)],
    }))
  const columns = [
    { title: words.change[language] },
    { title: words.records[language], isNumber: true },
  ]
  return html`${listTable({
    caption: fill(words.caption, language, figures),
    columns,
    rows,
    empty: '',
  })}`
}

const changeWords: Record<string, Words> = {
  equal: { it: 'uguali', en: 'equal' },
  changed: { it: 'dicono altro', en: 'say something else' },
  rekeyed: { it: 'con un’altra chiave: messaggi nuovi', en: 'under another key: new messages' },
  gone: { it: 'non ci sono più', en: 'no longer there' },
  notice: { it: 'diventano messaggi', en: 'become messages' },
  refused: { it: 'diventano scarti', en: 'become refusals' },
  skipped: { it: 'diventano esclusi', en: 'become skipped' },
}

const words = {
  same: {
    it: 'Il modello di oggi dice lo stesso nelle prime {records} righe.',
    en: 'The mapping of today says the same in the first {records} records.',
  },
  caption: {
    it: 'Che cosa cambia nelle prime {records} righe',
    en: 'What changes in the first {records} records',
  },
  change: { it: 'Con il modello di oggi', en: 'By the mapping of today' },
  records: { it: 'Righe', en: 'Records' },
} satisfies Record<string, Words>
