// `staffetta test [PATH]`: runs the cases that stand beside the mappings, and says of each that
// fails what was expected and what is there; then which branches of a mapping no case reaches.
// Needs neither network nor database.
import { branchLines, countReached, totalLine } from './branch-words.ts'
import {
  type CaseResult,
  type Command,
  type CommandContext,
  type MappingBranches,
  UsageError,
} from './command.ts'
import { mutate } from './mutation-words.ts'
import { isCatalogue, type Mapping, selectMappings } from './select-mappings.ts'
import { formatCount, formatNumber, printable } from './table.ts'

export const command: Command = {
  usage: '[PATH]',
  summary: "run the mappings' cases",
  help: `
Runs the cases of mappings/NAME.cases.yaml: a record or a file of samples/, through the same code that
maps real drops, and compares what comes out. PATH is an institution, a mapping (INSTITUTION/MAPPING
where several have the name), one of its files, or a ready-made service; without it all cases of all
institutions are run.
Touches neither network nor database. A case without \`now\` runs at 2026-01-01T08:00:00Z.

Then it says of each mapping how many of its branches some case reaches, and of each other what record
would reach it: the blocks of its texts, what it skips, listed values, lookups that find a row and that
do not, conditions, actions, reminders. It names mappings without a case and languages that none reads.

  --strict   branches that no case reaches, and what else is untested, are failures too: for CI
  --mutate   takes away one rule of a mapping after the other, and names those that no case misses:
             skips, conditions, outputs, reminders, lookups, fields, the payment, parts of the key
  --update   writes what differs: golden files, and the values of cases of one record (not pieces of
             a text). Read it before it is committed
  --json     one JSON object: "cases", "branches", "untested"; with --mutate "mutations"

What only a database, the time or a file decides is never taken away: \`missing\`, \`delivery\`,
\`changesMatter\`, \`series\`, \`startsAt\`, \`beforeSending\`, \`late\`, \`whenClosed\`, \`keep\`,
formats and columns. Nor is a default that nobody wrote, but that a field must have a value.

Examples: staffetta test bollette
          staffetta test bollette --mutate
Exit code 1 when a case fails, when --strict finds something, or --mutate a rule without protection.`,
  options: {
    update: { type: 'boolean' },
    strict: { type: 'boolean' },
    mutate: { type: 'boolean' },
  },
  async run(given, context) {
    const [typed = null, extra] = given.positionals
    if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
    const { update = false, strict = false } = given.values
    if (update && given.values['mutate']) {
      throw new UsageError('--mutate writes nothing: run --update by itself first')
    }
    const { config, problems } = await context.readConfig()
    if (config === null) {
      context.note(context.errorsText(problems))
      return 78
    }
    const mappings = selectMappings(config, typed)
    if (given.values['mutate']) return mutate(config, mappings, context)
    const results: CaseResult[] = []
    const branches: MappingBranches[] = []
    const options = {
      update: update === true,
      updateReady: mappings.every((mapping) => isCatalogue(mapping, typed)),
      onBranches: (one: MappingBranches) => branches.push(one),
    }
    for await (const result of context.offline.runCases(config, mappings, options)) {
      results.push(result)
      if (!context.json) await context.out(describe(result, context))
    }
    const untested = mappings.flatMap((mapping) => untestedOf(mapping))
    if (context.json) {
      const all = { cases: results, branches, untested }
      await context.out(`${JSON.stringify(all, null, 2)}\n`)
    } else await context.out(summary({ results, branches, untested }))
    const { reached, all } = countReached(branches)
    const isWanting = strict === true && (untested.length > 0 || reached < all)
    return isWanting || results.some(({ outcome }) => outcome === 'failed') ? 1 : 0
  },
}

const marks = {
  ok: { text: 'ok     ', color: 32 },
  failed: { text: 'FAILED ', color: 31 },
  updated: { text: 'updated', color: 33 },
}

/** Of one case: the first ones mostly say what all of them say. */
const SHOWN_DIFFERENCES = 4

