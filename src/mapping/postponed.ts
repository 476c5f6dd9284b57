// The data of a notice as if its source had said another due date. Pure. Invariant: equal, byte for
// byte of its canonical JSON, to what the mapping makes of the same record with that date in it; so
// that a source which says the same later changes nothing.

import { dueDayOf } from '../domain/civil-date.ts'
import type { NoticeData } from '../domain/notice.ts'

/** Answers the data with this due instant (ISO, UTC); null when the notice has no due date. */
export type Postpone = (data: NoticeData, dueAt: string) => NoticeData | null

/** `path` is the mapping's `notice.dueDate`: a field, or `lookup.field`. */
export function postponer(path: string | undefined): Postpone {
  if (path === undefined) return () => null
  const [first = '', second] = path.split('.')
  return (data, dueAt) => {
    if (data.dueAt === null) return null
    const day = dueDayOf(dueAt).toString()
    const found = data.fields[first]
    const row = typeof found === 'object' && found !== null ? found : {}
    const value = second === undefined ? day : { ...row, [second]: day }
    return { ...data, dueAt, fields: { ...data.fields, [first]: value } }
  }
}
