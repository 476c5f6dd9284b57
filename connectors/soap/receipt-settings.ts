// How a system is told what became of a record: which fates by which steps, how one asks whether it
// has been told, and how fast. `README.md` and `examples/` show it for registers and task systems.
import { z } from 'zod'
import { bounded, type CallSettings, callFields, checkKind, templatesOf } from './call-settings.ts'
import { pathSetting, predicateFields } from './predicates.ts'
import { mentions } from './template.ts'

const variable = z.string().regex(/^[A-Za-z]\w{0,49}$/, 'a letter, then letters and digits')
const answer = z.record(variable, pathSetting())

const step = z
  .strictObject({
    ...callFields,
    name: variable.describe('What later steps call it: `{{ steps.NAME.VALUE }}`.'),
    answer: answer
      .default({})
      .describe(
        'Where the answer has what is kept: `numero: lngNumPG`. One at least must be there.',
      ),
    alreadyWhen: predicateFields.okWhen.describe(
      'Answers by which the system says that it has the record already: it counts as told.',
    ),
    repeatable: z
      .boolean()
      .default(false)
      .describe(
        'Does no harm when it is made twice: a state that is set, a document without number.',
      ),
  })
  .superRefine(checkKind)

const find = z
  .strictObject({
    ...callFields,
    existsWhen: predicateFields.okWhen.describe(
      'Answers that say: it is there. Else the `records` say so.',
    ),
    answer: answer.default({}).describe('Where the answer has what the steps would have answered.'),
  })
  .superRefine(checkKind)

/** What of a record is its own, and nobody else's. */
const own = ['receipt', 'values', 'notice']

const telling = z
  .strictObject({
    fates: z
      .array(z.string().min(1))
      .min(1)
      .max(20)
      .optional()
      .describe('Records that ended so; all that no entry before has, unless given.'),
    steps: z.array(step).min(1).max(10).describe('The calls, in order.'),
    find: find.optional().describe('The call that asks whether the system has the record already.'),
    findFirst: z
      .boolean()
      .default(false)
      .describe('Asks so before each record, not only where a call was begun before.'),
  })
  .refine(({ findFirst, find: asked }) => !findFirst || asked !== undefined, {
    path: ['findFirst'],
    message: 'needs a `find`',
  })
  .refine(({ find: asked }) => asked === undefined || canSayNo(asked), {
    path: ['find'],
    message: 'says of every record that it is there: it needs `existsWhen`, or `records`',
  })
  .refine(({ find: asked }) => asked === undefined || namesRecord(asked), {
    path: ['find', 'args'],
    message: 'ask about no record: name `receipt.id`, `receipt.key` or a value of it',
  })
  .refine(({ steps }) => new Set(steps.map((one) => one.name)).size === steps.length, {
    path: ['steps'],
    message: 'two steps have one name',
  })

export const receipt = z
  .strictObject({
    on: z.array(telling).min(1).max(10).describe('What is called for which fates; first fits.'),
    words: z
      .record(z.string(), z.string().max(100))
      .default({})
      .describe('The system’s own word for a fate, `{{ receipt.word }}`: `sent: "3"`.'),
    parallel: bounded(1, 4, 1).describe('How many records are told at once.'),
    perSecond: z.number().min(0.01).max(100).default(5).describe('How many records a second.'),
    maximumReceipts: bounded(1, 100_000, 1000).describe(
      'How many records one report tells; the others follow.',
    ),
    maximumFailuresInRow: bounded(1, 1000, 20).describe(
      'After so many refusals one after the other nothing more is tried: something is wrong.',
    ),
  })
  .superRefine(({ on, words }, issues) => {
    for (const [index, { fates, steps }] of on.entries()) {
      if (!steps.some((one) => mentions(templatesOf(one), 'word'))) continue
      const silent = (fates ?? []).filter((fate) => words[fate] === undefined)
      if (fates !== undefined && silent.length === 0) continue
      const path = ['on', index, 'fates']
      const which = fates === undefined ? 'say which `fates`' : `no word for ${silent.join(', ')}`
      issues.addIssue({ code: 'custom', path, message: `\`receipt.word\` is used: ${which}` })
    }
  })

export type ReceiptSettings = z.infer<typeof receipt>
export type Telling = ReceiptSettings['on'][number]
export type Step = Telling['steps'][number]
export type Find = NonNullable<Telling['find']>

function canSayNo(asked: { existsWhen?: unknown; records?: unknown }): boolean {
  return asked.existsWhen !== undefined || asked.records !== undefined
}

function namesRecord(call: CallSettings): boolean {
  return own.some((name) => mentions(templatesOf(call), name))
}
