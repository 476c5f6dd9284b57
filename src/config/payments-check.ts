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

export function checkPayments({ file, id }: FeedFile, files: InstitutionFiles): Problem[] {
  const others = files.feeds.filter((one) => one.id !== id)
  const mapping = mappingOf(textAt(file, 'mapping'), files)
  const series = mapping && textAt(mapping.file, 'series')
  return [...listAt(file, 'payments').keys()].flatMap((index) => {
    const path = ['payments', index, 'feed']
    const names = others.map((one) => one.id)
    const problems = checkName(file, path, 'other feed', names)
    const name = textAt(file, ...path)
    const named = others.find((one) => one.id === name)
    if (problems.length > 0 || named === undefined) return problems
    const source = mappingOf(textAt(named.file, 'mapping'), files)
    const shape = source && textAt(source.file, 'shape')
    if (!source || !shape) return []
    const say = (severity: Problem['severity'], message: string, hint: string) =>
      problemAt(file, path, 'CFG_VALUE', severity, message, hint)
    if (shape !== 'settlement') {
      const message = `the mapping of "${name}" is of shape ${shape}: it says nothing of payments`
      return [say('error', message, 'name a feed whose mapping is of shape settlement')]
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

function mappingOf(id: string | null, { mappings }: InstitutionFiles) {
  return mappings.find((mapping) => mapping.id === id)
}
