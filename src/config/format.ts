// Problems → text for a terminal: grouped by file, the place first so that editors make it a link.
// Control characters of the files never reach the terminal.
import type { Problem } from '../domain/problem.ts'

/** One block a file, then a line that counts. Ends with a newline. */
export function formatProblems(problems: readonly Problem[], options: { color: boolean }): string {
  const paint = options.color ? painted : plain
  const byFile = Map.groupBy(problems, (problem) => problem.file)
  const blocks = [...byFile.values()].map((ofFile) => {
    const lines = ofFile.map((problem) => formatProblem(problem, paint))
    return lines.join('\n')
  })
  return [...blocks, summarize(problems, byFile.size, paint)].join('\n\n').concat('\n')
}

type Paint = (style: keyof typeof styles, text: string) => string

const styles = { error: 31, warning: 33, good: 32, faint: 2 }

const painted: Paint = (style, text) => `\u001b[${styles[style]}m${text}\u001b[0m`
const plain: Paint = (_style, text) => text

function formatProblem(problem: Problem, paint: Paint): string {
  const { file, line, column, code, severity, message, hint } = problem
  const place = [file, line, column].filter((part) => part !== null).join(':')
  const label = severity === 'warning' ? `${code} (warning)` : code
  const first = `${clean(place)}  ${paint(severity, label)}  ${clean(message)}`
  return hint ? `${first}\n    ${paint('faint', clean(hint))}` : first
}

function summarize(problems: readonly Problem[], files: number, paint: Paint): string {
  const errors = problems.filter((problem) => problem.severity === 'error').length
  const warnings = problems.length - errors
  if (problems.length === 0) return paint('good', 'No problems.')
  const counts = [
    ...(errors > 0 ? [paint('error', count(errors, 'error'))] : []),
    ...(warnings > 0 ? [paint('warning', count(warnings, 'warning'))] : []),
  ]
  return `${counts.join(' and ')} in ${count(files, 'file')}.`
}

function count(amount: number, noun: string): string {
  return `${amount.toLocaleString('en')} ${noun}${amount === 1 ? '' : 's'}`
}

function clean(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}
