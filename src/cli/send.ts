// `staffetta send FILE|-`: one message, through the same stages as every other. It comes from a
// file or from standard input, never from the arguments, which everybody on the machine sees.

import { createReadStream } from 'node:fs'
import { text } from 'node:stream/consumers'
import { adviceText } from '../domain/advice-words.ts'
import { WrittenInput, writtenOf } from '../mapping/written-input.ts'
import { actorAs } from './actor.ts'
import {
  type App,
  type Command,
  type CommandContext,
  expectArguments,
  type Given,
  textOption,
  UsageError,
  withApp,
} from './command.ts'
import { institutionsNamed } from './find-feed.ts'

export const command: Command = {
  usage: 'FILE|-',
  summary: 'one message to one citizen',
  help: `
Reads a message as JSON from a file or (-) from standard input, and makes a flow of it: the checks, the
approval and the hours of its service hold as for every flow (\`written.messages\` of the service).

  { "service": "sportello", "fiscalCode": "…", "subject": "…", "markdown": "…",
    "dueDate": "2026-10-31", "payment": { "noticeNumber": "…", "amountCents": 14500 } }

  --institution I  whose it is, where there are several
  --key KEY        of whoever asks: asked again with it, nothing is sent twice
  --at INSTANT     leaves no sooner: 2026-10-31T08:00:00Z
  --look           says what would be sent, and sends nothing
  --json           { "flow", "message", "isAgain" }; with --look what would be POSTed

Example: staffetta send message.json --key pratica-2026-77
Exit code 1 when the message is refused.`,
  options: {
    institution: { type: 'string' },
    key: { type: 'string' },
    at: { type: 'string' },
    look: { type: 'boolean' },
  },
  async run(given, context) {
    const [file] = expectArguments(given, 'FILE') as [string]
    const wish = { key: keyOf(given), leavesAt: instantOf(textOption(given, 'at')) }
    const input = await readInput(file)
    return withApp(context, (app) => send(app, input, wish, given, context))
  },
}

interface Wish {
  key: string | null
  leavesAt: Temporal.Instant | null
}

async function send(
  app: App,
  input: WrittenInput,
  { key, leavesAt }: Wish,
  given: Given,
  context: CommandContext,
): Promise<number> {
  const found = institutionsNamed(app.config, textOption(given, 'institution'))
  const [institution] = found
  if (institution === undefined || found.length > 1) {
    throw new UsageError('several institutions are configured: say which with --institution')
  }
  const actor = actorAs('operator', app.config, institution.id)
  const message = writtenOf(input)
  const { writing } = app.desk
  const looked = writing.look(institution.id, message)
  for (const finding of looked.warnings) context.note(`${adviceText(finding, 'en')}\n`)
  if (given.values['look'] === true && looked.payload !== null) {
    await context.out(`${JSON.stringify(looked.payload, null, context.json ? 0 : 2)}\n`)
    return 0
  }
  const who = { actor, origin: 'cli' }
  const sent = await writing.send(institution.id, message, who, {
    leavesAt,
    ...(key !== null && { key }),
  })
  switch (sent.kind) {
    case 'refused':
      for (const { part, words } of sent.problems) context.note(`${part}: ${words.en}\n`)
      return 1
    case 'key-used':
      context.note('This key was used for another message: nothing was sent.\n')
      return 1
    case 'kept':
      await context.out(context.json ? '{}\n' : 'Kept: it will be a flow in a moment.\n')
      return 0
    case 'sent': {
      const { flowId: flow, messageId, isAgain } = sent
      const shown = { flow, message: messageId, isAgain }
      const before = isAgain ? ' It was asked for before: nothing new is sent.' : ''
      const words = `Flow ${flow}.${before} staffetta flows show ${flow} says how it goes.\n`
      await context.out(context.json ? `${JSON.stringify(shown)}\n` : words)
      return 0
    }
  }
}

/** Bytes of a message: far above what one has. */
const MOST_BYTES = 1_000_000

async function readInput(file: string): Promise<WrittenInput> {
  const read = await text(file === '-' ? process.stdin : createReadStream(file))
  if (read.length > MOST_BYTES) throw new UsageError('the message is longer than 1 MB')
  let json: unknown
  try {
    json = JSON.parse(read)
  } catch {
    throw new UsageError(`${file === '-' ? 'standard input' : file} is not JSON`)
  }
  const parsed = WrittenInput.safeParse(json)
  if (parsed.success) return parsed.data
  // The value itself is not said: it may be somebody’s.
  const said = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new UsageError(said.join('; '))
}

function keyOf(given: Given): string | null {
  const key = textOption(given, 'key')
  if (key === null || /^[\x21-\x7e]{1,200}$/.test(key)) return key
  throw new UsageError('--key is at most 200 letters, digits and marks, without blanks')
}

function instantOf(typed: string | null): Temporal.Instant | null {
  try {
    return typed === null ? null : Temporal.Instant.from(typed)
  } catch {
    throw new UsageError('--at wants an instant such as 2026-10-31T08:00:00Z')
  }
}
