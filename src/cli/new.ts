// `staffetta new mapping --from FILE`: from a sample to a mapping that reads it, with one case.
// Says in a sentence what it understood, and takes the sentence back edited. Nothing of the sample
// is kept but its form, since configuration lives in Git.
import { DropError } from '../mapping/drop-error.ts'
import { choiceNames, readChoices } from '../mapping/guess/choices.ts'
import { readSentence } from '../mapping/guess/description.ts'
import { GuessError } from '../mapping/guess/table.ts'
import type { Wishes } from '../mapping/guess/wishes.ts'
import {
  type Command,
  type CommandContext,
  type Config,
  type Draft,
  type Given,
  textOption,
  UsageError,
} from './command.ts'
import { formatCount, formatNumber, printable } from './table.ts'

const text = { type: 'string' } as const

export const command: Command = {
  usage: 'mapping [NAME] --from FILE',
  summary: 'a mapping, with a case, from a sample file',
  help: `
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

Columns are called by their header; without one by their position, 1 for the first.

Example: staffetta new mapping tari --from TARI_2026.csv
Then:    staffetta preview tari TARI_2026.csv
Exit code 1 when the file cannot be understood, 2 when the mapping is there already.`,
  options: {
    from: text,
    institution: text,
    'dry-run': { type: 'boolean' },
    describe: text,
    series: { type: 'string', multiple: true },
    key: { type: 'string', multiple: true },
    member: text,
    sheet: text,
    ...Object.fromEntries(choiceNames.map((name) => [name, text])),
  },
  async run(given, context) {
    const { name, file } = whatAndWhere(given)
    const wishes = wishesOf(given)
    const { config, problems } = await context.readConfig()
    if (config === null) {
      context.note(context.errorsText(problems))
      return 78
    }
    const institution = institutionOf(config, textOption(given, 'institution'))
    try {
      const request = {
        institution,
        name,
        file,
        wishes,
        ...placeOf(given),
        series: list(given, 'series'),
      }
      const draft = await context.offline.draftMapping(config, request)
      return await deliver(draft, given, context)
    } catch (error) {
      if (error instanceof DropError) {
        context.note(`${error.code}: ${printable(error.detail)}\n${error.remedy}\n`)
      } else if (error instanceof GuessError) {
        context.note(`${file}: ${error.message.split('\n').map(printable).join('\n')}\n`)
      } else if ((error as NodeJS.ErrnoException).code === 'EISDIR') {
        context.note(`${file} is a directory: name one file in it\n`)
      } else throw error
      return 1
    }
  },
}

function whatAndWhere(given: Given): { name: string | null; file: string } {
  const [what, name, extra] = given.positionals
  if (what !== 'mapping') throw new UsageError('what is to be new? Say: new mapping --from FILE')
  if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
  if (name !== undefined && !/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    throw new UsageError(`a mapping’s name has lower-case letters, digits and -; not ${name}`)
  }
  const file = textOption(given, 'from')
  if (file === null) throw new UsageError('missing option: --from FILE, the sample')
  return { name: name ?? null, file }
}

/** The sentence first, then the options, which say more precisely what they say. */
function wishesOf(given: Given): Wishes {
  const sentence = textOption(given, 'describe')
  const named = choiceNames.map((name) => [name, textOption(given, name) ?? undefined] as const)
  try {
    const choices = readChoices(Object.fromEntries(named), list(given, 'key'))
    return { ...(sentence === null ? {} : readSentence(sentence)), ...choices }
  } catch (error) {
    if (error instanceof GuessError) throw new UsageError(error.message)
    throw error
  }
}

function list(given: Given, name: string): string[] {
  return [given.values[name] ?? []].flat().map(String)
}

function placeOf(given: Given) {
  const member = textOption(given, 'member')
  const sheet = textOption(given, 'sheet')
  const place = {
    ...(member === null ? {} : { member }),
    ...(sheet === null ? {} : { sheet: /^\d+$/.test(sheet) ? Number(sheet) : sheet }),
  }
  return { place }
}

function institutionOf({ institutions }: Config, wanted: string | null): string {
  const names = institutions.map(({ id }) => id)
  if (wanted !== null && names.includes(wanted)) return wanted
  const [only] = names
  if (wanted === null && names.length === 1 && only !== undefined) return only
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
  else await context.out(`${printable(sentence)}\n\n${report(draft, given)}`)
  return 0
}

function report({ name, mapping, cases, read, understanding }: Draft, given: Given): string {
  const refused = Object.entries(read.refusals).map(([code, count]) => `${code} ${count}`)
  const bad = read.records - read.good
  const looked = `${understanding.isWhole ? '' : 'the first '}${formatNumber(read.records, 'record')}`
  const reading =
    `Of ${looked} ${formatCount(read.good)} can be used` +
    (bad === 0 ? '.' : `, ${formatCount(bad)} refused: ${refused.join(', ')}.`)
  const doubts = understanding.doubts.map((doubt) => `  look at ${printable(doubt)}`)
  return [
    `Written: ${mapping.path}`,
    `         ${cases.path}`,
    `The mapping compiles and its case passes. ${reading}`,
    ...doubts,
    '',
    `Next: read the mapping, write its texts, then: staffetta preview ${name} ${textOption(given, 'from')}`,
    '',
  ].join('\n')
}
