// What is made from declarations: JSON Schemas and reference pages of the configuration, the
// description of the API, and the tables of connectors between the marks of a page. `npm run
// generate` writes them; with `--check` it writes nothing and fails when one differs.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import packageFile from '../package.json' with { type: 'json' }
import { CampaignSpec } from '../src/config/campaign.ts'
import { catalogueIndex } from '../src/config/catalogue-index.ts'
import { CatalogueServiceSpec } from '../src/config/catalogue-spec.ts'
import { ErrataSpec } from '../src/config/errata.ts'
import { FeedSpec } from '../src/config/feed.ts'
import { InstallationSpec } from '../src/config/installation.ts'
import { InstitutionSpec } from '../src/config/institution.ts'
import { type ConnectorRegistry, openRegistry } from '../src/config/registry.ts'
import { type Shape, shapeOf } from '../src/config/shape.ts'
import { SystemSpec } from '../src/config/system.ts'
import type { Connector } from '../src/connector.ts'
import { openApi } from '../src/console/api/openapi.ts'
import { CasesSpec } from '../src/mapping/case-spec.ts'
import { FieldSpec } from '../src/mapping/field/field-spec.ts'
import { RecordSpec } from '../src/mapping/format/record-spec.ts'
import { MappingSpec } from '../src/mapping/spec.ts'
import { cataloguePage, withServices } from './catalogue-page.ts'
import { patchOf } from './patch-schema.ts'
import { generatedMark, renderPage, withBlock } from './reference-page.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const schemaFolder = 'config/schema'
const pageFolder = 'docs/reference'

/** Every generated file: its path from the root of the project, and its text. */
export async function generate(registry: ConnectorRegistry): Promise<Map<string, string>> {
  const connectors = new Map<string, Connector>()
  for (const name of registry.connectorNames) {
    const connector = await registry.connectors(name)
    if (connector) connectors.set(name, connector)
  }
  const schemas = schemasOf(connectors)
  const files = new Map<string, string>()
  for (const [name, shape] of Object.entries(schemas)) {
    files.set(`${schemaFolder}/${name}.json`, `${JSON.stringify(shape, null, 2)}\n`)
  }
  const named = withServices(schemas.institution)
  files.set(`${schemaFolder}/institution.json`, `${JSON.stringify(named, null, 2)}\n`)
  const links = [...connectors].map(([name, { summary }]) => {
    return `- [\`${name}\`](connector-${name}.md): ${summary}`
  })
  const pages = {
    staffetta: ['`staffetta.yaml`', 'The installation: what all institutions share.'],
    institution: ['`institution.yaml`', 'One institution; its id is the name of the folder.'],
    feed: [
      '`feeds/NAME.yaml`',
      'One feed; its id is the name of the file. What `settings` holds, the connector says:\n\n' +
        links.join('\n'),
    ],
    system: [
      '`systems/NAME.yaml`',
      'One system that is asked or told; its id is the name of the file. What `settings` holds, ' +
        'the connector says:\n\n' +
        links.join('\n'),
    ],
    mapping: [
      '`mappings/NAME.yaml`',
      'How a record becomes a notice, a settlement or a row of a reference. A file with ' +
        '`catalogue: MAPPING` has any of these keys over a mapping of ' +
        '[the catalogue](catalogue.md), and no other: maps are merged, `null` takes a key away, ' +
        'all else is replaced.',
    ],
    cases: [
      '`mappings/NAME.cases.yaml`',
      'What must become of records and files by the mapping of the same name. `staffetta test` ' +
        'runs them; nothing of them is ever sent.',
    ],
    ...textPages,
  } as const
  for (const [name, [title, introduction]] of Object.entries(pages)) {
    const shape = schemas[name as keyof typeof schemas]
    files.set(`${pageFolder}/${name}.md`, renderPage(title, introduction, shape))
  }
  for (const [name, connector] of connectors) {
    const page = renderPage(
      `Connector \`${name}\``,
      describe(connector),
      shapeOf(connector.settings),
    )
    files.set(`${pageFolder}/connector-${name}.md`, page)
  }
  const described = openApi(packageFile.version)
  files.set(`${pageFolder}/openapi.json`, `${JSON.stringify(described, null, 2)}\n`)
  files.set(`${pageFolder}/catalogue.md`, await cataloguePage())
  return files
}

