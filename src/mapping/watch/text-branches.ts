// The branches of the texts of a notice: each block of each text in each language, titles and
// buttons too. Where a block has no `else`, that none of its branches is taken is one as well.
import type { YamlPath } from '../fault.ts'
import type { Buttons } from '../text/buttons.ts'
import type { NoticeTexts } from '../text/notice-texts.ts'
import type { Fields, Scope } from '../text/scope.ts'
import { type Branch, type Choice, headOf } from '../text/text.ts'
import { conditionWords } from './condition-words.ts'
import type { Ledger } from './ledger.ts'

/** Marks what the values of one notice take. */
export type Seeing = (fields: Fields) => void

/** Declares the branches of all texts. */
export function watchTexts(texts: NoticeTexts, scope: Scope, ledger: Ledger): Seeing {
  const seeing: Seeing[] = []
  const add = (choices: readonly Choice[], at: YamlPath) =>
    seeing.push(...choices.map((choice) => watchChoice(choice, at, scope, ledger)))
  for (const [template, message] of texts.messages.entries()) {
    const at = template === 0 ? ['notice'] : ['reminders', template - 1]
    for (const language of texts.languages) {
      const text = message[language]
      add(text?.subject.choices ?? [], [...at, 'subject', language])
      add(text?.markdown.choices ?? [], [...at, 'markdown', language])
    }
    const buttons = texts.buttons[template] ?? null
    if (buttons === null) continue
    for (const part of buttons.parts) add(part.template.choices, part.at)
    seeing.push(...watchConditions(buttons, scope, ledger))
  }
  return (fields) => {
    for (const see of seeing) see(fields)
  }
}

function watchConditions({ conditions }: Buttons, scope: Scope, ledger: Ledger): Seeing[] {
  return conditions.map(({ at, source, condition }) => {
    const [holds, fails] = declareBoth(source, at, scope, ledger)
    return (fields) => (condition.test(fields) ? holds() : fails())
  })
}

/** Declares that a condition of the mapping holds, and that it does not. */
export function declareBoth(source: string, path: YamlPath, scope: Scope, ledger: Ledger) {
  const declare = (holds: boolean) => {
    const wanted = `in which ${conditionWords(source, holds, scope)}`
    return ledger.declare({ path, what: holds ? source : `not ${source}`, wanted })
  }
  return [declare(true), declare(false)] as const
}

function watchChoice(choice: Choice, path: YamlPath, scope: Scope, ledger: Ledger): Seeing {
  const { branches, isWhole } = choice
  const first = branches[0]
  const watched = branches.map((branch, index) => {
    const { line, column } = branch
    const what = headOf(branch)
    const wanted = `in which ${wordsOf(choice, index, scope)}`
    const mark = ledger.declare({ path, line, column, what, wanted })
    const within = branch.choices.map((one) => watchChoice(one, path, scope, ledger))
    return { branch, mark, within }
  })
  const { line, column } = first ?? {}
  const place = line === undefined || column === undefined ? {} : { line, column }
  const none = isWhole
    ? () => {}
    : ledger.declare({
        ...{ path, ...place, what: noneOf(choice) },
        wanted: `in which ${wordsOf(choice, branches.length, scope)}`,
      })
  return (fields) => {
    const taken = watched.find(({ branch }) => branch.test(fields))
    if (taken === undefined) return none()
    taken.mark()
    for (const see of taken.within) see(fields)
  }
}

function noneOf({ branches, subject }: Choice): string {
  const [only] = branches
  if (subject !== null) return `case ${subject} without a branch`
  if (branches.length === 1 && only?.tag === 'if') return `not ${only.name}`
  if (branches.length === 1 && only?.tag === 'unless') return only.condition
  return `none of: ${branches.map(({ name }) => name).join(', ')}`
}

/** When a record takes the branch at this place; beyond the last: none of them. */
function wordsOf({ branches, subject }: Choice, index: number, scope: Scope): string {
  const [only] = branches
  const branch: Branch | undefined = branches[index]
  const isLast = branch === undefined || branch.tag === 'else'
  if (isLast && subject !== null) return `\`${subject}\` is none of its branches`
  if (isLast) {
    const isOne = branches.length - (branch ? 1 : 0) === 1
    if (isOne && only) return conditionWords(only.condition, only.tag === 'unless', scope)
    const others = branches.filter(({ tag }) => tag !== 'else').map(({ name }) => `\`${name}\``)
    return `none of these is so: ${others.join(', ')}`
  }
  if (branch.tag === 'when') return `\`${subject}\` is ${branch.condition}`
  const words = conditionWords(branch.condition, branch.tag !== 'unless', scope)
  return index > 0 ? `${words}, and nothing before it` : words
}
