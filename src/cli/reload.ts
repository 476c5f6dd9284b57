// `staffetta reload`: the daemons that run take the configuration over as it stands now, if it
// passes `check` and its cases here first. They are asked through the database, whoever runs them
// and wherever; each says what it did.
import { setTimeout as delay } from 'node:timers/promises'
import { demandAdministrator, systemUser } from './actor.ts'
import {
  type App,
  type CaseResult,
  type Command,
  type CommandContext,
  type Config,
  expectArguments,
  withApp,
} from './command.ts'
import { formatCount, formatInstant, formatNumber, printable } from './table.ts'

export const command: Command = {
  usage: '[--status]',
  summary: 'let the daemons take the changed configuration over',
  help: `
Checks the configuration and runs all of its cases; only where both are good are the daemons asked to
read it. Each reads its own files, judges them again and takes them over within seconds: nothing is
lost or sent twice meanwhile, flows keep the mapping with which they were made, and a drop that is being
mapped is mapped to its end as it began. One that refuses runs on as before and says why.

What only a restart takes over: the database, the data directory, the keys of \`encryption\`, variables
of the environment that secrets refer to, and a newer Staffetta. \`kill -HUP\` of the daemon's process,
or systemd's \`ExecReload\`, asks one daemon for the same without this command.

  --status   only says which daemons run, by which configuration, and what they did last
  --json     one JSON object: "problems", "cases" that fail, "nodes" with their answers

Example: staffetta check && staffetta test && staffetta reload
Exit code 0 when every daemon took it over, 78 when the configuration has errors, else 1.`,
  options: { status: { type: 'boolean' } },
  async run(given, context) {
    expectArguments(given)
    if (given.values['status'] === true) return withApp(context, (app) => showStatus(app, context))
    const { config, problems } = await context.readConfig()
    if (config === null) {
      if (context.json) await say({ problems, cases: [], nodes: [] }, context)
      else context.note(`${context.errorsText(problems)}Nothing was asked of any daemon.\n`)
      return 78
    }
    demandAdministrator(config, systemUser())
    const cases = await failingCases(config, context)
    if (cases.length > 0) {
      if (context.json) await say({ problems: [], cases, nodes: [] }, context)
      else context.note(failedText(cases))
      return 1
    }
    return withApp(context, (app) => ask(app, context))
  },
}

type Nodes = App['store']['nodes']
type Node = Awaited<ReturnType<Nodes['seenSince']>>[number]
type Answer = Awaited<ReturnType<Nodes['answers']>>[number]

/** A daemon that has not been seen for so long is not waited for. */
const ALIVE = { seconds: 50 }
/** A daemon may wait for the slowest call of IO, and for its cases. */
const PATIENCE_SECONDS = 300
const LOOK_SECONDS = 0.25
const SHOWN_RELOADS = 20
const SHOWN_CASES = 20

async function failingCases(config: Config, context: CommandContext): Promise<CaseResult[]> {
  const mappings = config.institutions.flatMap((one) => one.mappings)
  const failed: CaseResult[] = []
  for await (const result of context.offline.runCases(config, mappings, { update: false })) {
    if (result.outcome === 'failed') failed.push(result)
  }
  return failed
}

function failedText(cases: readonly CaseResult[]): string {
  const lines = cases.slice(0, SHOWN_CASES).map(({ file, line, name }) => {
    return `${line === null ? file : `${file}:${line}`}  case "${printable(name)}" fails\n`
  })
  const said = `${formatNumber(cases.length, 'case')} of the mappings failed: \`staffetta test\` says where.`
  return `${lines.join('')}${said}\nNothing was asked of any daemon.\n`
}

