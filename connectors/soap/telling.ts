// One record → the calls that tell it, and how they ended. What may not be made twice is begun
// before it leaves; where its end is not known, the system is asked, or a person is.
// Invariant: exactly one of `given`, `failed` and an error that leaves it begun ends each record.
import {
  type OwedReceipt,
  type ReceiptNotice,
  SourceError,
  type WriteBack,
} from '../../src/connector.ts'
import { type Answer, AnswerError, valueAt } from './answer.ts'
import type { Caller } from './call.ts'
import { templatesOf } from './call-settings.ts'
import { findHeld } from './predicates.ts'
import { receiptScope, withAnswer } from './receipt-scope.ts'
import type { Find, ReceiptSettings, Step, Telling } from './receipt-settings.ts'
import { mentions, type Scope } from './template.ts'

/** `told`: the system has it. `failed`: it has not, or nobody knows; the report was told which. */
export type Ending = 'told' | 'failed'

type Answers = Record<string, string>

/** How far the steps of one record came. */
interface Progress {
  scope: Scope
  answers: Answers
  /** A call that may not be made twice may have left. */
  hasBegun: boolean
  /** The name of such a call that was done, and would be done again. */
  done: string | null
  /** The system is being asked whether it has the record. */
  isAsking: boolean
}

const mostAnswerCharacters = 200
/** What is wrong with the service, and not with a record. */
const ofService = [
  ...['SRC_UNREACHABLE', 'SRC_CONNECTION_LOST', 'SRC_TLS', 'SRC_CREDENTIALS', 'SRC_WSDL'],
  ...['SRC_BUSY', 'SRC_STOPPED'],
]

/** What the settings say of such a record; undefined where it is not told. */
export function fitting({ on }: ReceiptSettings, { fate, key }: OwedReceipt): Telling | undefined {
  const telling = on.find(({ fates }) => fates?.includes(fate) ?? true)
  // The system knows its records by their keys: one that never had a key cannot be named to it.
  const isNamed = key !== null || telling === undefined || !names(telling, 'receipt.key')
  return isNamed ? telling : undefined
}

/** Throws what is wrong with the service; the record comes again then. */
export async function tellRecord(
  caller: Caller,
  report: WriteBack,
  told: ReceiptSettings,
  telling: Telling,
  receipt: OwedReceipt,
): Promise<Ending> {
  const notice = await noticeOf(report, telling, receipt)
  if (notice === undefined) return 'failed'
  const scope = receiptScope(receipt, notice, report.dropKey, told)
  const given = async (answer: Answers): Promise<Ending> => {
    await report.given([{ receipt, answer }])
    return 'told'
  }
  const mustAsk = receipt.isBegun && telling.steps.some(({ repeatable }) => !repeatable)
  if (mustAsk && telling.find === undefined) {
    await leaveToPerson(report, receipt)
    return 'failed'
  }
  const progress = { scope, answers: {}, hasBegun: mustAsk, done: null, isAsking: false }
  try {
    if ((mustAsk || telling.findFirst) && telling.find !== undefined) {
      progress.isAsking = true
      const found = await ask(caller, telling.find, scope)
      if (found !== null) return await given(found)
      progress.hasBegun = false
      progress.isAsking = false
    }
    for (const step of telling.steps) {
      if (await makeStep(caller, report, receipt, step, progress)) break
    }
    return await given(progress.answers)
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    return endBadly({ caller, report, telling, receipt, progress, error })
  }
}

/** True when the system has the record already, so that nothing more is called. */
async function makeStep(
  caller: Caller,
  report: WriteBack,
  receipt: OwedReceipt,
  step: Step,
  progress: Progress,
): Promise<boolean> {
  caller.tryWriting(step, progress.scope) // What cannot be written is not begun.
  if (!step.repeatable && !progress.hasBegun) {
    await report.begin([receipt])
    progress.hasBegun = true
  }
  const answer = await caller.call(step, progress.scope, step.alreadyWhen)
  const isThere = answer.means === 'aside'
  const values = readValues(answer, step.answer)
  if (!isThere && Object.keys(values).length === 0 && Object.keys(step.answer).length > 0) {
    const paths = Object.values(step.answer).join(', ')
    const message = `${step.operation} was answered, but nothing stands at ${paths}`
    throw new AnswerError('SRC_ANSWER', message, { retry: true, mayBeDone: true })
  }
  if (!step.repeatable) progress.done = step.name
  Object.assign(progress.answers, values)
  progress.scope = withAnswer(progress.scope, step.name, values)
  return isThere
}

