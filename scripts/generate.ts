// What is made from the configuration's own declarations: JSON Schemas and reference pages.
// `npm run generate` writes them; with `--check` it writes nothing and fails when one differs.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CampaignSpec } from '../src/config/campaign.ts'
import { ErrataSpec } from '../src/config/errata.ts'
import { FeedSpec } from '../src/config/feed.ts'
import { InstallationSpec } from '../src/config/installation.ts'
import { InstitutionSpec } from '../src/config/institution.ts'
import { type ConnectorRegistry, openRegistry } from '../src/config/registry.ts'
import { type Shape, shapeOf } from '../src/config/shape.ts'
import { SystemSpec } from '../src/config/system.ts'
import type { Connector } from '../src/connector.ts'
import { CasesSpec } from '../src/mapping/case-spec.ts'
import { FieldSpec } from '../src/mapping/field/field-spec.ts'
import { RecordSpec } from '../src/mapping/format/record-spec.ts'
import { MappingSpec } from '../src/mapping/spec.ts'
import { generatedMark, renderPage } from './reference-page.ts'

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
  const schemas = {
    staffetta: shapeOf(InstallationSpec),
    institution: shapeOf(InstitutionSpec),
    feed: withSettings(shapeOf(FeedSpec), connectors),
    system: withSettings(hoist(shapeOf(SystemSpec), { field: shapeOf(FieldSpec) }), connectors),
    mapping: hoist(shapeOf(MappingSpec), {
      record: shapeOf(RecordSpec),
      field: shapeOf(FieldSpec),
    }),
    cases: shapeOf(CasesSpec),
    campaign: shapeOf(CampaignSpec),
    errata: shapeOf(ErrataSpec),
  }
  const files = new Map<string, string>()
  for (const [name, shape] of Object.entries(schemas)) {
    files.set(`${schemaFolder}/${name}.json`, `${JSON.stringify(shape, null, 2)}\n`)
  }
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
      'How a record becomes a notice, a settlement or a row of a reference.',
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
  return files
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
  const branches = [...connectors].map(([name, { settings }]) => {
    const { $schema: _, ...shape } = shapeOf(settings) as Shape & { $schema?: string }
    const then = { properties: { settings: shape } }
    const needed = shape.required?.length ? { ...then, required: ['settings'] } : then
    // biome-ignore lint/suspicious/noThenProperty: it is a word of JSON Schema; nothing awaits it.
    return { if: { properties: { connector: { const: name } } }, then: needed }
  })
  return { ...feed, properties: { ...feed.properties, connector }, allOf: branches }
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
  return { ...replaceWithin(shape), $defs }
}

function describe(connector: Connector): string {
  const can = [
    connector.writeBack ? 'It can write back (`writeBack: true`).' : 'It cannot write back.',
    ...(connector.lookup ? ['Mappings can ask it, as a file of `systems/`.'] : []),
  ]
  return `${connector.summary} ${can.join(' ')} These are the keys of \`settings\`.`
}

async function findStale(files: ReadonlyMap<string, string>): Promise<string[]> {
  const names = await readdir(join(root, pageFolder)).catch(() => [])
  const stale: string[] = []
  for (const name of names) {
    const path = `${pageFolder}/${name}`
    if (files.has(path) || !name.endsWith('.md')) continue
    if ((await readFile(join(root, path), 'utf8')).startsWith(generatedMark)) stale.push(path)
  }
  return stale
}

async function main(check: boolean): Promise<void> {
  const files = await generate(await openRegistry())
  const differing: string[] = []
  for (const [path, text] of files) {
    const found = await readFile(join(root, path), 'utf8').catch(() => null)
    if (found !== text) differing.push(path)
  }
  const stale = await findStale(files)
  if (check) {
    const wrong = [...differing, ...stale]
    if (wrong.length === 0) return
    console.error(`Not as the declarations say: run \`npm run generate\`.\n  ${wrong.join('\n  ')}`)
    process.exitCode = 1
    return
  }
  for (const path of differing) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), files.get(path) ?? '')
  }
  for (const path of stale) await rm(join(root, path))
  const changed = [...differing, ...stale].map((path) => relative(root, join(root, path)))
  console.log(changed.length > 0 ? `Generated ${changed.join(', ')}` : 'Everything is up to date.')
}

if (import.meta.main) await main(process.argv.includes('--check'))
