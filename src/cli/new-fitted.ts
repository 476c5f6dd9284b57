// `staffetta new mapping --service NAME --from FILE`: a ready-made mapping that reads the columns
// of a file of one's own. Says which column each field takes, and takes it back corrected.
import {
  asTyped,
  type CatalogueService,
  type CommandContext,
  type Config,
  configOf,
  type Fitted,
  type Given,
  pairsOption,
  textOption,
  UsageError,
} from './command.ts'
import { faultText, placeOf, readingText, wishesOf } from './new-sample.ts'
import { formatCount, printable } from './table.ts'

export interface ServicePlace {
  config: Config
  institution: string
  service: CatalogueService
  chosen: readonly string[]
}

/** What is on once these are too: those that were on stay on. */
export function withNow({
  config,
  institution,
  service,
  chosen,
}: ServicePlace): boolean | string[] {
  const owner = config.institutions.find(({ id }) => id === institution)
  const now = owner?.catalogue[service.name] ?? false
  if (now === true) return true
  const all = service.mappings.map(({ id }) => id)
  const wanted = new Set([...(now === false ? [] : now), ...chosen])
  return all.filter((one) => wanted.has(one))
}

export async function newFromService(
  given: Given,
  context: CommandContext,
  place: ServicePlace,
): Promise<number> {
  const { config, institution, service, chosen } = place
  const file = textOption(given, 'from') ?? ''
  const [mapping, another] = chosen
  if (mapping === undefined || another !== undefined) {
    throw new UsageError(`whose columns are they? Say --only with one of ${chosen.join(', ')}`)
  }
  let fitted: Fitted
  try {
    const said = pairsOption(given, 'field', 'FIELD=COLUMN')
    const request = { institution, service, mapping, file, said, wishes: wishesOf(given) }
    fitted = await context.offline.fitMapping(config, { ...request, ...placeOf(given) })
  } catch (error) {
    if (error instanceof UsageError) throw error
    context.note(faultText(error, file))
    return 1
  }
  return deliver(fitted, given, context, place, mapping)
}

async function deliver(
  fitted: Fitted,
  given: Given,
  context: CommandContext,
  place: ServicePlace,
  name: string,
): Promise<number> {
  const { config, institution, service } = place
  const { mapping, cases, read, ready, columns, absent, unused, unlisted } = fitted
  const scaffold = await context.offline.scaffolding()
  const isDry = given.values['dry-run'] === true
  if (!isDry) {
    const standing = await context.offline.writeDraft(fitted)
    if (standing !== null) {
      throw new UsageError(
        `${standing} is there already, and nothing was written: put the \`sample\` and ` +
          '`record` that --dry-run prints into it, and its cases in place of those with `file`. Or move ' +
          'both files away, do this again, then --texts: texts go below columns that are there',
      )
    }
    await scaffold.switchService(config, institution, service.name, withNow(place))
  }
  if (context.json) {
    const files = isDry ? [] : [mapping.path, cases.path]
    const said = {
      service: service.name,
      mapping: name,
      columns,
      absent,
      unused,
      unlisted,
      read,
      ready,
      files,
    }
    await context.out(`${JSON.stringify(said, null, 2)}\n`)
    return 0
  }
  if (isDry) {
    await context.out(`${mapping.text}\n# ${cases.path}\n${cases.text}`)
    return 0
  }
  const width = Math.max(...Object.keys(columns).map((field) => field.length))
  const at = configOf(context)
  const lines = [
    ...Object.entries(columns).map(
      ([field, label]) => `  ${field.padEnd(width)}  ${printable(label)}`,
    ),
    ...(absent.length > 0 ? [`  without a column: ${absent.join(', ')}`] : []),
    ...(unused.length > 0 ? [`  not read: ${unused.map(printable).join(', ')}`] : []),
    'A column that is wrong, you say: --field FIELD=COLUMN; --field FIELD=none: it has none',
    '',
    `Written: ${mapping.path}`,
    `         ${cases.path}`,
    `The mapping compiles and its cases pass: one of your file, ${formatCount(ready.kept)} of the catalogue.`,
    ...(ready.left > 0
      ? [
          `Left out, since they do not hold for this file: ${formatCount(ready.left)} of the catalogue.`,
        ]
      : []),
    readingText(read, fitted.isWhole),
    ...unlisted.map(toDo),
    '',
    `Next: ${unlisted.length > 0 ? `edit ${mapping.path} where it says "To do", then: ` : ''}staffetta preview ${institution}/${name} ${asTyped(textOption(given, 'from') ?? '')}${at}`,
    '',
  ]
  await context.out(lines.join('\n'))
  return 0
}

/**
 * Which cases of the chosen mappings do not hold as the files now stand, with the calendar and the
 * services of the institution.
 */
export async function failedCases(
  { institution, chosen }: ServicePlace,
  context: CommandContext,
): Promise<string[]> {
  const { config } = await context.readConfig()
  const owner = config?.institutions.find(({ id }) => id === institution)
  if (config === null || owner === undefined) return [...chosen]
  const mappings = owner.mappings.filter(({ name }) => chosen.includes(name))
  const failed: string[] = []
  for await (const one of context.offline.runCases(config, mappings, { update: false })) {
    if (one.outcome === 'failed') failed.push(`${one.mapping}: ${one.name}`)
  }
  return failed
}

function toDo({ field, column, values }: Fitted['unlisted'][number]): string {
  const which = values.length === 0 ? 'many values' : values.map(printable).join(', ')
  return `To do: ${field} does not list ${which} of ${printable(column)}. Their records are refused until it does.`
}
