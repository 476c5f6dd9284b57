// `staffetta new mapping --service NAME`: switches a ready-made service on or off, says what is in
// it, and writes its texts to be edited. Without a name it lists the catalogue.
import { relative } from 'node:path'
import { nearest } from '../domain/nearest.ts'
import {
  type CatalogueService,
  type CommandContext,
  type Config,
  configOf,
  type Given,
  listOption,
  textOption,
  UsageError,
  type WrittenTexts,
} from './command.ts'
import { failedCases, newFromService, type ServicePlace, withNow } from './new-fitted.ts'
import { formatCount } from './table.ts'

export async function newService(
  given: Given,
  context: CommandContext,
  institutionOf: (config: Config) => string,
): Promise<number> {
  const [, extra] = given.positionals
  if (extra !== undefined) {
    throw new UsageError(`a ready-made mapping keeps its name: leave ${extra} out`)
  }
  refuseMixed(given)
  const scaffold = await context.offline.scaffolding()
  const catalogue = await scaffold.listCatalogue()
  const name = textOption(given, 'service') ?? ''
  const service = catalogue.find((one) => one.name === name)
  if (service === undefined) return list(catalogue, name, context)
  const { config, problems } = await context.readConfig()
  if (config === null) {
    context.note(context.errorsText(problems))
    return 78
  }
  const institution = institutionOf(config)
  const chosen = chosenOf(given, service)
  const place = { config, institution, service, chosen }
  if (textOption(given, 'from') !== null) return newFromService(given, context, place)
  const isDry = given.values['dry-run'] === true
  const isOff = given.values['off'] === true
  if (isOff) refuseUsed(place)
  const isSome = given.values['only'] !== undefined
  const to = isOff ? isSome && withoutChosen(place) : isSome ? withNow(place) : true
  const isChanged = !isDry && (await scaffold.switchService(config, institution, service.name, to))
  const written =
    given.values['texts'] === true
      ? await scaffold.writeTexts(config, institution, service, chosen, isDry)
      : { files: [], extended: [], left: [], texts: [] }
  const own = [...written.files, ...written.extended]
  const failed = isDry || own.length === 0 ? [] : await failedCases(place, context)
  const code = failed.length > 0 ? 1 : 0
  if (context.json) {
    const { files, extended, left } = isDry ? { ...written, files: [], extended: [] } : written
    const said = { service: service.name, institution, catalogue: to, isChanged, mappings: chosen }
    await context.out(`${JSON.stringify({ ...said, files, extended, left, failed }, null, 2)}\n`)
    return code
  }
  if (isDry) {
    await context.out(`catalogue: { ${service.name}: ${wordsOf(to)} }\n${written.texts.join('\n')}`)
    return 0
  }
  const head = headOf(given, place, to, isChanged)
  if (isOff) {
    await context.out(`${head} Next: staffetta check${configOf(context)}\n`)
    return 0
  }
  const lines = [
    head,
    ...written.files.map((file) => `Written: ${file}`),
    ...written.extended.map((file) => `Texts added at the end: ${file}`),
    ...written.left.map((file) => `Has texts of its own already, and left: ${file}`),
    ...(failed.length > 0
      ? [`Cases that do not hold here: ${formatCount(failed.length)}. See why with staffetta test`]
      : own.length > 0
        ? ['Their cases pass.']
        : []),
    '',
    ...describe(service, chosen),
    ...nextSteps(place, written, context),
    '',
  ]
  await context.out(lines.join('\n'))
  return code
}

/** What cannot be meant together. */
function refuseMixed(given: Given): void {
  const has = (name: string) => given.values[name] !== undefined
  if (has('off') && (has('texts') || has('from'))) {
    throw new UsageError('--off goes with neither --texts nor --from')
  }
  if (has('from') && has('texts')) {
    throw new UsageError(
      'columns first, with --from FILE; then --texts, which adds to the same file',
    )
  }
  if (has('field') && !has('from')) throw new UsageError('--field goes with --from FILE')
}

function headOf(
  given: Given,
  { institution, service, chosen }: ServicePlace,
  to: unknown,
  isChanged: boolean,
): string {
  const isSome = given.values['only'] !== undefined && to !== true
  const what = isSome ? chosen.join(', ') : service.name
  const verb = isSome && chosen.length > 1 ? (isChanged ? 'are' : 'were') : isChanged ? 'is' : 'was'
  const state = given.values['off'] === true ? 'off' : 'on'
  return `${institution}: ${what} ${verb} ${state}${isChanged ? '.' : ' already.'}`
}

function chosenOf(given: Given, service: CatalogueService): string[] {
  const all = service.mappings.map(({ id }) => id)
  const wanted = listOption(given, 'only')
  for (const one of wanted) {
    if (all.includes(one)) continue
    const near = nearest(one, all)
    const hint = near ? `: did you mean "${near}"?` : `: there are ${all.join(', ')}`
    throw new UsageError(`${service.name} has no mapping "${one}"${hint}`)
  }
  return wanted.length === 0 ? all : wanted
}

