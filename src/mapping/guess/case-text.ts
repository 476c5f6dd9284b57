// An invented record and what became of it → the file of the first case of a new mapping.
// Invariant: the case holds nothing that the sample said of a person.
import type { ExpectSpec } from '../case-spec.ts'
import { flow } from './yaml-text.ts'

/** The text of `mappings/NAME.cases.yaml`. */
export function casesText(
  record: Readonly<Record<string, string>>,
  lookups: Readonly<Record<string, Record<string, string>>>,
  expected: ExpectSpec,
): string {
  const quotedValues = (values: Readonly<Record<string, string>>, indent: string) =>
    Object.entries(values).map(([name, text]) => `${indent}${name}: ${JSON.stringify(text)}`)
  const rows = Object.entries(lookups).flatMap(([name, row]) => [
    `      ${name}:`,
    ...quotedValues(row, '        '),
  ])
  return `${[
    '# yaml-language-server: $schema=../../schema/cases.json',
    '# An invented record of the form of the sample. Add one for each thing that may go wrong:',
    '# `staffetta test` runs them all.',
    'cases:',
    '  - name: a record like those of the sample',
    '    record:',
    ...quotedValues(record, '      '),
    ...(rows.length === 0 ? [] : ['    lookups:', ...rows]),
    `    expect: ${flow(expected)}`,
  ].join('\n')}\n`
}
