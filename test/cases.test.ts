// The cases of the examples and of the catalogue, each as it is run by `staffetta test`: together
// they reach every branch, and those of the catalogue protect every rule. No sample stands there
// without a mapping that reads it and a golden file that says what it gives.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readConfig } from '../src/offline.ts'
import { mutateMappings } from '../src/workbench/mutating.ts'
import { type MappingBranches, runCases } from '../src/workbench/testing.ts'

const directory = join(import.meta.dirname, '../config')
const { config, problems } = await readConfig(directory)
if (config === null) throw new Error(JSON.stringify(problems, null, 2))
const mappings = config.institutions.flatMap((institution) => institution.mappings)

it.each(mappings.map((mapping) => [`${mapping.institution}/${mapping.name}`, mapping] as const))(
  'every case of %s is as it should be, and every branch is in some case',
  async (_name, mapping) => {
    let said: MappingBranches | undefined
    const onBranches = (one: MappingBranches) => {
      said = one
    }
    const results = await Array.fromAsync(
      runCases(config, [mapping], { update: false, onBranches }),
    )
    expect(results.filter(({ outcome }) => outcome !== 'ok')).toEqual([])
    expect(results.length).toBeGreaterThan(0)
    expect(said?.branches.filter(({ isReached }) => !isReached)).toEqual([])
  },
)

const ready = mappings.filter(({ home }) => home.catalogue !== null)

it.each(ready.map((mapping) => [mapping.name, mapping] as const))(
  'no rule of %s can be taken away without a case that fails',
  async (_name, mapping) => {
    const { signal: stop } = new AbortController()
    const [mutated] = await Array.fromAsync(mutateMappings(config, [mapping], { stop }))
    expect(mutated).toMatchObject({ fault: null, unprotected: [] })
    expect(mutated?.protected).toBeGreaterThan(0)
  },
)

it.each(config.institutions.map(({ id }) => id))(
  'every sample of %s is read by a case with a golden file, or answers for its systems',
  (institution) => {
    const folder = join(directory, institution, 'samples')
    const samples = existsSync(folder) ? readdirSync(folder) : []
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