function describe(result: CaseResult, { color }: CommandContext): string {
  const { institution, mapping, name, outcome, file, line, fault, differences, more } = result
  const { text, color: code } = marks[outcome]
  const mark = color ? `\u001b[${code}m${text}\u001b[0m` : text
  const head = `${mark}  ${institution}/${mapping}  ${printable(name)}`
  const changes = result.changes.map((change) => `    ${printable(cut(change))}`)
  if (outcome !== 'failed') return `${[head, ...changes].join('\n')}\n`
  const hidden = Math.max(0, differences.length - SHOWN_DIFFERENCES) + more
  const lines = [
    `    ${file}${line === null ? '' : `:${line}`}`,
    ...(fault === null ? [] : [`    ${printable(fault)}`]),
    ...changes,
    ...differences.slice(0, SHOWN_DIFFERENCES).flatMap(describeDifference),
    ...(hidden > 0 ? [`    … and ${formatCount(hidden)} more differences`] : []),
  ]
  return `${head}\n${lines.join('\n')}\n`
}

function cut(text: string): string {
  return text.length > MAXIMUM_SHOWN ? `${text.slice(0, MAXIMUM_SHOWN)}…` : text
}

function describeDifference(difference: CaseResult['differences'][number]): string[] {
  const { line, path, expected, actual } = difference
  const place = [...(line === null ? [] : [`line ${line}`]), ...(path === '' ? [] : [path])]
  const from = whereTheyPart(expected, actual)
  return [
    ...(place.length === 0 ? [] : [`    ${place.join('  ')}`]),
    `      expected  ${shown(expected, from)}`,
    `      actual    ${shown(actual, from)}`,
  ]
}

const MAXIMUM_SHOWN = 1000
/** Of a list or an object that stands on one side alone: what it is, not all that is in it. */
const MAXIMUM_OF_PARTS = 160
/** How much of two long texts is shown before they part, and from there on. */
const SHOWN_BEFORE = 30
const SHOWN_AFTER = 170

/** From which character on two values are shown: near the first that differs in long texts. */
function whereTheyPart(expected: unknown, actual: unknown): number {
  if (typeof expected !== 'string' || typeof actual !== 'string') return 0
  let at = 0
  while (at < expected.length && expected[at] === actual[at]) at += 1
  return at > 2 * SHOWN_BEFORE ? at - SHOWN_BEFORE : 0
}

/** JSON on one line, so that blanks at an end and line ends are seen. */
function shown(value: unknown, from: number): string {
  if (value === undefined) return '(nothing)'
  const text = printable(JSON.stringify(from > 0 ? String(value).slice(from) : value))
  const most = typeof value === 'object' ? MAXIMUM_OF_PARTS : MAXIMUM_SHOWN
  const maximum = from > 0 ? SHOWN_BEFORE + SHOWN_AFTER : most
  const short = text.length > maximum ? `${text.slice(0, maximum)}…` : text
  return from > 0 ? `…${short}` : short
}

interface Untested {
  institution: string
  mapping: string
  /** What no case shows. */
  what: string
}

/** What of a mapping no case can have come to. */
function untestedOf({ institution, name: mapping, spec, cases }: Mapping): Untested[] {
  const place = { institution, mapping }
  if (cases.length === 0) return [{ ...place, what: 'it has no case' }]
  if (spec.shape !== 'notice') return []
  const read = new Set(
    cases.flatMap(({ spec: one }) => [
      one.language as string,
      ...Object.keys(one.expect.otherLanguages ?? {}),
    ]),
  )
  const languages = Object.keys(spec.notice.markdown).filter((language) => !read.has(language))
  return languages.map((language) => ({ ...place, what: `no case is read in ${language}` }))
}

interface Ran {
  results: readonly CaseResult[]
  branches: readonly MappingBranches[]
  untested: readonly Untested[]
}

function summary({ results, branches, untested }: Ran): string {
  const count = (outcome: CaseResult['outcome']) =>
    formatCount(results.filter((result) => result.outcome === outcome).length)
  const updated = results.some(({ outcome }) => outcome === 'updated')
  const hasFailed = results.some(({ outcome }) => outcome === 'failed')
  const words = [
    `${count('ok')} ok`,
    ...(updated ? [`${count('updated')} updated: read them`] : []),
    `${count('failed')} failed`,
  ]
  const hints = untested.map(({ institution, mapping, what }) => {
    return `untested  ${institution}/${mapping}: ${printable(what)}\n`
  })
  const cases = `${formatNumber(results.length, 'case')}: ${words.join(', ')}.\n`
  if (results.length === 0 && untested.length === 0) {
    return 'No mapping is there to be tested. Next: staffetta new mapping --service\n'
  }
  return `\n${branchLines(branches)}${hints.join('')}${cases}${totalLine(branches, hasFailed)}`
}
