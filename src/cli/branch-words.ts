// The branches of mappings as people read them: how many of each are reached, where the others
// stand, and which record would reach them.
import { basename } from 'node:path'
import type { MappingBranches } from './command.ts'
import { formatCount, printable } from './table.ts'

/** Of one mapping: the first ones mostly say what is missing. */
const MOST_SHOWN = 12

/** Branches that some case reaches, and all. */
export function countReached(mappings: readonly MappingBranches[]) {
  const branches = mappings.flatMap((one) => one.branches)
  return { reached: branches.filter(({ isReached }) => isReached).length, all: branches.length }
}

/** A line for each mapping that has branches, and one for each branch that is not reached. */
export function branchLines(mappings: readonly MappingBranches[]): string {
  return mappings.map(linesOf).join('')
}

function linesOf(one: MappingBranches): string {
  const { institution, mapping, cases, branches } = one
  if (branches.length === 0) return ''
  // Without a case they are all missing, which is said in one line.
  const missing = cases === 0 ? [] : branches.filter(({ isReached }) => !isReached)
  const lines = missing.slice(0, MOST_SHOWN).map(({ file, line, what, wanted }) => {
    const place = `${basename(file)}${line === null ? '' : `:${line}`}`
    return `    ${place}  ${printable(what)}: no case ${printable(wanted)}`
  })
  const more = missing.length - lines.length
  if (more > 0) lines.push(`    … and ${formatCount(more)} more: see them with --json`)
  return `${[`branches ${share([one])}  ${institution}/${mapping}`, ...lines].join('\n')}\n`
}

/** The last line of all, with the next step. Without a branch it is there for what failed alone. */
export function totalLine(mappings: readonly MappingBranches[], hasFailed: boolean): string {
  const { reached, all } = countReached(mappings)
  const mend = 'Read what differs: mend the mapping, or accept it with --update.'
  if (all === 0) return hasFailed ? `${mend}\n` : ''
  const next = hasFailed ? mend : 'See whether the cases protect each rule: --mutate.'
  const missing = 'Write a case for each that is missing, then see what they protect: --mutate.'
  return `branches ${share(mappings)} reached. ${reached < all ? missing : next}\n`
}

/** `17/17 100 %`; never 100 while one is missing. */
function share(mappings: readonly MappingBranches[]): string {
  const { reached, all } = countReached(mappings)
  return `${formatCount(reached)}/${formatCount(all)} ${Math.floor((reached / all) * 100)} %`
}
