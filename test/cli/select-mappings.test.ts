import { expect, it } from 'vitest'
import { selectMappings } from '../../src/cli/select-mappings.ts'
import { readConfig } from '../../src/offline.ts'

const { config, problems } = await readConfig('config')
if (config === null) throw new Error(JSON.stringify(problems))

const chosen = (typed: string | null) => selectMappings(config, typed).map(({ name }) => name)

it('chooses one mapping by its name, its path or one of its files', () => {
  const names = [
    ...['mensa', 'comune-di-esempio/mensa', './config/comune-di-esempio/mappings/mensa.yaml'],
    'config/comune-di-esempio/mappings/mensa.cases.yaml',
  ]
  for (const name of names) expect(chosen(name)).toEqual(['mensa'])
})

it('chooses all of an institution by its name or its folder', () => {
  const all = config.institutions[0]?.mappings.map(({ name }) => name)
  for (const name of ['comune-di-esempio', 'config/comune-di-esempio/', null]) {
    expect(chosen(name)).toEqual(all)
  }
})

it('never guesses: an unknown name is answered with the nearest one', () => {
  expect(() => chosen('menza')).toThrow(
    'there is no institution and no mapping "menza": did you mean "mensa"?',
  )
  expect(() => chosen('comune-di-esempio/menza')).toThrow('"comune-di-esempio/mensa"?')
  expect(() => chosen('config/comune-di-esempio/feeds/mensa.yaml')).toThrow(
    'is no mapping of the configuration config',
  )
})

it('asks which one is meant where two institutions have the name', () => {
  const [owner] = config.institutions
  if (owner === undefined) throw new Error('the example has no institution')
  const mappings = owner.mappings.map((mapping) => ({ ...mapping, institution: 'unione' }))
  const two = { ...config, institutions: [owner, { ...owner, id: 'unione', mappings }] }
  expect(() => selectMappings(two, 'mensa')).toThrow(
    'several institutions have it: comune-di-esempio/mensa, unione/mensa',
  )
  expect(selectMappings(two, 'unione/mensa')).toHaveLength(1)
})
