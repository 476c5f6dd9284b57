// The cases of the example municipality, each as it is run by `staffetta test`, and the rule that
// no sample stands there without a mapping that reads it and a golden file that says what it gives.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readConfig } from '../src/offline.ts'
import { runCases } from '../src/testing.ts'

const directory = join(import.meta.dirname, '../config')
const { config, problems } = await readConfig(directory)
if (config === null) throw new Error(JSON.stringify(problems, null, 2))
const mappings = config.institutions.flatMap((institution) => institution.mappings)

it.each(mappings.map((mapping) => [`${mapping.institution}/${mapping.name}`, mapping] as const))(
  'every case of %s is as it should be',
  async (_name, mapping) => {
    const results = await Array.fromAsync(runCases(config, [mapping], { update: false }))
    expect(results.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
    expect(results.length).toBeGreaterThan(0)
  },
)

it.each(config.institutions.map(({ id }) => id))(
  'every sample of %s is read by a case with a golden file, or answers for its systems',
  (institution) => {
    const samples = readdirSync(join(directory, institution, 'samples'))
    const cases = mappings
      .filter((mapping) => mapping.institution === institution)
      .flatMap((mapping) => mapping.cases.map(({ spec }) => spec))
    const read = new Set(
      cases.flatMap(({ file, references, expect: { golden } }) =>
        golden ? [file, ...Object.values(references)] : [],
      ),
    )
    expect(samples.filter((sample) => !read.has(sample))).toEqual([])
  },
)
