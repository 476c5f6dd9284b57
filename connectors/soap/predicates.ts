// What an answer means: rules by path and set of values, asked before any record is looked at.
// Legacy services answer their errors with HTTP 200 and ordinary fields, so that a fault is only
// one of the ways to say no.
// Invariant: the order is fatal, retry, empty, ok; the first that holds decides.
import { z } from 'zod'
import { findElements, findValues, type Path, parsePath } from './path.ts'
import type { XmlElement } from './xml.ts'

/** A path, parsed when the settings are read. */
export function pathSetting() {
  return z
    .string()
    .min(1)
    .max(500)
    .refine((text) => parsePath(text) !== null, 'a path such as `Esito` or `Registro/@numero`')
}

const rule = z
  .strictObject({
    path: pathSetting().optional().describe('Where the value stands.'),
    in: z.array(z.string()).min(1).max(200).optional().describe('Holds for one of these values.'),
    notIn: z
      .array(z.string())
      .min(1)
      .max(200)
      .optional()
      .describe('Holds for any other value than these; not where nothing stands.'),
    present: z.boolean().optional().describe('Holds when something, or nothing, stands there.'),
    status: z
      .array(z.int().min(200).max(599))
      .min(1)
      .max(50)
      .optional()
      .describe('Holds only for answers with one of these states of HTTP: `[404]`.'),
  })
  .refine(
    ({ path, status, ...asked }) =>
      Object.values(asked).some((one) => one !== undefined) === (path !== undefined) &&
      (path ?? status) !== undefined,
    'a rule is a `path` with `in`, `notIn` or `present`, a `status`, or both',
  )

export type Rule = z.infer<typeof rule>

const rules = () => z.array(rule).max(50).optional()

/** The fields of a call that judge its answer. */
export const predicateFields = {
  okWhen: rules().describe('The answer is good only when one of these holds.'),
  emptyWhen: rules().describe('There is nothing, and that is no error.'),
  warnWhen: rules().describe('The answer is used, and the log says what held.'),
  retryWhen: rules().describe('The system is busy or closed: the next poll tries again.'),
  fatalWhen: rules().describe('The system refuses: a person must look.'),
}

export type Predicates = { [K in keyof typeof predicateFields]?: Rule[] | undefined }

export interface Verdict {
  /** `unfit`: no rule refuses it, but none of `okWhen` holds. */
  means: 'ok' | 'empty' | 'retry' | 'fatal' | 'unfit'
  /** What held, for those that stop; empty for the others. */
  because: string
  warnings: string[]
}

/** What rules look at. */
export interface Judged {
  /** The state of HTTP. */
  status: number
  root: XmlElement
}

/** What the answer means. `because` says path and value of the rule that held, in short. */
export function judge(predicates: Predicates, answer: Judged): Verdict {
  const held = (rules: Rule[] | undefined) => findHeld(rules, answer)
  const fatal = held(predicates.fatalWhen)
  if (fatal !== null) return { means: 'fatal', because: fatal, warnings: [] }
  const retry = held(predicates.retryWhen)
  if (retry !== null) return { means: 'retry', because: retry, warnings: [] }
  const warnings = (predicates.warnWhen ?? []).flatMap((one) => findHeld([one], answer) ?? [])
  if (held(predicates.emptyWhen) !== null) return { means: 'empty', because: '', warnings }
  if (predicates.okWhen !== undefined && held(predicates.okWhen) === null) {
    const because = predicates.okWhen.map((one) => shown(one, answer)).join(', ')
    return { means: 'unfit', because, warnings }
  }
  return { means: 'ok', because: '', warnings }
}

/** The first rule that holds, as `path = value`; null when none does. */
export function findHeld(rules: readonly Rule[] | undefined, answer: Judged): string | null {
  const one = rules?.find((candidate) => holds(candidate, answer))
  return one === undefined ? null : shown(one, answer)
}

/** Whether rules of the call say what answers of this state mean. */
export function speakOf(predicates: Predicates, status: number): boolean {
  const { okWhen, emptyWhen, warnWhen, retryWhen, fatalWhen } = predicates
  return [okWhen, emptyWhen, warnWhen, retryWhen, fatalWhen].some((rules) =>
    rules?.some((one) => one.status?.includes(status)),
  )
}

function holds(one: Rule, { status, root }: Judged): boolean {
  if (one.status !== undefined && !one.status.includes(status)) return false
  if (one.path === undefined) return true
  const path = parsePath(one.path) as Path
  const values = findValues(root, path)
  if (one.present !== undefined) {
    const stands = path.attribute === null ? findElements(root, path).length : values.length
    if (stands > 0 !== one.present) return false
  }
  if (one.in !== undefined && !values.some((value) => one.in?.includes(value))) return false
  if (one.notIn !== undefined) return values.some((value) => !one.notIn?.includes(value))
  return one.in !== undefined || one.present !== undefined
}

/** Codes are short; a longer value may be about a person, and is not shown. */
function shown({ path }: Rule, { status, root }: Judged): string {
  if (path === undefined) return `HTTP ${status}`
  const [value] = findValues(root, parsePath(path) as Path)
  if (value === undefined) return `${path} is missing`
  const isCode = /^[A-Za-z0-9_.:-]{0,30}$/.test(value) && !/[A-Za-z]{6}\d/.test(value)
  return isCode ? `${path} = ${value === '' ? '(empty)' : value}` : `${path} holds a text`
}