/** What `find` answers of the record; null when the system does not have it. */
async function ask(caller: Caller, find: Find, scope: Scope): Promise<Answers | null> {
  const answer = await caller.call(find, scope)
  const isThere =
    find.existsWhen === undefined
      ? answer.means === 'ok'
      : findHeld(find.existsWhen, answer) !== null
  return isThere ? readValues(answer, find.answer) : null
}

interface BadEnd {
  caller: Caller
  report: WriteBack
  telling: Telling
  receipt: OwedReceipt
  progress: Progress
  error: SourceError
}

async function endBadly(end: BadEnd): Promise<Ending> {
  const { report, telling, receipt, progress, error } = end
  const isOfService = ofService.includes(error.code)
  const failed = async (retry: boolean, more = '', mayBeGiven = false): Promise<Ending> => {
    const message = `${error.message}${more}`
    const shown = new SourceError(error.code, message, { retry, cause: error })
    await report.failed(receipt, shown, mayBeGiven)
    if (isOfService) throw error
    return 'failed'
  }
  if (progress.done !== null) {
    const has = Object.entries(progress.answers).map(([name, value]) => `${name} ${value}`)
    return failed(false, `; ${progress.done} was done before (${has.join(', ')})`, true)
  }
  if (!progress.hasBegun) {
    if (isOfService) throw error
    return failed(error.retry)
  }
  if (!progress.isAsking && !mayBeDone(error)) return failed(isOfService || error.retry)
  if (telling.find !== undefined && isOfService) throw error // Begun, it is asked for next time.
  if (telling.find === undefined || progress.isAsking) {
    return failed(false, '; whether the system has the record is not known', true)
  }
  return askAfterwards(end, telling.find, () => failed(true))
}

/** The answer is no good, but the service answers: whether it was done can be found out now. */
async function askAfterwards(
  end: BadEnd,
  find: Find,
  notDone: () => Promise<Ending>,
): Promise<Ending> {
  const { caller, report, receipt, progress } = end
  progress.isAsking = true
  try {
    const answer = await ask(caller, find, progress.scope)
    if (answer === null) return await notDone()
    await report.given([{ receipt, answer }])
    return 'told'
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    return endBadly({ ...end, error })
  }
}

/** Whether the call may have done what it should, though its answer is no good or never came. */
function mayBeDone(error: SourceError): boolean {
  if (error instanceof AnswerError) return error.mayBeDone
  return ['SRC_CONNECTION_LOST', 'SRC_ANSWER', 'SRC_ANSWER_BOUNDS', 'SRC_STOPPED'].includes(
    error.code,
  )
}

/** What was begun, and of which the system cannot be asked. */
export async function leaveToPerson(report: WriteBack, receipt: OwedReceipt): Promise<void> {
  const message =
    'a call for this record left and its answer was lost; the settings have no `find` that asks ' +
    'whether the system has it: look there, then say so here'
  const error = new SourceError('SRC_RECEIPT', message, { retry: false })
  await report.failed(receipt, error, true)
}

/** Undefined when the record has none and its calls name one: then it cannot be told. */
async function noticeOf(
  report: WriteBack,
  telling: Telling,
  receipt: OwedReceipt,
): Promise<ReceiptNotice | null | undefined> {
  if (!names(telling, 'notice') && !names(telling, 'values')) return null
  const notice = await report.notice(receipt)
  if (notice !== null) return notice
  const message =
    'the record made no notice, and the calls for it name `notice` or `values`: leave its fate ' +
    'out of `fates`, or tell it by an entry of its own'
  const error = new SourceError('SRC_RECEIPT', message, { retry: false })
  await report.failed(receipt, error, receipt.isBegun)
  return undefined
}

/** The values that stand at the paths, cut to what is shown with a record. */
function readValues(answer: Answer, paths: Answers): Answers {
  const read = Object.entries(paths).flatMap(([name, path]) => {
    const value = valueAt(answer.root, path)
    return value ? [[name, value.slice(0, mostAnswerCharacters)]] : []
  })
  return Object.fromEntries(read)
}

function names({ steps, find }: Telling, variable: string): boolean {
  const calls = [...steps, ...(find === undefined ? [] : [find])]
  return calls.some((one) => mentions(templatesOf(one), variable))
}