async function ask({ store: { nodes } }: App, context: CommandContext): Promise<number> {
  const asked = Temporal.Now.instant()
  const alive = await nodes.seenSince(asked.subtract(ALIVE))
  if (alive.length === 0) {
    if (context.json) await say({ problems: [], cases: [], nodes: [] }, context)
    else {
      context.note('No daemon runs on this database: `staffetta run` starts one, with the')
      context.note(' configuration as it is now.\n')
    }
    return 1
  }
  const request = await nodes.ask(systemUser(), asked)
  context.note(`Asked ${formatNumber(alive.length, 'daemon')}; waiting for what they say …\n`)
  const until = asked.add({ seconds: PATIENCE_SECONDS })
  const told = new Map<string, Answer>()
  let waited = alive
  while (waited.length > 0 && !context.stop.aborted) {
    // One that was killed says nothing any more.
    const seen = await nodes.seenSince(Temporal.Now.instant().subtract(ALIVE))
    for (const answer of await nodes.answers(request)) told.set(answer.node, answer)
    waited = alive.filter(({ name }) => !told.has(name) && seen.some((one) => one.name === name))
    if (Temporal.Instant.compare(Temporal.Now.instant(), until) > 0) break
    await delay(LOOK_SECONDS * 1000, undefined, { signal: context.stop }).catch(() => {})
  }
  const answers = alive.map(({ name }) => told.get(name) ?? null)
  if (context.json) {
    const said = alive.map(({ name }, n) => answers[n] ?? { node: name, outcome: 'silent' })
    await say({ problems: [], cases: [], nodes: said }, context)
  } else {
    for (const [n, node] of alive.entries()) await context.out(answerText(node, answers[n] ?? null))
    await context.out(nextStep(answers))
  }
  return answers.every((answer) => answer?.outcome === 'reloaded') ? 0 : 1
}

function answerText({ name }: Node, answer: Answer | null): string {
  if (answer === null) return `${name}  has not answered: it has ended, or its log says more.\n`
  const { outcome, problems, changes, pausedMilliseconds } = answer
  if (outcome === 'refused') {
    return linesOf(`${name}  REFUSED: it runs on as before.`, problems)
  }
  const paused = pausedMilliseconds === null ? '' : ` in ${formatCount(pausedMilliseconds)} ms`
  return linesOf(`${name}  reloaded${paused}.`, changes.length > 0 ? changes : ['nothing differs'])
}

function linesOf(head: string, lines: readonly string[]): string {
  return [head, ...lines.map((line) => `    ${printable(line)}`)].join('\n').concat('\n')
}

function nextStep(answers: readonly (Answer | null)[]): string {
  if (answers.every((answer) => answer?.outcome === 'reloaded')) {
    return 'Flows keep the mapping with which they were made: `staffetta replay DROP` shows what\nthis configuration would make of a drop that has come already.\n'
  }
  const isRestart = answers.some((one) => one?.problems.some((line) => /restart needed/.test(line)))
  if (isRestart) return 'Restart that daemon: `systemctl restart staffetta`, for example.\n'
  return 'Mend what is said above on that machine, and ask again.\n'
}

async function showStatus({ store: { nodes } }: App, context: CommandContext): Promise<number> {
  const running = await nodes.seenSince(Temporal.Now.instant().subtract(ALIVE))
  const reloads = await nodes.reloads(SHOWN_RELOADS)
  if (context.json) {
    await say({ nodes: running, reloads }, context)
    return 0
  }
  if (running.length === 0) await context.out('No daemon runs on this database.\n')
  for (const { name, configuration, startedAt } of running) {
    const short = configuration.slice(0, 12)
    await context.out(`${name}  runs ${short} since ${formatInstant(startedAt)}\n`)
  }
  for (const { at, node, actor, outcome, problems, changes } of reloads) {
    const head = `${formatInstant(at)}  ${node}  ${outcome}, asked by ${printable(actor)}`
    await context.out(`\n${linesOf(head, outcome === 'refused' ? problems : changes)}`)
  }
  return 0
}

async function say(value: object, { out }: CommandContext): Promise<void> {
  await out(`${JSON.stringify(value, null, 2)}\n`)
}
