// `staffetta test [PATH]`: runs the cases that stand beside the mappings, and says of each that
// fails what was expected and what is there. Needs neither network nor database.
import { type CaseResult, type Command, type CommandContext, UsageError } from './command.ts'
import { type Mapping, selectMappings } from './select-mappings.ts'
import { formatCount, formatNumber, printable } from './table.ts'

export const command: Command = {
  usage: '[PATH]',
  summary: "run the mappings' cases",
  help: `
Runs the cases of mappings/NAME.cases.yaml: a record or a file of samples/, through the same code that
maps real drops, and compares what comes out. PATH is an institution, a mapping (INSTITUTION/MAPPING
where several have the name) or one of its files; without it all cases of all institutions are run.
Touches neither network nor database. A case without \`now\` runs at 2026-01-01T08:00:00Z. At the end it
names mappings without a case, reasons to skip and languages that no case has come to.

  --update   writes the golden files that differ; read them before they are committed
  --json     one JSON object: "cases", each with its differences, and what is "untested"

Example: staffetta test bollette
Exit code 1 when a case fails.`,
  options: { update: { type: 'boolean' } },
  async run(given, context) {
    const [typed = null, extra] = given.positionals
    if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
    const { config, problems } = await context.readConfig()
    if (config === null) {
      context.note(context.errorsText(problems))
      return 78
    }
    const mappings = selectMappings(config, typed)
    const results: CaseResult[] = []
    const update = given.values['update'] === true
    for await (const result of context.offline.runCases(config, mappings, { update })) {
      results.push(result)
      if (!context.json) await context.out(describe(result, context))
    }
    const untested = mappings.flatMap((mapping) => untestedOf(mapping, results))
    if (context.json) {
      await context.out(`${JSON.stringify({ cases: results, untested }, null, 2)}\n`)
    } else await context.out(summary(results, untested))
    return results.some(({ outcome }) => outcome === 'failed') ? 1 : 0
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
  if (outcome !== 'failed') return `${head}\n`
  const hidden = Math.max(0, differences.length - SHOWN_DIFFERENCES) + more
  const lines = [
    `    ${file}${line === null ? '' : `:${line}`}`,
    ...(fault === null ? [] : [`    ${printable(fault)}`]),
    ...differences.slice(0, SHOWN_DIFFERENCES).flatMap(describeDifference),
    ...(hidden > 0 ? [`    … and ${formatCount(hidden)} more differences`] : []),
  ]
  return `${head}\n${lines.join('\n')}\n`
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
  const maximum = from > 0 ? SHOWN_BEFORE + SHOWN_AFTER : MAXIMUM_SHOWN
  const short = text.length > maximum ? `${text.slice(0, maximum)}…` : text
  return from > 0 ? `…${short}` : short
}

interface Untested {
  institution: string
  mapping: string
  /** What no case shows. */
  what: string
}

/** What a mapping declares and none of its cases has come to. */
function untestedOf(
  { institution, name: mapping, spec, cases }: Mapping,
  results: readonly CaseResult[],
): Untested[] {
  const place = { institution, mapping }
  if (cases.length === 0) return [{ ...place, what: 'it has no case' }]
  if (spec.shape !== 'notice') return []
  const own = results.filter((one) => one.institution === institution && one.mapping === mapping)
  const skipped = new Set(own.flatMap((one) => one.skipped))
  const rules = spec.skip.filter(({ because }) => !skipped.has(because))
  const read = new Set<string>(cases.map((one) => one.spec.language))
  const languages = Object.keys(spec.notice.markdown).filter((language) => !read.has(language))
  return [
    ...rules.map(({ because }) => ({ ...place, what: `no case is skipped for «${because}»` })),
    ...languages.map((language) => ({ ...place, what: `no case is read in ${language}` })),
  ]
}

function summary(results: readonly CaseResult[], untested: readonly Untested[]): string {
  const count = (outcome: CaseResult['outcome']) =>
    formatCount(results.filter((result) => result.outcome === outcome).length)
  const updated = results.some(({ outcome }) => outcome === 'updated')
  const words = [
    `${count('ok')} ok`,
    ...(updated ? [`${count('updated')} updated: read them`] : []),
    `${count('failed')} failed`,
  ]
  const hints = untested.map(({ institution, mapping, what }) => {
    return `untested  ${institution}/${mapping}: ${printable(what)}\n`
  })
  return `\n${hints.join('')}${formatNumber(results.length, 'case')}: ${words.join(', ')}.\n`
}
