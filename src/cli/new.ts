// `staffetta new mapping --from FILE`: from a sample to a mapping that reads it, with one case.
// Says in a sentence what it understood, and takes the sentence back edited. Nothing of the sample
// is kept but its form, since configuration lives in Git.
import { choiceNames } from '../mapping/guess/choices.ts'
import {
  asTyped,
  type Command,
  type CommandContext,
  type Config,
  configOf,
  type Draft,
  type Given,
  listOption,
  textOption,
  UsageError,
} from './command.ts'
import { newFromGovio } from './new-govio.ts'
import { newInstitution } from './new-institution.ts'
import { faultText, placeOf, readingText, wishesOf } from './new-sample.ts'
import { newService } from './new-service.ts'
import { printable } from './table.ts'

const text = { type: 'string' } as const

export const command: Command = {
  usage: 'institution NAME | mapping [NAME] --from FILE | mapping --service NAME',
  summary: 'an institution, or a mapping: ready-made, or from a sample file',
  help: `
new institution NAME begins an institution: its folder, and staffetta.yaml and the schemas where there
are none. Never overwrites.

  --title "Comune di Prova" --fiscal-code 11DIGITS        else placeholders, to be put right

new mapping --service NAME switches a ready-made service on: its mappings, texts and cases are then read
from the product. Without NAME it lists them (docs/guides/catalogue.md).

  --only MAPPING           of the service, this one alone; may be repeated
  --texts                  its texts into files of your own, with its cases, to be edited
  --from FILE              its columns as FILE has them; --field FIELD=COLUMN for what it does not find,
                           --field FIELD=none for what FILE does not have
  --off                    switches it off; with --only that mapping alone

new mapping --from FILE makes one from a sample.
Looks at the beginning of FILE (CSV, fixed width, XML, JSON, XLSX, or one of them in a ZIP, a .p7m, a
mail), says in one sentence what it understood, and writes the mapping and a case that passes. The
case holds an invented record of the same form: nothing of the sample is kept. Never overwrites.

  --from FILE              the sample; a real export may stay where it is
  --institution NAME       whose mapping it is, where there are several institutions
  --dry-run                print both files instead of writing them
  --json                   what was understood, as JSON

What it understood wrongly, you say; what you do not say is guessed again:

  --describe "SENTENCE"    the sentence, edited: it stands at the head of the mapping
  --shape S                notice · settlement (a list of payments) · reference (contacts …)
  --series S               whose notices a settlement closes; may be repeated
  --key COLUMN             what names one record for ever; repeat it for several columns
  --recipient --due --amount --notice-number --group COLUMN      none: there is none
  --decimals D             comma · dot · cents · thousandths      --dates "dd/MM/yyyy or yyyyMMdd"
  --encoding E             utf-8 · windows-1252 · iso-8859-15 · utf-16le · auto
  --delimiter C            one character, or tab      --quote C (or none)   --escape backslash|doubled
  --header LINE            the line of the header, or none        --footer N: last rows, no records
  --rows PATH              of XML and JSON: which element or list holds the records
  --groups "T 1 2 3"       columns that repeat, by what stands in their names; none: nothing repeats
  --member PATTERN         which file of a ZIP or a mail          --sheet NAME: of a workbook

Or from a template of GovIO, as its API gives it (docs/guides/from-govio.md). It says what has no equal
here, and what it wrote instead:

  --from-govio FILE        the template, as JSON: /templates/ID
  --placeholders FILE      its placeholders: /templates/ID/placeholders?embed=placeholder

Columns are called by their header; without one by their position, 1 for the first.

Example: staffetta new mapping tari --from TARI_2026.csv
Then:    staffetta preview tari TARI_2026.csv
Exit code 1 when the file cannot be understood or a template not turned whole, 2 when the mapping is
there already.`,
  options: {
    from: text,
    'from-govio': text,
    placeholders: text,
    institution: text,
    title: text,
    'fiscal-code': text,
    service: text,
    only: { type: 'string', multiple: true },
    off: { type: 'boolean' },
    texts: { type: 'boolean' },
    field: { type: 'string', multiple: true },
    'dry-run': { type: 'boolean' },
    describe: text,
    series: { type: 'string', multiple: true },
    key: { type: 'string', multiple: true },
    member: text,
    sheet: text,
    ...Object.fromEntries(choiceNames.map((name) => [name, text])),
  },
  async run(given, context) {
    if (given.positionals[0] === 'institution') return newInstitution(given, context)
    const wanted = textOption(given, 'institution')
    if (given.values['service'] !== undefined && given.positionals[0] === 'mapping') {
      return newService(given, context, (config) => institutionOf(config, wanted))
    }
    const { name, file } = whatAndWhere(given)
    const wishes = wishesOf(given)
    const isGovio = textOption(given, 'from-govio') !== null
    const { config, problems } = await context.readConfig()
    if (config === null) {
      context.note(context.errorsText(problems))
      return 78
    }
    const institution = institutionOf(config, textOption(given, 'institution'))
    if (isGovio) return newFromGovio(given, context, config, institution)
    try {
      const request = {
        institution,
        name,
        file,
        wishes,
        ...placeOf(given),
        series: listOption(given, 'series'),
      }
      const draft = await context.offline.draftMapping(config, request)
      return await deliver(draft, given, context)
    } catch (error) {
      if (error instanceof UsageError) throw error
      context.note(faultText(error, file))
      return 1
    }
  },
}

