// What no record of a mapping can ever reach: a branch of a text, a rule of `skip`, a condition
// that always holds or never. Said when it is compiled, as a warning: nothing of it is ever seen,
// and no case can prove it. Invariant: no claim without a proof from the types and the conditions
// before.
import type { Faults, YamlPath } from '../fault.ts'
import type { FieldSpec } from '../field/field-spec.ts'
import type { NoticeMapping, SettlementMapping } from '../spec.ts'
import type { Buttons } from '../text/buttons.ts'
import type { NoticeTexts } from '../text/notice-texts.ts'
import type { Scope } from '../text/scope.ts'
import { type Branch, type Choice, headOf } from '../text/text.ts'
import { type Test, testOf, testOfWhen, type Value } from './clauses.ts'
import { any, assume, judge, type Known, oneOf, type Possible } from './known.ts'

/** Warns of what the texts and conditions of a mapping of notices can never come to. */
export function checkReach(
  spec: NoticeMapping,
  scope: Scope,
  texts: NoticeTexts,
  faults: Faults,
): void {
  // A rule of `skip` is asked before a row that is missing refuses the record.
  let left = knownOf(scope, spec, false)
  for (const [index, { when }] of spec.skip.entries()) {
    const test = testOf(when)
    const isShadowed =
      judge(test, left) === 'never' && judge(test, knownOf(scope, spec, false)) !== 'never'
    const said = isShadowed ? 'the rules before it skip all such records' : null
    reportTest(test, left, ['skip', index, 'when'], faults, said)
    left = assume(test, false, left)
  }
  const known = knownOf(scope, spec, true)
  for (const key of ['single', 'firstWhen'] as const) {
    const source = spec[key]
    if (source !== undefined) reportTest(testOf(source), known, [key], faults)
  }
  for (const [template, message] of texts.messages.entries()) {
    const at = template === 0 ? ['notice'] : ['reminders', template - 1]
    for (const [language, text] of Object.entries(message)) {
      checkChoices(text.subject.choices, known, [...at, 'subject', language], faults)
      checkChoices(text.markdown.choices, known, [...at, 'markdown', language], faults)
    }
    checkButtons(texts.buttons[template] ?? null, known, faults)
  }
}

/** The same of the one condition that a settlement has. */
export function checkClosing(spec: SettlementMapping, scope: Scope, faults: Faults): void {
  if (spec.closesWhen === undefined) return
  const known = { paths: ownPaths(scope, false), facts: new Map() }
  reportTest(testOf(spec.closesWhen), known, ['closesWhen'], faults)
}

function checkButtons(buttons: Buttons | null, known: Known, faults: Faults): void {
  for (const { at, source } of buttons?.conditions ?? []) {
    reportTest(testOf(source), known, at, faults)
  }
  for (const { at, template } of buttons?.parts ?? []) {
    checkChoices(template.choices, known, at, faults)
  }
}

/** `isFound`: a record has the rows that it may not lack, or would not have come so far. */
function knownOf(scope: Scope, spec: NoticeMapping, isFound: boolean): Known {
  const mayLackGroups = spec.record.repeat?.none === 'keep'
  const paths = ownPaths(scope, mayLackGroups)
  for (const [name, lookup] of Object.entries(spec.lookups)) {
    const hasRow = isFound && lookup.reference !== undefined && lookup.onMissing !== 'empty'
    for (const [path, field] of scope) {
      if (!path.startsWith(`${name}.`)) continue
      const isFlag = path === `${name}.found`
      const flag = hasRow ? oneOf([true]) : oneOf([true, false])
      paths.set(path, isFlag ? flag : possibleOf(field, !hasRow))
    }
  }
  return { paths, facts: new Map() }
}

function ownPaths(scope: Scope, mayBeNothing: boolean): Map<string, Possible> {
  const own = [...scope].filter(([path]) => !path.includes('.'))
  return new Map(own.map(([path, field]) => [path, possibleOf(field, mayBeNothing)]))
}

function possibleOf(field: FieldSpec, mayBeNothing: boolean): Possible {
  const isOptional = mayBeNothing || field.optional
  const none: Value[] = isOptional ? [null] : []
  if (field.type === 'boolean') return oneOf([true, false, ...none])
  if (field.type !== 'text' || field.values === undefined) return any(isOptional)
  if (field.otherValues === 'keep') return any(isOptional)
  return oneOf([...Object.values(field.values), ...none])
}

