// The page of messages that wait for a person, and what its form decides: never about more than
// what was shown, nor about what has moved since. A repeated or doubled form finds them moved.
import { fill } from '../../domain/words.ts'
import type { Fault } from '../parts/form.ts'
import { count } from '../parts/show.ts'
import type { Answer, PageRoute, Visit } from '../visit.ts'
import { askedQuestions, MOST_AT_ONCE, type QuestionFilter, questionsHref } from './asked.ts'
import { questionsPage } from './page.ts'
import { words } from './words.ts'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/uncertain',
    permission: 'uncertain',
    handle: (visit) => questionsPage(visit),
  },
  { method: 'POST', path: '/uncertain', permission: 'uncertain', handle: decide },
]

/** As the store bounds one decision. */
const DECIDED_AT_ONCE = 1000

const resolutions = ['sent', 'resend', 'cancelled'] as const

async function decide(visit: Visit): Promise<Answer> {
  const { form, language, app } = visit
  const query = new URLSearchParams(form.get('filter') ?? '')
  const filter = askedQuestions(visit, query)
  const back = (field: string | null, text: string) => {
    const faults: Fault[] = [{ field, text }]
    return questionsPage(visit, { query, form, faults })
  }
  const as = resolutions.find((one) => one === form.get('as'))
  if (as === undefined) return back('as', words.faultAs[language])
  const isAll = form.get('which') === 'all'
  const ids = await meant(visit, filter, isAll)
  if (ids === null) return back(null, words.faultChanged[language])
  if (ids.length === 0) return back('message', words.faultNone[language])
  const typed = (form.get('typed') ?? '').replace(/[.\s]/g, '')
  const isRisky = isAll || (as === 'resend' && filter.state === 'uncertain')
  if (isRisky && typed !== String(ids.length)) {
    return back('typed', fill(words.faultTyped, language, { n: count(visit, ids.length) }))
  }
  const ioId = form.get('ioId')?.trim() || null
  const isIdWrong = ioId !== null && !/^[0-9A-Za-z]{10,64}$/.test(ioId)
  if (ioId !== null && (isIdWrong || ids.length !== 1 || as !== 'sent')) {
    return back('ioId', words.faultIoId[language])
  }
  const note = form.get('note')?.trim() || null
  const decision = { as, ioId, ...visit.asked(note) }
  const sums = { done: 0, left: 0 }
  for (let start = 0; start < ids.length; start += DECIDED_AT_ONCE) {
    const decided = await app.decide(ids.slice(start, start + DECIDED_AT_ONCE), decision)
    for (const { because } of decided) sums[because === null ? 'done' : 'left'] += 1
  }
  const left = fill(words.notDone, language, { n: count(visit, sums.left) })
  const done = fill(words.done, language, { n: count(visit, sums.done) })
  const to = questionsHref(visit, filter)
  return { kind: 'redirect', to, said: done + (sums.left > 0 ? left : '') }
}

/** The messages that are meant, all of which still wait; null: some do not any more. */
async function meant(
  { form, app }: Visit,
  filter: QuestionFilter,
  isAll: boolean,
): Promise<number[] | null> {
  const { openQuestions } = app.store
  if (isAll) return openQuestions.ids(filter, MOST_AT_ONCE)
  const ids = [
    ...new Set(
      form
        .getAll('message')
        .filter((id) => /^\d{1,15}$/.test(id))
        .map(Number),
    ),
  ]
  const open = await openQuestions.among(filter, ids.slice(0, MOST_AT_ONCE))
  return open.length === ids.length ? open : null
}
