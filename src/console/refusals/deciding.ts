// What a person decides about refused records, carried out and said: mapped again, flow by flow, or
// ignored. Nothing is decided here about more than what they were shown.
import { fill } from '../../domain/words.ts'
import { count } from '../parts/show.ts'
import type { Visit } from '../visit.ts'
import type { RecordName } from './asked.ts'
import { unreadable, words } from './words.ts'

type Marked = RecordName & { edition: number }

/** What is said of it; or why nothing was done. */
export type Said = { said: string } | { fault: string }

export async function carryOut(
  visit: Visit,
  what: 'rework' | 'ignore',
  marks: readonly Marked[],
  reason: string | null,
): Promise<Said> {
  return what === 'ignore' ? ignore(visit, marks, reason) : rework(visit, marks)
}

async function ignore(
  visit: Visit,
  marks: readonly Marked[],
  reason: string | null,
): Promise<Said> {
  const { app, place, language, now } = visit
  const services = visit.services('prepare')
  const asked = visit.asked(reason)
  const done = await app.store.corrections.ignore(place.id, services, marks, asked, now)
  if (done.length === 0) return { fault: words.changed[language] }
  return { said: fill(words.saidIgnored, language, { n: count(visit, done.length) }) }
}

/** Each flow's as a flow of its own; one that cannot be leaves the others as they are. */
async function rework(visit: Visit, marks: readonly Marked[]): Promise<Said> {
  const { app, place, language } = visit
  const services = visit.services('prepare')
  const made: number[] = []
  const sums = { good: 0, wrong: 0 }
  const faults = new Set<string>()
  for (const [flowId, records] of Map.groupBy(marks, (one) => one.flowId)) {
    const record = records[0]?.record ?? 0
    const named = { institution: place.id, flowId, record }
    const answer = await app.desk.correcting.rework(named, services, records, visit.asked(null))
    switch (answer.kind) {
      case 'done':
        made.push(answer.flowId)
        sums.good += answer.records
        sums.wrong += answer.refused.length
        break
      case 'wrong':
        sums.wrong += answer.refused.length
        break
      case 'changed':
        faults.add(words.changed[language])
        break
      case 'unreadable':
        faults.add(unreadable[answer.because][language])
    }
  }
  const why = [...faults].join(' ')
  if (made.length === 0) return { fault: why || words.saidWrong[language] }
  const figures = { n: count(visit, sums.good), flows: made.join(', ') }
  const still = fill(words.saidStill, language, { n: count(visit, sums.wrong) })
  const said = fill(words.saidReworked, language, figures) + (sums.wrong > 0 ? still : '')
  return { said: why === '' ? said : `${said} ${why}` }
}
