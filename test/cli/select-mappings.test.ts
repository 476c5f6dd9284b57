import { expect, it } from 'vitest'
import { isCatalogue, selectMappings } from '../../src/cli/select-mappings.ts'
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
  for (const name of ['comune-di-esempio', 'config/comune-di-esempio/']) {
    expect(chosen(name)).toEqual(all)
  }
  const others = config.institutions[1]?.mappings.map(({ name }) => name) ?? []
  expect(chosen(null)).toEqual([...(all ?? []), ...others])
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

it('chooses ready-made mappings by the folder of their service, or by their own file', () => {
  expect(chosen('src/catalogue/tari')).toEqual(['tari-avviso', 'tari-rimborso'])
  const file = 'src/catalogue/tari/mappings/tari-avviso.cases.yaml'
  expect(chosen(file)).toEqual(['tari-avviso'])
  const [mapping] = selectMappings(config, file)
  if (mapping === undefined) throw new Error('it is not there')
  expect(isCatalogue(mapping, file)).toBe(true)
  expect(isCatalogue(mapping, 'tari-avviso')).toBe(false)
})

it('chooses ready-made mappings by the name of their service, and all by the catalogue', () => {
  for (const name of ['rimozione', 'unione-di-esempio/rimozione']) {
    expect(chosen(name)).toEqual(['rimozione-pagamento', 'rimozione-veicolo'])
  }
  const ready = selectMappings(config, 'src/catalogue')
  expect(new Set(ready.map(({ name }) => name)).size).toBe(ready.length)
  expect(ready.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['cie-scadenza', 'tari-avviso']),
  )
  expect(ready.every((mapping) => isCatalogue(mapping, 'src/catalogue'))).toBe(true)
  expect(ready.some((mapping) => isCatalogue(mapping, 'cie'))).toBe(false)
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
