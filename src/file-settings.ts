// The settings that every connector to files has, and the rules between them.
// Part of the public surface of connectors, beside `file-drops.ts`, which says what they mean.
import { z } from 'zod'
import { groupsOf, isNamePattern } from './domain/name-pattern.ts'

const directoryPath = z.string().min(1).max(1000)
const bounded = (min: number, max: number, usual: number) =>
  z.int().min(min).max(max).default(usual)
const namePattern = () =>
  z
    .string()
    .max(200)
    .regex(/^[^/\\]+$/, 'a pattern for the name of a file, without directories')
    .refine(isNamePattern, 'braces hold a name, or a name and a date: `{lotto}`, `{mese:yyyyMM}`')

/** The settings that every connector to files has: spread them into its strict object. */
export const fileFields = {
  directory: directoryPath.describe('Where the files arrive.'),
  pattern: namePattern().describe(
    'Which files are taken: `*` stands for any text, `?` for one character, `{name}` for some ' +
      'text that `companions` and `orderBy` can name, `{name:yyyyMMdd}` for a date.',
  ),
  orderBy: z
    .array(z.string().max(50))
    .max(5)
    .default([])
    .describe('Names of the pattern by which files are taken in order; then the oldest first.'),
  companions: z
    .array(namePattern())
    .max(10)
    .default([])
    .describe(
      'Patterns of files that belong to a file and come in the same drop, such as ' +
        '`contatti-{mese:yyyyMM}.csv`: what both patterns name must be the same.',
    ),
  companionMinutes: bounded(0, 10_080, 60).describe(
    'How old a file gets while its companions are waited for.',
  ),
  withoutCompanions: z
    .enum(['report', 'take'])
    .default('report')
    .describe('After that time: `report` leaves the file and says so, `take` takes it alone.'),
  stabilitySeconds: bounded(0, 3600, 30).describe(
    'A file is taken when it did not change for so long; 0 takes it at first sight.',
  ),
  doneMarker: z
    .string()
    .regex(/^[^/\\]{1,50}$/, 'an ending such as `.done`')
    .optional()
    .describe('Takes `NAME` only when a file `NAME` + this ending stands beside it.'),
  after: z
    .enum(['leave', 'move', 'delete'])
    .default('leave')
    .describe('What becomes of a file once it is saved: `leave`, `move` or `delete`.'),
  archiveDirectory: directoryPath
    .optional()
    .describe('Where `after: move` moves saved files; it must exist, on the same file system.'),
  resultsDirectory: directoryPath
    .optional()
    .describe('Where result files are written; by default where the files arrive.'),
  resultSuffix: z
    .string()
    .regex(/^\.[^/\\]{1,49}$/, 'an ending that begins with a dot')
    .default('.esiti.csv')
    .describe('How result files end; files with this ending are never taken.'),
  maxFileBytes: bounded(1, 2 ** 40, 2 ** 31).describe('A larger file stays, and is reported.'),
  maxFilesPerPoll: bounded(1, 10_000, 1000).describe(
    'How many files one poll takes at most, without companions; the next poll goes on.',
  ),
}

export type FileSettings = z.infer<z.ZodObject<typeof fileFields>>

/** The rules between settings, for `.superRefine(checkFileSettings)`. */
export function checkFileSettings(settings: FileSettings, context: z.RefinementCtx): void {
  const { after, archiveDirectory, directory, pattern, orderBy } = settings
  const problem = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message })
  if (after === 'move' && (archiveDirectory === undefined || archiveDirectory === directory)) {
    const message = '`after: move` needs an archiveDirectory, and another one than `directory`'
    problem('archiveDirectory', message)
  }
  const named = isNamePattern(pattern) ? groupsOf(pattern) : []
  for (const name of orderBy.filter((name) => !named.includes(name))) {
    problem(
      'orderBy',
      `the pattern does not name \`${name}\`; it names: ${named.join(', ') || '-'}`,
    )
  }
}