/** The schema of each kind of file. */
function schemasOf(connectors: ReadonlyMap<string, Connector>) {
  const mapping = hoist(shapeOf(MappingSpec), {
    record: shapeOf(RecordSpec),
    field: shapeOf(FieldSpec),
  })
  return {
    staffetta: shapeOf(InstallationSpec),
    institution: shapeOf(InstitutionSpec),
    feed: withSettings(shapeOf(FeedSpec), connectors),
    system: withSettings(hoist(shapeOf(SystemSpec), { field: shapeOf(FieldSpec) }), connectors),
    mapping,
    overlay: overlayOf(mapping),
    service: shapeOf(CatalogueServiceSpec),
    cases: shapeOf(CasesSpec),
    campaign: shapeOf(CampaignSpec),
    errata: shapeOf(ErrataSpec),
  }
}

/** Of what is written for citizens. */
const textPages = {
  campaign: [
    '`campaigns/NAME.yaml`',
    'One campaign: on a schedule or once it picks open notices of a mapping and has a text for ' +
      'them; its id is the name of the file. `staffetta schedule --campaign NAME` shows whom ' +
      'it would tell, and [the guide](../guides/reminders.md#campaigns) how it goes on.',
  ],
  errata: [
    'The text of an errata',
    'A file that `staffetta flows errata FLOW --text FILE` reads: what is told to exactly ' +
      'those whom a flow has reached. It stands wherever you like; [the ' +
      'guide](../guides/releases.md#errata) tells when to use it.',
  ],
} as const

/** The settings that each connector asks for, where an editor can check them. */
function withSettings(feed: Shape, connectors: ReadonlyMap<string, Connector>): object {
  const connector = { ...feed.properties?.['connector'], enum: [...connectors.keys()] }
  const $defs = { ...feed.$defs }
  const branches = [...connectors].map(([name, { settings }]) => {
    const { $schema: _, ...shape } = lift(shapeOf(settings), name, $defs)
    const then = { properties: { settings: shape } }
    const needed = shape.required?.length ? { ...then, required: ['settings'] } : then
    // biome-ignore lint/suspicious/noThenProperty: it is a word of JSON Schema; nothing awaits it.
    return { if: { properties: { connector: { const: name } } }, then: needed }
  })
  const whole = { ...feed, properties: { ...feed.properties, connector }, allOf: branches }
  return Object.keys($defs).length > 0 ? { ...whole, $defs } : whole
}

/** Own columns and texts over a mapping of the catalogue: any part of one, and its name. */
function overlayOf(mapping: Shape): Shape {
  const name = {
    description: 'The mapping of the catalogue that this file is written over',
    enum: [...catalogueIndex().values()].flat().sort(),
  }
  const { anyOf = [], ...rest } = patchOf(mapping)
  const branches = anyOf.map((branch) => ({
    ...branch,
    properties: { catalogue: name, ...branch.properties },
    required: ['catalogue'],
  }))
  return { ...rest, anyOf: branches }
}

/** A schema for a place within another: what it repeats goes to the root, under its own name. */
function lift(shape: Shape, owner: string, $defs: Record<string, Shape>) {
  const text = JSON.stringify(shape).replaceAll('"#/$defs/', `"#/$defs/${owner}.`)
  const { $defs: own = {}, ...body } = JSON.parse(text) as Shape & { $schema?: string }
  for (const [name, definition] of Object.entries(own)) $defs[`${owner}.${name}`] = definition
  return body
}

