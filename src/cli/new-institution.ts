// `staffetta new institution NAME`: the files that a new institution begins with, and those of the
// installation where the configuration folder is empty. Never overwrites.
import { checkDigit } from '../domain/vat-number.ts'
import { type CommandContext, configOf, type Given, textOption, UsageError } from './command.ts'

export async function newInstitution(given: Given, context: CommandContext): Promise<number> {
  const [, id, extra] = given.positionals
  if (id === undefined) throw new UsageError('missing argument: new institution NAME')
  if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(id) || id === 'schema') {
    throw new UsageError(
      `an institution’s name is that of its folder: lower-case letters, digits and -; not ${id}`,
    )
  }
  const fiscalCode = fiscalCodeOf(textOption(given, 'fiscal-code'))
  const title = textOption(given, 'title')
  const { configDirectory: directory } = context
  const scaffold = await context.offline.scaffolding()
  const created = await scaffold.createInstitution(directory, { id, title, fiscalCode })
  if (created === null) {
    throw new UsageError(`${directory}/${id} is there already, and nothing was written`)
  }
  if (context.json) {
    await context.out(`${JSON.stringify({ institution: id, ...created }, null, 2)}\n`)
    return 0
  }
  const at = configOf(context)
  const lines = [
    ...created.files.map((file) => `Written: ${file}`),
    '',
    'To be put right before anything is sent:',
    ...created.toDo.map((what) => `  ${what}`),
    '',
    'Next: choose what you send. A ready-made service, or a mapping from a file of your own:',
    `  staffetta new mapping --service${at}    lists them`,
    `  staffetta new mapping --service tari --institution ${id}${at}`,
    `  staffetta new mapping --from FILE --institution ${id}${at}`,
    '',
  ]
  await context.out(lines.join('\n'))
  return 0
}

function fiscalCodeOf(typed: string | null): string | null {
  if (typed === null) return null
  if (!/^\d{11}$/.test(typed)) throw new UsageError('--fiscal-code has 11 digits')
  if (checkDigit(typed) === typed[10]) return typed
  throw new UsageError(`--fiscal-code ${typed} is mistyped: its last digit does not fit`)
}
