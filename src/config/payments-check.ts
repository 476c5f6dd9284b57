// What a feed says of the payments that its reminders rely on, beside the feeds that bring them.
// It works on the data as written. Invariant: reminders never rely on a feed that could not silence
// them.
import type { Problem } from '../domain/problem.ts'
import {
  checkName,
  type FeedFile,
  type InstitutionFiles,
  listAt,
  problemAt,
} from './cross-check.ts'
import { valueAt } from './shape.ts'
import { textAt } from './spec-file.ts'
import type { YamlFile } from './yaml-file.ts'

export function checkPayments({ file }: FeedFile, files: InstitutionFiles): Problem[] {
  const mapping = mappingOf(textAt(file, 'mapping'), files)
  const series = mapping && textAt(mapping.file, 'series')
  return [...listAt(file, 'payments').keys()].flatMap((index) => {
    const path = ['payments', index, 'feed']
    const names = files.feeds.map((one) => one.id)
    const problems = checkName(file, path, 'feed', names)
    const name = textAt(file, ...path)
    const named = files.feeds.find((one) => one.id === name)
    if (problems.length > 0 || named === undefined) return problems
    const source = mappingOf(textAt(named.file, 'mapping'), files)
    const shape = source && textAt(source.file, 'shape')
    if (!source || !shape) return []
    const say = (severity: Problem['severity'], message: string, hint: string) =>
      problemAt(file, path, 'CFG_VALUE', severity, message, hint)
    if (shape !== 'settlement' && !saysWhatIsPaid(source)) {
      const message = `the mapping of "${name}" is of shape ${shape}: it says nothing of payments`
      const hint =
        'name a feed of settlements; or one whose own records say it, by `missing` or `action`'
      return [say('error', message, hint)]
    }
    const said = valueAt(source.file.data, ['series'])
    const settled: unknown[] = Array.isArray(said) ? said : [said]
    if (series && !settled.includes(series)) {
      const message = `"${name}" settles nothing of the series "${series}", whose reminders rely on it`
      const hint = `add the series to mappings/${source.id}.yaml, or name another feed`
      return [say('error', message, hint)]
    }
    if (valueAt(named.file.data, ['schedule']) !== undefined) return []
    const message = `"${name}" has no schedule: its payments grow old, and reminders are held`
    return [say('warning', message, 'give it a schedule, or collect it by hand in time')]
  })
}

/** A snapshot of what is still to be paid, or records that say of themselves that they are. */
function saysWhatIsPaid({ file }: { file: YamlFile }): boolean {
  const isSaid = (key: string) => valueAt(file.data, [key]) !== undefined
  return textAt(file, 'shape') === 'notice' && (isSaid('missing') || isSaid('action'))
}

function mappingOf(id: string | null, { mappings }: InstitutionFiles) {
  return mappings.find((mapping) => mapping.id === id)
}
