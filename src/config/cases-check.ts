// What a file of cases says about its mapping, its samples and its golden files: names that must
// exist, and what a case of this shape can expect. It works on the data as written.
// Invariant: a name that a case misspells is never taken for a value that is empty.

import { nearest } from '../domain/nearest.ts'
import type { Problem } from '../domain/problem.ts'
import type { CasesFile } from './cases-file.ts'
import { type InstitutionFiles, type MappingFile, problemAt } from './cross-check.ts'
import { valueAt } from './shape.ts'
import { keysAt, textAt } from './spec-file.ts'
import type { YamlFile } from './yaml-file.ts'
import type { Path } from './yaml-place.ts'

const common = ['golden', 'refused', 'key']
const notice = [
  ...[
    'skipped',
    'waiting',
    'fiscalCode',
    'subject',
    'markdownContains',
    'amountCents',
    'noticeNumber',
  ],
  ...['payee', 'dueDate', 'messages', 'warnings', 'closes'],
  ...['planned', 'payload', 'reminders', 'otherLanguages', 'group', 'single', 'facets'],
]
/** What a case can expect, by the shape of its mapping. */
const expectations: Record<string, string[]> = {
  notice: [...common, ...notice],
  settlement: [...common, 'skipped', 'closes'],
  reference: [...common, 'row'],
}

/** Everything that is wrong between the cases of an institution and what they are about. */
export function checkCases(files: InstitutionFiles): Problem[] {
  return [
    ...files.cases.flatMap((cases) => checkFile(cases, files)),
    ...repeatedGoldens(files),
    ...unusedGoldens(files),
  ]
}

function checkFile({ id, file }: CasesFile, files: InstitutionFiles): Problem[] {
  const names = files.mappings.map((mapping) => mapping.id)
  const mapping = files.mappings.find((one) => one.id === id)
  if (mapping === undefined) {
    const near = nearest(id, names)
    const hint = near ? `did you mean ${near}.cases.yaml?` : 'give it the name of its mapping'
    const message = `there is no mapping "${id}" beside these cases`
    return [problemAt(file, [], 'CFG_UNKNOWN_NAME', 'error', message, hint)]
  }
  const seen = new Set<unknown>()
  return caseIndexes(file).flatMap((index) => {
    const at = ['cases', index]
    const name = valueAt(file.data, [...at, 'name'])
    const isRepeated = seen.has(name)
    seen.add(name)
    return [
      ...(isRepeated ? [repeatedName(file, [...at, 'name'])] : []),
      ...checkRecord(file, at, mapping.file, files),
      ...checkExpectation(file, [...at, 'expect'], mapping.file),
      ...checkFiles(file, at, withReady(files, mapping)),
    ]
  })
}

/** With the samples and golden files that the catalogue has for a mapping. */
function withReady(files: InstitutionFiles, { ready }: MappingFile): InstitutionFiles {
  if (ready === null) return files
  const samples = [...files.samples, ...ready.samples]
  return { ...files, samples, goldens: [...files.goldens, ...ready.goldens] }
}

/** The fields and lookups that a case gives values for. */
function checkRecord(file: YamlFile, at: Path, mapping: YamlFile, files: InstitutionFiles) {
  const lookups = keysAt(mapping, 'lookups')
  return [
    ...checkKeys(file, [...at, 'record'], 'field', fieldsOf(mapping)),
    ...checkKeys(file, [...at, 'lookups'], 'lookup', lookups),
    ...(keysAt(file, ...at, 'lookups') ?? []).flatMap((lookup) => {
      const name = textAt(mapping, 'lookups', lookup, 'reference')
      const reference = files.mappings.find((one) => one.id === name)
      const asked = textAt(mapping, 'lookups', lookup, 'system')
      const system = files.systems.find((one) => one.id === asked)
      const answered = system ? keysAt(system.file, 'lookup', 'fields') : null
      const fields = reference ? fieldsOf(reference.file) : answered
      return checkKeys(file, [...at, 'lookups', lookup], `field of ${name ?? asked}`, fields)
    }),
  ]
}

function checkExpectation(file: YamlFile, at: Path, mapping: YamlFile): Problem[] {
  const shape = textAt(mapping, 'shape') ?? ''
  const possible = expectations[shape]
  const keys = keysAt(file, ...at) ?? []
  const impossible = keys.filter(
    (key) => possible !== undefined && !possible.includes(key) && isExpectation(key),
  )
  const isEmpty = keys.length === 0 && valueAt(file.data, at) !== undefined
  return [
    ...(isEmpty ? [emptyExpectation(file, at, possible)] : []),
    ...impossible.map((key) => {
      const message = `a record of a ${shape} has no "${key}"`
      const hint = `expect one of: ${possible?.join(', ')}`
      return problemAt(file, [...at, key], 'CFG_VALUE', 'error', message, hint, 'key')
    }),
    ...checkKeys(file, [...at, 'row'], 'field', fieldsOf(mapping)),
  ]
}