function checkChoices(
  choices: readonly Choice[],
  known: Known,
  at: YamlPath,
  faults: Faults,
): void {
  for (const choice of choices) checkChoice(choice, known, at, faults)
}

function checkChoice(choice: Choice, around: Known, at: YamlPath, faults: Faults): void {
  let known = around
  for (const branch of choice.branches) {
    const place = { line: branch.line, column: branch.column }
    const test = testOfBranch(choice, branch)
    const inside = insideOf(branch, test, known)
    const verdict = test === null ? 'maybe' : verdictOf(branch, test, known)
    if (verdict === 'never' || (test === null && isEmpty(known))) {
      report(at, place, headOf(branch), false, reasonOf(test, around), faults)
      continue
    }
    if (test !== null && verdictOf(branch, test, around) === 'always') {
      report(at, place, headOf(branch), true, reasonOf(test, around), faults)
      checkChoices(branch.choices, inside, at, faults)
      return
    }
    if (branch.tag === 'when' && test !== null) checkWhen(test, known, around, at, place, faults)
    checkChoices(branch.choices, inside, at, faults)
    if (test !== null) known = assume(test, branch.tag === 'unless', known)
  }
}

/** Each value of a `when` by itself: one of several may be never there. */
function checkWhen(
  test: Test,
  known: Known,
  around: Known,
  at: YamlPath,
  place: Place,
  faults: Faults,
): void {
  for (const clause of test.clauses) {
    const alone = { text: clause.text, logical: test.logical, clauses: [clause] }
    if (judge(alone, known) !== 'never') continue
    report(at, place, clause.text, false, reasonOf(alone, around), faults)
  }
}

function testOfBranch({ subject }: Choice, { tag, condition }: Branch): Test | null {
  if (tag === 'else') return null
  return tag === 'when' ? testOfWhen(subject ?? '', condition) : testOf(condition)
}

function insideOf({ tag }: Branch, test: Test | null, known: Known): Known {
  return test === null ? known : assume(test, tag !== 'unless', known)
}

function verdictOf({ tag }: Branch, test: Test, known: Known) {
  const verdict = judge(test, known)
  if (tag !== 'unless' || verdict === 'maybe') return verdict
  return verdict === 'always' ? 'never' : 'always'
}

/** Whether some path has no value left: what comes here has been taken before. */
function isEmpty({ paths }: Known): boolean {
  return [...paths.values()].some(({ only }) => only?.size === 0)
}

type Place = { line: number; column: number } | null

function reportTest(
  test: Test,
  known: Known,
  at: YamlPath,
  faults: Faults,
  said: string | null = null,
): void {
  const verdict = judge(test, known)
  if (verdict === 'maybe') return
  report(at, null, test.text, verdict === 'always', said ?? reasonOf(test, known), faults)
}

/** What of the types says so; else it is what stands before it. */
function reasonOf(test: Test | null, around: Known): string {
  const blank = { ...around, facts: new Map<string, boolean>() }
  if (test === null || judge(test, blank) === 'maybe') return 'what stands before it takes them all'
  const clause = test.clauses.find((one) => {
    return judge({ text: '', logical: 'and', clauses: [one] }, blank) !== 'maybe'
  })
  const possible = clause && around.paths.get(clause.path)
  if (!clause || !possible) return 'it does not depend on the record'
  if (possible.only !== null) {
    const all = [...possible.only].map((value) =>
      value === null ? 'nothing' : JSON.stringify(value),
    )
    return `${clause.path} is only ever ${all.join(' or ') || 'taken before'}`
  }
  if (possible.except.has(null)) return `${clause.path} is never empty here`
  return 'what stands around it says so'
}

function report(
  at: YamlPath,
  place: Place,
  what: string,
  holds: boolean,
  reason: string,
  faults: Faults,
): void {
  const message = `\`${what}\` ${holds ? 'always holds' : 'is never reached'}: ${reason}`
  const hint = holds
    ? 'take the condition away, or make the field `optional` if it may be missing'
    : 'correct the condition, or take away what stands under it'
  faults.list.push({ code: 'CFG_UNREACHABLE', path: [...at], message, hint, ...place })
}
