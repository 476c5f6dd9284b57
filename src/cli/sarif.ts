// Problems of the configuration as SARIF 2.1.0, the form in which GitHub and GitLab take what a
// linter found and show it at the line of a change.
// Source: OASIS, Static Analysis Results Interchange Format 2.1.0 (sections 3.13 to 3.28).
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { configCodes } from '../domain/codes.ts'
import type { Problem } from '../domain/problem.ts'

const operations = new URL('../../docs/operations.md', import.meta.url)

export interface SarifRun {
  version: string
  /** Where the command runs: files are named from here. */
  directory: string
  exitCode: number
}

/** The log of one run, as one JSON document. */
export async function sarifOf(problems: readonly Problem[], run: SarifRun): Promise<object> {
  const remedies = await readRemedies()
  const codes = [...new Set(problems.map(({ code }) => code))].sort()
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Staffetta',
            semanticVersion: run.version,
            rules: codes.map((code) => ruleOf(code, problems, remedies)),
          },
        },
        invocations: [{ executionSuccessful: true, exitCode: run.exitCode }],
        originalUriBaseIds: { [BASE]: { uri: `${pathToFileURL(run.directory).href}/` } },
        columnKind: 'utf16CodeUnits',
        results: problems.map((problem) => resultOf(problem, codes, run.directory)),
      },
    ],
  }
}

/** What relative places begin at: the working folder, which for those who take it is the clone. */
const BASE = '%SRCROOT%'

/** A rule's own level is the gravest of its results. */
function ruleOf(code: string, problems: readonly Problem[], remedies: ReadonlyMap<string, string>) {
  const isError = problems.some((one) => one.code === code && one.severity === 'error')
  const description = Object.hasOwn(configCodes, code)
    ? configCodes[code as keyof typeof configCodes]
    : code
  const help = remedies.get(code) ?? description
  return {
    id: code,
    name: code,
    shortDescription: { text: description },
    fullDescription: { text: description },
    help: { text: help, markdown: help },
    defaultConfiguration: { level: isError ? 'error' : 'warning' },
  }
}

function resultOf(problem: Problem, codes: readonly string[], directory: string) {
  const { code, severity, file, line, column, message, hint } = problem
  const region = line === null ? {} : { region: { startLine: line, startColumn: column ?? 1 } }
  const artifactLocation = locationOf(file, directory)
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity,
    message: { text: hint ? `${message}: ${hint}` : message },
    locations: [{ physicalLocation: { artifactLocation, ...region } }],
    // Of the same finding when lines above it come and go.
    partialFingerprints: { 'staffetta/v1': fingerprint([code, artifactLocation.uri, message]) },
  }
}

function locationOf(file: string, directory: string): { uri: string; uriBaseId?: string } {
  const path = relative(directory, resolve(directory, file))
  if (path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) {
    return { uri: pathToFileURL(resolve(directory, file)).href }
  }
  return { uri: path.split(sep).map(encodeURIComponent).join('/'), uriBaseId: BASE }
}

function fingerprint(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}

/** What to do about each code, as the operators' page says it; none where the page is not there. */
async function readRemedies(): Promise<Map<string, string>> {
  const page = await readFile(operations, 'utf8').catch(() => '')
  const rows = page.matchAll(/^\| `(CFG_[A-Z_]+)` \| (.*) \| (.*) \|$/gm)
  return new Map(
    Array.from(rows, ([, code = '', meaning, remedy]) => [code, `${meaning}. ${remedy}`]),
  )
}
