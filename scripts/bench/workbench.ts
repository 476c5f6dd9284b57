// `npm run bench -- workbench`: how long somebody waits who changes a mapping: `check` of many
// mappings and `test` of many cases, each a whole process, beside one that only parses their YAML.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface WorkbenchReport {
  check: WorkbenchTimes & { mappings: number }
  test: WorkbenchTimes & { cases: number }
}

/** The median of a few runs. */
export interface WorkbenchTimes {
  seconds: number
  /** Of a process that reads and parses the same files, and nothing else. */
  floorSeconds: number
}

const MAPPINGS = 300
const CASES = 1000
/** Mappings that share the cases. */
const TESTED = 20
const RUNS = 3
const main = new URL('../../src/main.ts', import.meta.url).pathname
const example = new URL('../../config/', import.meta.url).pathname
const OWNER = 'comune-di-esempio'
const MODEL = 'mensa'

/** Measures both, in folders of their own. `share` makes them smaller. */
export async function benchWorkbench(
  directory: string,
  share: number,
  signal: AbortSignal,
): Promise<WorkbenchReport> {
  const mappings = Math.max(1, Math.round(MAPPINGS * share))
  const cases = Math.max(TESTED, Math.round(CASES * share))
  const many = await writeWorkbench(join(directory, 'workbench-check'), mappings, 0)
  const tested = await writeWorkbench(join(directory, 'workbench-test'), TESTED, cases / TESTED)
  return {
    check: { mappings, ...(await timesOf('check', many, signal)) },
    test: { cases, ...(await timesOf('test', tested, signal)) },
  }
}

/** The example municipality with copies of one mapping, and nothing else. */
async function writeWorkbench(directory: string, mappings: number, casesEach: number) {
  const folder = join(directory, OWNER)
  await mkdir(join(folder, 'mappings'), { recursive: true })
  await cp(join(example, 'staffetta.yaml'), join(directory, 'staffetta.yaml'))
  await cp(join(example, OWNER, 'institution.yaml'), join(folder, 'institution.yaml'))
  await cp(join(example, OWNER, 'samples'), join(folder, 'samples'), { recursive: true })
  const model = await readFile(join(example, OWNER, 'mappings', `${MODEL}.yaml`), 'utf8')
  for (let index = 0; index < mappings; index++) {
    const name = `${MODEL}-${index}`
    const text = model.replace(/^series: .*$/m, `series: ${name}`)
    await writeFile(join(folder, 'mappings', `${name}.yaml`), text)
    if (casesEach === 0) continue
    const cases = Array.from({ length: casesEach }, (_, number) => caseText(number))
    await writeFile(join(folder, 'mappings', `${name}.cases.yaml`), `cases:\n${cases.join('')}`)
  }
  return directory
}

function caseText(index: number): string {
  const cents = (index + 1) * 100
  return [
    `  - name: bill ${index}`,
    '    record:',
    `      pratica: MENSA-${index}`,
    '      codice_fiscale: DNTCBB60P17Z999T',
    '      mese: "2026-03"',
    `      pasti: "${(index % 30) + 1}"`,
    `      importo: "${cents}"`,
    '      scadenza: "2026-04-30"',
    '      avviso: "303202603000000000"',
    '    expect:',
    `      key: MENSA-${index}|2026-03`,
    '      markdownContains: ["**30 aprile 2026**"]',
    `      amountCents: ${cents}`,
    '      messages: 2',
    '      warnings: []',
    '',
  ].join('\n')
}

async function timesOf(
  command: string,
  directory: string,
  signal: AbortSignal,
): Promise<WorkbenchTimes> {
  const files = join(directory, OWNER, 'mappings')
  const seconds: number[] = []
  const floors: number[] = []
  for (let run = 0; run < RUNS; run++) {
    floors.push(await secondsOf(['--input-type=module', '-e', floor, files], signal))
    seconds.push(await secondsOf([main, command, '--config', directory], signal))
  }
  await rm(directory, { recursive: true })
  return { seconds: median(seconds), floorSeconds: median(floors) }
}

const floor = `
import { readdirSync, readFileSync } from 'node:fs'
import { parseDocument } from ${JSON.stringify(import.meta.resolve('yaml'))}
const folder = process.argv.at(-1)
for (const name of readdirSync(folder)) {
  parseDocument(readFileSync(folder + '/' + name, 'utf8')).toJS()
}
`

/** Seconds of a whole process, which must find nothing wrong. */
async function secondsOf(argv: string[], signal: AbortSignal): Promise<number> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'inherit'], signal })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${argv.slice(0, 3).join(' ')} ended with ${code ?? 'a signal'}`)
  return (performance.now() - startedAt) / 1000
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
