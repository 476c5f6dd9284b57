// A tester's form, as it came → what they say, or what is missing. Invariants: only messages that
// they were sent are heard of; silence is no answer; a note is never lost behind «all correct».
import { NOTE_LENGTH, type TestAnswer, type TestSaid } from '../domain/test-answer.ts'

/** What stands in the form for one message. */
export interface FormEntry {
  item: number
  answer: TestAnswer | null
  note: string
}

export interface FormFault {
  /** Null: of the form as a whole. */
  item: number | null
  what: 'none' | 'noteMissing' | 'noteUnmeant'
}

export interface ReadForm {
  entries: FormEntry[]
  said: TestSaid[]
  /** Empty: `said` may be kept. */
  faults: FormFault[]
}

/** Reads the fields of these messages; others are not looked at. */
export function readForm(form: URLSearchParams, items: readonly number[]): ReadForm {
  const isAllOk = form.get('all') === 'ok'
  const entries = items.map((item): FormEntry => {
    const note = (form.get(`note-${item}`) ?? '').replace(/\r\n/g, '\n').trim()
    const typed = form.get(`answer-${item}`)
    const chosen = typed === 'ok' || typed === 'problem' ? typed : null
    const answer = isAllOk ? 'ok' : (chosen ?? (note === '' ? null : 'problem'))
    return { item, answer, note: note.slice(0, NOTE_LENGTH) }
  })
  const said = entries.flatMap(({ item, answer, note }) =>
    answer === null ? [] : { item, answer, note: note === '' ? null : note },
  )
  return { entries, said, faults: faultsOf(entries) }
}

function faultsOf(entries: readonly FormEntry[]): FormFault[] {
  if (entries.every(({ answer }) => answer === null)) return [{ item: null, what: 'none' }]
  return entries.flatMap(({ item, answer, note }): FormFault[] => {
    if (answer === 'problem' && note === '') return [{ item, what: 'noteMissing' }]
    if (answer === 'ok' && note !== '') return [{ item, what: 'noteUnmeant' }]
    return []
  })
}
