// The catalogue → its reference page, and the names of its services for the JSON Schema of an
// institution: what there is, to whom it is for, and the columns that each mapping reads.

import { type CatalogueService, readService } from '../src/config/catalogue.ts'
import { catalogueIndex } from '../src/config/catalogue-index.ts'
import type { Shape } from '../src/config/shape.ts'
import type { MappingSpec } from '../src/mapping/spec.ts'
import { generatedMark } from './reference-page.ts'

/** The page of all services. Throws where one of them has an error. */
export async function cataloguePage(): Promise<string> {
  const services = await Promise.all([...catalogueIndex().keys()].map(readService))
  const introduction =
    'Ready-made services. `staffetta new mapping --service NAME` switches one on; ' +
    '[the guide](../guides/catalogue.md) tells how to have own texts and own columns.'
  const sections = services.flatMap(sectionsOf)
  return `${[generatedMark, '# The catalogue', introduction, ...sections].join('\n\n')}\n`
}

function sectionsOf({ name, about, mappings }: CatalogueService): string[] {
  if (about.spec === null) throw new Error(`the catalogue's ${name} has an error`)
  const { name: title, summary, topic, feed, mappings: words } = about.spec
  return [
    `## ${title.en} (\`${name}\`)`,
    `${summary.en} *${title.it}: ${summary.it}* Topic: ${topic.en}.`,
    ...mappings.flatMap(({ id, spec }) => {
      const said = words[id]
      if (spec?.shape !== 'notice' || said === undefined) throw new Error(`${id} has an error`)
      return [
        `### \`${id}\``,
        [
          `- **What**: ${said.what.en}`,
          `- **To whom**: ${said.recipients.en}`,
          `- **When**: ${said.when.en}`,
          ...titlesOf(spec),
        ].join('\n'),
        ['| Column | Field | Holds | May be absent |', '|---|---|---|---|', ...rowsOf(spec)].join(
          '\n',
        ),
      ]
    }),
    `**Feed**: ${feed.en}`,
  ]
}

type Notice = Extract<MappingSpec, { shape: 'notice' }>

function titlesOf({ notice, reminders }: Notice): string[] {
  const said = (text: string | undefined) =>
    variantsOf(text ?? '')
      .map(code)
      .join(' or ')
  const both = ({ it, en }: { it: string; en?: string | undefined }) => `${said(it)} (${said(en)})`
  return [
    `- **Title**: ${both(notice.subject)}`,
    ...reminders.map(({ at, subject }) => `- **Reminder** ${at}: ${both(subject)}`),
  ]
}

const code = (text: string) => `\`${text.replaceAll('`', "'")}\``

/** A title with its branches written out: `{% if x %}A{% else %}B{% endif %} C` → `A C`, `B C`. */
function variantsOf(title: string): string[] {
  const found = /\{% (?:if|case) .*?%\}(.*?)\{% end(?:if|case) %\}/s.exec(title)
  if (found === null) return [title]
  const after = title.slice(found.index + found[0].length)
  const branches = found[1]!.split(/\{%.*?%\}/).filter((branch) => branch !== '')
  return branches.flatMap((branch) => variantsOf(title.slice(0, found.index) + branch + after))
}

function rowsOf({ record }: Notice): string[] {
  return Object.entries(record.fields).map(([name, field]) => {
    const label = [field.column].flat().map(String).join(', ')
    return `| ${label} | \`${name}\` | ${contentOf(field)} | ${field.optional ? 'yes' : ''} |`
  })
}

/** What whoever writes the file has to put there: the words of a list, the form of a date. */
function contentOf(field: Notice['record']['fields'][string]): string {
  if (field.type === 'text' && field.values) return Object.keys(field.values).map(code).join(', ')
  if (field.type === 'date') return `date, ${field.formats.map(code).join(' or ')}`
  return field.type
}

/** The names of the services and of their mappings, for an editor to complete. */
export function withServices(institution: Shape): Shape {
  const { catalogue, ...properties } = institution.properties ?? {}
  const services = [...catalogueIndex()].map(([name, mappings]): [string, Shape] => {
    const one: Shape = { type: 'array', items: { type: 'string', enum: [...mappings] } }
    return [name, { anyOf: [{ type: 'boolean' }, one], description: mappings.join(', ') }]
  })
  const named: Shape = {
    ...(catalogue?.description ? { description: catalogue.description } : {}),
    ...{ type: 'object', properties: Object.fromEntries(services), additionalProperties: false },
  }
  return { ...institution, properties: { ...properties, catalogue: named } }
}