/** What stays on when the chosen ones go. */
function withoutChosen(place: ServicePlace): boolean | string[] {
  const { config, institution, service, chosen } = place
  const now = config.institutions.find(({ id }) => id === institution)?.catalogue[service.name]
  const all = service.mappings.map(({ id }) => id)
  const on = now === true ? all : now || []
  const left = on.filter((one) => !chosen.includes(one))
  return left.length === 0 ? false : left
}

/** Those of feeds are in use, and so are files that the institution has written over them. */
function refuseUsed({ config, institution, chosen }: ServicePlace) {
  const owner = config.institutions.find(({ id }) => id === institution)
  const over = (owner?.mappings ?? []).filter(({ home }) => chosen.includes(home.catalogue ?? ''))
  const gone = new Set(over.map(({ name }) => name))
  const used = (owner?.feeds ?? []).filter(({ mapping }) => gone.has(mapping))
  if (used.length === 0) return
  const names = used.map(({ id, mapping }) => `${institution}/feeds/${id}.yaml (${mapping})`)
  throw new UsageError(`a feed still uses it: ${names.join(', ')}; change that first`)
}

function wordsOf(to: boolean | readonly string[]): string {
  return typeof to === 'boolean' ? String(to) : `[${to.join(', ')}]`
}

async function list(
  catalogue: readonly CatalogueService[],
  typed: string,
  context: CommandContext,
): Promise<number> {
  if (context.json) {
    const all = catalogue.map(({ name, about, mappings }) => {
      return { name, ...about.spec, files: mappings.map(({ file }) => file.name) }
    })
    await context.out(`${JSON.stringify(all, null, 2)}\n`)
  } else {
    const lines = catalogue.flatMap(({ name, about, mappings }) => [
      `${name.padEnd(14)}${about.spec?.summary.en ?? ''}`,
      `${' '.repeat(14)}${mappings.map(({ id }) => id).join(', ')}`,
    ])
    const at = configOf(context)
    const next = `Next: staffetta new mapping --service ${catalogue[0]?.name ?? 'NAME'} --institution NAME${at}`
    await context.out(`${[...lines, '', next, ''].join('\n')}`)
  }
  if (typed === '') return 0
  const near = nearest(
    typed,
    catalogue.map(({ name }) => name),
  )
  const hint = near ? `: did you mean "${near}"?` : ''
  throw new UsageError(`the catalogue has no service "${typed}"${hint}`)
}

function describe(
  { about, mappings, folder }: CatalogueService,
  chosen: readonly string[],
): string[] {
  const shown = mappings.filter(({ id }) => chosen.includes(id))
  const lines = shown.flatMap(({ id, spec }) => {
    const words = about.spec?.mappings[id]
    const fields = Object.values(spec?.record.fields ?? {}) as {
      column?: unknown
      optional?: unknown
    }[]
    const columns = fields.map(({ column, optional }) => {
      const label = [column].flat().map(String).join('|')
      return optional === true ? `[${label}]` : label
    })
    return [
      id,
      `  what     ${words?.what.en ?? ''}`,
      `  to whom  ${words?.recipients.en ?? ''}`,
      `  when     ${words?.when.en ?? ''}`,
      `  sample   ${spec?.sample ? nearPath(`${folder}/samples/${spec.sample}`) : 'none'}`,
      `  columns  ${[...new Set(columns)].join(' ')}`,
      '',
    ]
  })
  return [
    ...lines,
    `Columns in [brackets] may be absent.`,
    `Feed: ${about.spec?.feed.en ?? ''}`,
    '',
  ]
}

/** As it may be typed from here; whole where that would lead upwards. */
function nearPath(path: string): string {
  const near = relative('', path)
  return near.startsWith('..') ? path : near
}

function nextSteps(
  { service, institution, chosen }: ServicePlace,
  { files, extended, left }: Pick<WrittenTexts, 'files' | 'extended' | 'left'>,
  context: CommandContext,
): string[] {
  const at = configOf(context)
  const [first = ''] = chosen
  const of = ` --service ${service.name} --only ${first} --institution ${institution}${at}`
  const path = `${institution}/${first}`
  const own = `staffetta new mapping${of}`
  const [edited] = [...files, ...extended]
  return [
    'Next:',
    `  staffetta check${at}`,
    `  staffetta test ${path}${at}`,
    `  staffetta preview ${path}${extended.length > 0 ? ' FILE' : ''}${at}`,
    ...(edited !== undefined
      ? [`  edit ${edited}, then: staffetta test ${path} --update${at}`]
      : left.length > 0
        ? []
        : [`  ${own} --texts    texts of your own`]),
    ...(extended.length + left.length + files.length > 0
      ? []
      : [`  ${own} --from FILE    columns of your own, as FILE has them`]),
  ]
}
