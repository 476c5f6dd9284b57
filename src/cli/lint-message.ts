// `staffetta lint-message FILE|-`: what IO would answer to a message, and our advice, without
// sending anything. The rules are the domain's; here bodies are read and results are shown.
import { createReadStream } from 'node:fs'
import { featureGroups, type IoGroup, ioGroups, ordinaryGroups } from '../domain/io-groups.ts'
import { bodyLimitBytes } from '../domain/json-body.ts'
import type { MessageFinding } from '../domain/message-finding.ts'
import { type LintContext, lintMessage, type MessageLint } from '../domain/message-lint.ts'
import { nearest } from '../domain/nearest.ts'
import { readAppYaml } from '../mapping/text/app-yaml.ts'
import { type Command, expectArguments, textOption, UsageError } from './command.ts'

export const command: Command = {
  usage: 'FILE|- [--lines]',
  summary: 'a message against IO’s own rules, and advice',
  help: `
Reads the JSON of a message as POST /messages takes it, from a file or (-) from standard input, and
says what IO would answer, and what the citizen would not see as meant. Nothing is sent.

  --json           {"accepted", "status", "title", "problems", "warnings"}; a finding has path, rule,
                   detail, remedy. "status" and "title" are of IO's answer (malformed JSON is a 500
                   there); "detail" is IO's own without the values, a line for each type it tried
  --lines          one message a line in, one JSON result a line out, in order
  --groups A,B     permissions of the key. Features alone come on top of an ordinary institution's;
                   a list that names another group, or an empty one, is taken as it is

Features: ${featureGroups.join('\n          ')}

Warnings never change the exit code. What only the service knows (its ceiling for amounts, its remote-content
configurations) is a warning. Longer than 1 MB is answered 413: our choice, IO has no limit.

Example: echo '{"content":{"subject":"Avviso"}}' | staffetta lint-message - --json
Exit code 0 accepted, 1 not, 2 when a message cannot be read; with --lines the worst of all.`,
  options: { groups: { type: 'string' }, lines: { type: 'boolean' } },
  async run(given, context) {
    const [file] = expectArguments(given, 'FILE') as [string]
    const groups = groupsOf(textOption(given, 'groups'))
    const lintContext = { now: Temporal.Now.instant(), groups, readYaml: readAppYaml }
    const byLine = given.values['lines'] === true
    let worst = 0
    try {
      for await (const text of byLine ? linesOf(openInput(file)) : wholeOf(openInput(file))) {
        const lint = lintMessage(text, lintContext)
        worst = Math.max(worst, exitCodeOf(lint))
        const asJson = byLine || context.json
        await context.out(asJson ? `${JSON.stringify(lint)}\n` : describe(lint))
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === undefined || !readErrors.has(code)) throw error
      context.note(`staffetta: ${file} cannot be read (${code})\n`)
      return 2
    }
    return worst
  },
}

const readErrors = new Set(['EACCES', 'EISDIR', 'ENOENT', 'ENOTDIR', 'EIO', 'EPERM'])

/** Malformed JSON is unreadable, whatever IO answers to it. */
function exitCodeOf({ accepted, status }: MessageLint): number {
  if (accepted) return 0
  return status === 500 ? 2 : 1
}

function groupsOf(typed: string | null): LintContext['groups'] {
  if (typed === null) return new Set(ordinaryGroups)
  const names = typed
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const given = names.map(getGroup)
  const onTop = given.length > 0 && given.every((group) => featureGroups.includes(group))
  return new Set(onTop ? [...ordinaryGroups, ...given] : given)
}

/** Throws `UsageError` with the nearest name. Case does not count: IO's own documents vary. */
function getGroup(typed: string): IoGroup {
  const found = ioGroups.find((group) => group.toLowerCase() === typed.toLowerCase())
  if (found !== undefined) return found
  const near = nearest(typed, ioGroups)
  const hint = near ? `did you mean ${near}?` : `features are ${featureGroups.join(', ')}`
  throw new UsageError(`--groups: there is no group "${typed}": ${hint}`)
}

type Chunks = AsyncIterable<Buffer>

function openInput(file: string): Chunks {
  return file === '-' ? process.stdin : createReadStream(file)
}

/** The whole input as one body; null above the limit. */
async function* wholeOf(chunks: Chunks): AsyncGenerator<string | null> {
  const kept: Buffer[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > bodyLimitBytes) {
      yield null
      return
    }
    kept.push(chunk)
  }
  yield Buffer.concat(kept).toString('utf8')
}

/** Each line as a body; null for one above the limit, of which no more than that is kept. */
async function* linesOf(chunks: Chunks): AsyncGenerator<string | null> {
  const decoder = new TextDecoder()
  let rest = ''
  let tooLong = false
  for await (const chunk of chunks) {
    const pieces = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n')
    rest = pieces.pop()!
    for (const piece of pieces) {
      yield tooLong ? null : piece.replace(/\r$/, '')
      tooLong = false
    }
    if (rest.length <= bodyLimitBytes) continue
    rest = ''
    tooLong = true
  }
  if (tooLong || rest !== '') yield tooLong ? null : rest
}

function describe({ accepted, status, title, problems, warnings }: MessageLint): string {
  const verdict = accepted
    ? 'accepted: IO would answer 201'
    : `not accepted: IO would answer ${status} ${title}`
  const counts = `${count(problems, 'problem')}, ${count(warnings, 'warning')}`
  const findings = [
    ...problems.map((finding) => describeFinding('problem', finding)),
    ...warnings.map((finding) => describeFinding('warning', finding)),
  ]
  return `${[...findings, `${verdict} (${counts})`].join('\n')}\n`
}

function count({ length }: readonly unknown[], name: string): string {
  return `${length} ${name}${length === 1 ? '' : 's'}`
}

function describeFinding(kind: string, { path, rule, detail, remedy }: MessageFinding): string {
  const place = path === '' ? '(message)' : path
  const said = [...detail.split('\n'), remedy].map((line) => `    ${line}`)
  const lines = [`${kind}  ${place}  [${rule}]`, ...said]
  // A key of the message may have anything in it: the terminal gets no control characters.
  return lines.map((line) => line.replace(/\p{Cc}/gu, '·')).join('\n')
}