function emptyExpectation(file: YamlFile, at: Path, possible: string[] = common): Problem {
  const hint = `expect one of: ${possible.join(', ')}`
  return problemAt(file, at, 'CFG_VALUE', 'error', 'nothing is expected', hint)
}

function isExpectation(key: string): boolean {
  return Object.values(expectations).some((keys) => keys.includes(key))
}

/** What is not there is a warning: an installation may be without samples. */
function checkFiles(file: YamlFile, at: Path, files: InstitutionFiles): Problem[] {
  const problems: Problem[] = []
  const check = (path: Path, folder: string, names: readonly string[], otherwise: string) => {
    const name = valueAt(file.data, path)
    // A path instead of a name is an error of its own.
    if (typeof name !== 'string' || /[/\\]/.test(name) || names.includes(name)) return
    const near = nearest(name, names)
    const hint = near ? `did you mean "${near}"?` : otherwise
    const message = `there is no file "${name}" in ${folder}/`
    problems.push(problemAt(file, path, 'CFG_FILE', 'warning', message, hint))
  }
  check([...at, 'file'], 'samples', files.samples, 'put one there, or remove the case')
  const write = 'let `staffetta test --update` write it, and read it'
  check([...at, 'expect', 'golden'], 'golden', files.goldens, write)
  const references = files.mappings.filter((one) => textAt(one.file, 'shape') === 'reference')
  const names = [...references, ...files.systems].map(({ id }) => id)
  problems.push(...checkKeys(file, [...at, 'references'], 'reference', names))
  for (const reference of keysAt(file, ...at, 'references') ?? []) {
    check([...at, 'references', reference], 'samples', files.samples, 'put one there')
  }
  return problems
}

function repeatedName(file: YamlFile, path: Path): Problem {
  const message = 'another case has the same name'
  return problemAt(file, path, 'CFG_VALUE', 'error', message, 'say what this one shows')
}

/** Two cases that write one golden file would take turns. */
function repeatedGoldens({ cases }: InstitutionFiles): Problem[] {
  const seen = new Set<unknown>()
  return cases.flatMap(({ file }) =>
    caseIndexes(file).flatMap((index) => {
      const path = ['cases', index, 'expect', 'golden']
      const golden = valueAt(file.data, path)
      if (golden === undefined || !seen.has(golden)) {
        seen.add(golden)
        return []
      }
      const message = `another case has the golden file "${String(golden)}"`
      return [problemAt(file, path, 'CFG_VALUE', 'error', message, 'give each case its own')]
    }),
  )
}

function unusedGoldens({ cases, goldens, goldenFolder }: InstitutionFiles): Problem[] {
  // A file of cases that cannot be read may name any of them.
  if (cases.some(({ spec }) => spec === null)) return []
  const used = new Set(
    cases.flatMap(({ spec }) => spec?.cases.map((one) => one.expect.golden) ?? []),
  )
  const unused = goldens.filter((name) => name.endsWith('.ndjson') && !used.has(name))
  return unused.map((name) => ({
    ...{ code: 'CFG_UNUSED', severity: 'warning', file: `${goldenFolder}/${name}` },
    ...{ line: null, column: null },
    message: 'no case expects this golden file',
    hint: 'name it in a case, or remove it',
  }))
}

function fieldsOf(mapping: YamlFile): string[] | null {
  return keysAt(mapping, 'record', 'fields')
}

function checkKeys(
  file: YamlFile,
  at: Path,
  kind: string,
  known: readonly string[] | null,
): Problem[] {
  return (keysAt(file, ...at) ?? []).flatMap((key) => {
    if (known === null || known.includes(key)) return []
    const near = nearest(key, known)
    const all = known.length > 0 ? `known: ${known.join(', ')}` : 'none is declared'
    const message = `there is no ${kind} "${key}"`
    const hint = near ? `did you mean "${near}"?` : all
    return [problemAt(file, [...at, key], 'CFG_UNKNOWN_NAME', 'error', message, hint, 'key')]
  })
}

function caseIndexes(file: YamlFile): number[] {
  const cases = valueAt(file.data, ['cases'])
  return Array.isArray(cases) ? [...cases.keys()] : []
}