function whatAndWhere(given: Given): { name: string | null; file: string } {
  const [what, name, extra] = given.positionals
  if (what !== 'mapping')
    throw new UsageError(
      'what is to be new? Say: new institution NAME, new mapping --service NAME, new mapping --from FILE',
    )
  if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
  if (name !== undefined && !/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    throw new UsageError(`a mapping’s name has lower-case letters, digits and -; not ${name}`)
  }
  const [sample, template] = [textOption(given, 'from'), textOption(given, 'from-govio')]
  if (sample !== null && template !== null) {
    throw new UsageError('--from and --from-govio: one mapping is made of one of them')
  }
  const file = sample ?? template
  if (file === null) throw new UsageError('missing option: --from FILE, the sample')
  return { name: name ?? null, file }
}

function institutionOf({ institutions }: Config, wanted: string | null): string {
  const names = institutions.map(({ id }) => id)
  if (wanted !== null && names.includes(wanted)) return wanted
  // One without any service of IO sends nothing: it is not meant where another does.
  const sending = institutions.filter(({ services }) => services.length > 0)
  const [only, another] = institutions.length === 1 ? institutions : sending
  if (wanted === null && only !== undefined && another === undefined) return only.id
  if (names.length === 0) {
    throw new UsageError('there is no institution yet. Begin one: staffetta new institution NAME')
  }
  const what = wanted === null ? 'there is not one institution' : `there is no ${wanted}`
  throw new UsageError(`${what}: say --institution with one of ${names.join(', ')}`)
}

async function deliver(draft: Draft, given: Given, context: CommandContext): Promise<number> {
  const { name, sentence, mapping, cases, read, understanding } = draft
  const isDry = given.values['dry-run'] === true
  if (!isDry) {
    const standing = await context.offline.writeDraft(draft)
    if (standing !== null) {
      throw new UsageError(
        `${standing} is there already, and nothing was written: give another name, ` +
          'as in: new mapping NAME --from FILE; or see it with --dry-run',
      )
    }
  }
  if (context.json) {
    const { shape, roles, lookup, records, isWhole, doubts, unread } = understanding
    const fields = understanding.fields.map((field) => {
      return { name: field.name, column: field.place, ...field.draft, evidence: field.evidence }
    })
    const record = Object.fromEntries(understanding.record.keys.map((key) => [key.name, key.value]))
    const how = { format: understanding.record.format, ...record }
    const files = isDry ? [] : [mapping.path, cases.path]
    const said = { name, sentence, shape, record: how, fields, roles, lookup, doubts, unread }
    await context.out(`${JSON.stringify({ ...said, records, isWhole, read, files }, null, 2)}\n`)
    return 0
  }
  if (isDry) await context.out(`${mapping.text}\n# ${cases.path}\n${cases.text}`)
  else await context.out(`${printable(sentence)}\n\n${report(draft, given, configOf(context))}`)
  return 0
}

function report(
  { name, mapping, cases, read, understanding }: Draft,
  given: Given,
  at: string,
): string {
  const file = asTyped(textOption(given, 'from') ?? '')
  const reading = readingText(read, understanding.isWhole)
  const doubts = understanding.doubts.map((doubt) => `  look at ${printable(doubt)}`)
  return [
    `Written: ${mapping.path}`,
    `         ${cases.path}`,
    `The mapping compiles and its case passes. ${reading}`,
    ...doubts,
    '',
    `Next: read the mapping, write its texts, then: staffetta preview ${name} ${file}${at}`,
    '',
  ].join('\n')
}
