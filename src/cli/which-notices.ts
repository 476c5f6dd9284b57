// Which notices a command is about: one by its number, its key or its notice number, all of a
// person, or a whole emission. Invariant: a fiscal code is never read from the arguments.
import { namesFiscalCode } from '../domain/fiscal-code.ts'
import { type App, type Given, textOption, UsageError } from './command.ts'
import { expectKnown, institutionsNamed } from './find-feed.ts'
import { readOneCode } from './fiscal-codes.ts'
import { numberOf } from './number.ts'

export type NoticeFilter = Parameters<App['store']['notices']['list']>[0]
export type NoticeName = NoticeFilter['name']

export const whichOptions = {
  id: { type: 'string' },
  notice: { type: 'string' },
  key: { type: 'string' },
  emission: { type: 'string' },
  recipient: { type: 'string' },
  institution: { type: 'string' },
  series: { type: 'string' },
} as const

export const whichHelp = `
WHICH is one of
  --notice NUMBER   the notice number of pagoPA, 18 digits
  --key KEY         the key of the record, its fields joined with "|"; - reads it from a pipe
  --emission NAME   all of an emission, as the mapping's \`facets.emission\` says
  --recipient -     all of a person: the fiscal code is typed, unseen, or read from standard input
  --id N            the number that \`notices show\` gives
and may be narrowed by --institution NAME and --series NAME`

const names = ['notice', 'key', 'emission', 'recipient', 'id'] as const

/** What was meant, checked before anything is opened; it may ask at the terminal. */
export async function whichOf(given: Given): Promise<NoticeFilter> {
  const said = names.filter((name) => textOption(given, name) !== null)
  const [way] = said
  if (way === undefined || said.length > 1) {
    throw new UsageError(`say which notices, in one way: --${names.join(', --')}`)
  }
  const name = await nameOf(way, textOption(given, way) as string)
  const [institution, series] = [textOption(given, 'institution'), textOption(given, 'series')]
  return { name, institution, series }
}

async function nameOf(way: (typeof names)[number], typed: string): Promise<NoticeName> {
  switch (way) {
    case 'id':
      return { by: 'id', id: numberOf(typed, 'a notice’s number here; --notice takes pagoPA’s') }
    case 'notice':
      if (/^[0-3]\d{17}$/.test(typed)) return { by: 'noticeNumber', noticeNumber: typed }
      throw new UsageError('--notice takes 18 digits that begin with 0, 1, 2 or 3')
    case 'key':
      return { by: 'key', key: typed === '-' ? await readKey() : clearOf(way, typed) }
    case 'emission':
      return { by: 'emission', emission: clearOf(way, typed) }
    case 'recipient':
      if (typed === '-') return { by: 'recipient', fiscalCode: await readOneCode() }
      throw new UsageError(
        'a fiscal code in the command line stays in the history of the shell: say --recipient -, ' +
          'then type it or pipe it in',
      )
  }
}

function clearOf(way: string, typed: string): string {
  if (!namesFiscalCode(typed)) return typed
  const instead = way === 'key' ? '--key - reads it from standard input' : 'say --recipient -'
  throw new UsageError(
    `--${way} names a fiscal code, which stays in the history of the shell: ${instead}`,
  )
}

const MOST_KEY_BYTES = 10_000

async function readKey(): Promise<string> {
  let text = ''
  for await (const piece of process.stdin) {
    text += piece
    if (text.length > MOST_KEY_BYTES) throw new UsageError('that is no key of a record')
  }
  return text.replace(/\r?\n$/, '')
}

/** Throws `UsageError` with the nearest name, where the configuration has no such institution. */
export function checkNames({ config }: App, { institution, series }: NoticeFilter): void {
  institutionsNamed(config, institution)
  const known = config.institutions.flatMap(({ mappings }) =>
    mappings.flatMap(({ spec }) => (spec.shape === 'notice' ? spec.series : [])),
  )
  if (series !== null) expectKnown('series', series, known)
}