/** Puts what a schema repeats under a name of its own, for its readers and those of the page. */
function hoist(shape: Shape, named: Record<string, Shape>): Shape {
  const definitions = Object.entries(named).map(([name, definition]) => {
    const { $schema: _, ...body } = definition as Shape & { $schema?: string }
    return { name, body, text: JSON.stringify(body) }
  })
  const replaceWithin = (node: object): object =>
    Array.isArray(node)
      ? node.map(replace)
      : Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replace(value)]))
  const replace = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node
    const { description, ...body } = node as Shape
    const found = definitions.find((one) => one.text === JSON.stringify(body))
    if (!found) return replaceWithin(node)
    return { $ref: `#/$defs/${found.name}`, ...(description ? { description } : {}) }
  }
  const $defs = Object.fromEntries(
    definitions.map(({ name, body }) => [name, replaceWithin(body) as Shape]),
  )
  return { ...replaceWithin(shape), $defs: { ...shape.$defs, ...$defs } }
}

function describe(connector: Connector): string {
  const can = [
    connector.writeBack ? 'It can write back (`writeBack: true`).' : 'It cannot write back.',
    ...(connector.lookup ? ['Mappings can ask it, as a file of `systems/`.'] : []),
  ]
  return `${connector.summary} ${can.join(' ')} These are the keys of \`settings\`.`
}

/** What of a project's folder is not as it would be generated. */
export interface Stale {
  /** Files that are missing or other, with the text that they should have. */
  differing: ReadonlyMap<string, string>
  /** Pages and schemas of what is no longer there. */
  leftOver: string[]
}

/** Compares the folder of a project with what its declarations give. Changes nothing. */
export async function findStale(root: string, registry: ConnectorRegistry): Promise<Stale> {
  const files = await generate(registry)
  const read = (path: string) => readFile(join(root, path), 'utf8').catch(() => null)
  const page = await read(tablePage)
  if (page !== null) files.set(tablePage, withBlock(page, 'connectors', await tableOf(registry)))
  const differing = new Map<string, string>()
  for (const [path, text] of files) {
    if ((await read(path)) !== text) differing.set(path, text)
  }
  const leftOver: string[] = []
  for (const folder of [pageFolder, schemaFolder]) {
    for (const name of await readdir(join(root, folder)).catch(() => [])) {
      const path = `${folder}/${name}`
      if (files.has(path)) continue
      const isOurs = name.endsWith('.json') || (await read(path))?.startsWith(generatedMark)
      if (isOurs) leftOver.push(path)
    }
  }
  return { differing, leftOver }
}

/** What `--check` says; null when there is nothing to say. */
export function complaintOf({ differing, leftOver }: Stale): string | null {
  const wrong = [...differing.keys(), ...leftOver]
  if (wrong.length === 0) return null
  return `Not as the declarations say: run \`npm run generate\`.\n  ${wrong.join('\n  ')}`
}

/** Writes what differs and removes what is left over. */
export async function writeStale(root: string, { differing, leftOver }: Stale): Promise<void> {
  for (const [path, text] of differing) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  for (const path of leftOver) await rm(join(root, path))
}

/** The page with the table of connectors. */
const tablePage = 'connectors/README.md'

async function tableOf(registry: ConnectorRegistry): Promise<string> {
  const rows: string[] = []
  for (const name of registry.connectorNames) {
    const connector = await registry.connectors(name)
    if (connector === null) continue
    const { summary, writeBack, writesRest, lookup } = connector
    const told = writeBack ? (writesRest ? 'yes, and writes the rest' : 'yes') : 'no'
    const cells = [`[${name}](${name}/README.md)`, summary, told, lookup ? 'yes' : 'no']
    rows.push(`| ${cells.join(' | ')} |`)
  }
  return ['| Folder | Reaches | Is told | Is asked |', '|---|---|---|---|', ...rows].join('\n')
}

async function main(check: boolean): Promise<void> {
  const stale = await findStale(root, await openRegistry())
  const complaint = complaintOf(stale)
  if (check) {
    if (complaint === null) return
    console.error(complaint)
    process.exitCode = 1
    return
  }
  await writeStale(root, stale)
  const changed = [...stale.differing.keys(), ...stale.leftOver]
  console.log(changed.length > 0 ? `Generated ${changed.join(', ')}` : 'Everything is up to date.')
}

if (import.meta.main) await main(process.argv.includes('--check'))
