// `staffetta test --mutate` as people read it: of each mapping how many rules its cases protect,
// then each rule that none of them misses, where it stands, and what case would.
import { basename } from 'node:path'
import type { CommandContext, Config, MutatedMapping } from './command.ts'
import { barLine } from './progress.ts'
import type { Mapping } from './select-mappings.ts'
import { formatCount, formatNumber, printable } from './table.ts'

/** Takes the rules away, and answers the exit code: 1 where one is not protected. */
export async function mutate(
  config: Config,
  mappings: readonly Mapping[],
  context: CommandContext,
): Promise<number> {
  const all: MutatedMapping[] = []
  const bar = barLine()
  const { stop } = context
  const onProgress = (done: number, rules: number) =>
    bar.show(rules === 0 ? 1 : done / rules, `${mappings[all.length]?.name ?? ''}`)
  try {
    for await (const one of context.offline.mutateMappings(config, mappings, {
      stop,
      onProgress,
    })) {
      all.push(one)
      bar.end()
      if (!context.json) await context.out(linesOf(one))
    }
  } finally {
    bar.end()
  }
  const untried = mappings.length - all.length
  const text = context.json
    ? `${JSON.stringify({ mutations: all }, null, 2)}\n`
    : totalOf(all, untried)
  await context.out(text)
  // Of mappings that were not tried nothing is known.
  return all.length < mappings.length || all.some(isWanting) ? 1 : 0
}

function isWanting({ fault, unprotected, rules }: MutatedMapping): boolean {
  return unprotected.length > 0 || (fault !== null && rules > 0)
}

function linesOf(one: MutatedMapping): string {
  const { institution, mapping, fault, rules, unprotected, checked } = one
  const place = `${institution}/${mapping}`
  if (fault !== null) return `rules     ?  ${place}: ${printable(fault)}\n`
  const found = unprotected.map(
    ({ path, file, line, what, protect }) =>
      `    removing this rule fails no case: ${printable(path)}  ${printable(what)}` +
      `  ${basename(file)}${line === null ? '' : `:${line}`}\n` +
      `      to protect it: a case ${printable(protect)}`,
  )
  const share = `${formatCount(one.protected)}/${formatCount(rules)}`
  const without = checked > 0 ? `  (${formatCount(checked)} more are kept by \`check\`)` : ''
  return `${[`rules ${share}  ${place}${without}`, ...found].join('\n')}\n`
}

function totalOf(all: readonly MutatedMapping[], untried: number): string {
  const sum = (of: (one: MutatedMapping) => number) =>
    all.reduce((total, one) => total + of(one), 0)
  const rules = sum((one) => (one.fault === null ? one.rules : 0))
  const unprotected = sum((one) => one.unprotected.length)
  const faulty = all.filter(({ fault, rules: own }) => fault !== null && own > 0).length
  const unknown = faulty + untried
  const words = [
    `${formatNumber(rules, 'rule')}: ${formatCount(rules - unprotected)} protected`,
    `${formatCount(unprotected)} that no case would miss`,
    ...(unknown > 0 ? [`${formatNumber(unknown, 'mapping')} not tried`] : []),
  ]
  return `\n${words.join(', ')}. ${nextStep(unprotected, faulty, untried)}\n`
}

function nextStep(unprotected: number, faulty: number, untried: number): string {
  if (unprotected > 0) return 'Write a case for each, and run it again.'
  if (untried > 0) return 'Stopped: run it again for the others.'
  if (faulty > 0) return 'Write cases, or mend those that fail, and run it again.'
  return 'Whoever changes a rule now changes a case too.'
}
