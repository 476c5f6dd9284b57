// `staffetta new mapping --from-govio TEMPLATE.json`: a template of GovIO becomes a mapping with
// cases. Says of each thing that has no equal where it stands and what was written instead.
import { GovioError } from '../mapping/govio/template.ts'
import {
  type CommandContext,
  type Config,
  configOf,
  type Given,
  type Imported,
  textOption,
  UsageError,
} from './command.ts'
import { formatCount, printable } from './table.ts'

/** The exit code: 0 when all was turned, 1 when something was not. */
export async function newFromGovio(
  given: Given,
  context: CommandContext,
  config: Config,
  institution: string,
): Promise<number> {
  const file = textOption(given, 'from-govio') ?? ''
  const placeholders = textOption(given, 'placeholders')
  const name = given.positionals[1] ?? null
  let imported: Imported
  try {
    const request = { institution, name, file, placeholders }
    imported = await context.offline.importGovio(config, request)
  } catch (error) {
    if (!(error instanceof GovioError)) throw error
    context.note(`${file}: ${printable(error.message)}\n`)
    return 1
  }
  return deliver(imported, file, given, context)
}

async function deliver(
  imported: Imported,
  file: string,
  given: Given,
  context: CommandContext,
): Promise<number> {
  const { mapping, cases, faults, notTurned, refused } = imported
  const isDry = given.values['dry-run'] === true
  const isGood = faults.length === 0
  if (isGood && !isDry) {
    const standing = await context.offline.writeDraft(imported)
    if (standing !== null) {
      throw new UsageError(
        `${standing} is there already, and nothing was written: give another name, as in: ` +
          `new mapping NAME --from-govio ${file}; or see it with --dry-run`,
      )
    }
  }
  const files = isGood && !isDry ? [mapping.path, cases.path] : []
  if (context.json) {
    const { mapping: _, cases: __, count, ...said } = imported
    await context.out(`${JSON.stringify({ ...said, cases: count, files }, null, 2)}\n`)
  } else if (isDry) await context.out(`${mapping.text}\n# ${cases.path}\n${cases.text}`)
  if (!context.json) await say(imported, files, isDry, context)
  return isGood && notTurned.length === 0 && refused.length === 0 ? 0 : 1
}

/** With --dry-run the files are the output, and what is said of them goes beside it. */
async function say(
  imported: Imported,
  files: readonly string[],
  isDry: boolean,
  context: CommandContext,
): Promise<void> {
  const { name, faults, columns } = imported
  const written = files.map((path, index) => `${index === 0 ? 'Written: ' : '         '}${path}`)
  const read = columns.filter(({ field }) => field !== null).length
  const lines = [
    ...written,
    ...(faults.length > 0
      ? faultLines(imported)
      : [
          `Of ${formatCount(columns.length)} columns ${formatCount(read)} are read, by their place. ` +
            `The mapping compiles and its ${formatCount(imported.count)} cases pass.`,
        ]),
    ...turnedLines(imported),
    '',
    faults.length > 0
      ? 'Nothing was written. Next: change this in the template file, and run the same command again'
      : isDry
        ? 'Next: the same without --dry-run'
        : `Next: read the mapping, then: staffetta preview ${name} FILE.csv${configOf(context)}; then write a feed for it`,
    '',
  ]
  const text = lines.join('\n')
  if (isDry) context.note(text)
  else await context.out(text)
}

function faultLines({ faults }: Imported): string[] {
  return [
    'The mapping would not compile:',
    ...faults.map(({ path, line, column, message, hint }) => {
      const place = line === undefined ? '' : ` ${line}:${column ?? 1}`
      return `  ${path.join('.')}${place} ${printable(message)}: ${printable(hint)}`
    }),
  ]
}

function turnedLines({ notTurned, differs, refused, advice }: Imported): string[] {
  const list = (head: string, items: readonly string[]) =>
    items.length === 0 ? [] : ['', head, ...items.map((item) => `  - ${printable(item)}`)]
  const odd = refused.map(
    ({ name, codes }) =>
      `the case "${name}" expects ${codes.join(', ')}: see why with staffetta test`,
  )
  return [
    ...list(
      `Not turned, each with a "to do" at the head of the mapping (${formatCount(notTurned.length)}):`,
      notTurned.map(({ said }) => said),
    ),
    ...list('Refused although it should be written about:', odd),
    ...list('Not as in GovIO:', differs),
    ...list(
      'Look at the texts:',
      advice.map(({ message, hint }) => `${message}: ${hint}`),
    ),
  ]
}
