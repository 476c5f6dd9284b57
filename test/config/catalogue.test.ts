// Every service of the catalogue, as institutions rely on it: complete in two languages, with
// cases, a sample and golden files, and with names that no institution would choose by itself.
import { describe, expect, it } from 'vitest'
import { readService } from '../../src/config/catalogue.ts'
import { catalogueIndex, serviceOf } from '../../src/config/catalogue-index.ts'
import { readabilityOf } from '../../src/domain/gulpease.ts'
import { readConfig } from '../../src/offline.ts'

const services = await Promise.all([...catalogueIndex().keys()].map(readService))
const mappings = services.flatMap((service) => {
  return service.mappings.map((file) => ({ service, id: file.id, spec: file.spec }))
})

it('has the services that institutions begin with', () => {
  const names = ['appuntamenti', 'bollette', 'cie', 'dovuti', 'informazioni', 'mensa', 'multe']
  const more = ['pratiche', 'rimozione', 'scadenze', 'tari']
  expect(services.map(({ name }) => name)).toEqual([...names, ...more])
})

describe.each(services)('$name', ({ name, about, mappings: files, cases, problems }) => {
  it('is right by itself, and names each of its mappings', () => {
    expect(problems).toEqual([])
    expect(Object.keys(about.spec?.mappings ?? {}).sort()).toEqual(files.map(({ id }) => id))
    expect(cases.map(({ id }) => id)).toEqual(files.map(({ id }) => id))
  })

  it('calls its mappings by its own name and an aspect', () => {
    for (const { id } of files) {
      expect(id.startsWith(`${name}-`) && id.length > name.length + 1).toBe(true)
      expect(serviceOf(id)).toBe(name)
    }
  })
})

describe.each(mappings)('$id', ({ service, id, spec }) => {
  if (spec?.shape !== 'notice') throw new Error(`${id} makes no notices`)
  const ofMapping = service.cases.find((one) => one.id === id)?.spec?.cases ?? []

  it('has a series of its own name', () => {
    expect(spec.series).toBe(id)
  })

  it('says everything in Italian and English', () => {
    const { subject, markdown } = spec.notice
    const texts = [
      subject,
      markdown,
      ...spec.reminders.flatMap((one) => [one.subject, one.markdown]),
    ]
    for (const text of texts)
      expect(text).toEqual({ it: expect.any(String), en: expect.any(String) })
  })

  it('writes Italian that is easy to read', () => {
    for (const { markdown } of [spec.notice, ...spec.reminders]) {
      expect(readabilityOf(markdown.it)?.index ?? 100).toBeGreaterThanOrEqual(60)
    }
  })

  it('writes amounts and dates as each language has them', () => {
    for (const { subject, markdown } of [spec.notice, ...spec.reminders]) {
      expect(subject.it + markdown.it).not.toMatch(/\| (?:euro_en|date_en|euro_first)\b/)
      expect(`${subject.en}${markdown.en}`).not.toMatch(
        /\| (?:euro|euro_first|amount|date_(?!en)\w+)\b/,
      )
    }
  })

  it.runIf(spec.notice.payment)('tells who has paid that there is nothing to do', () => {
    for (const { markdown } of [spec.notice, ...spec.reminders]) {
      expect(markdown.it).toMatch(/[Hh]ai (?:già )?pagato.*[Ii]gnora questo messaggio/s)
      expect(markdown.en).toMatch(
        /(?:already paid|paid already|you pay a few days ago).*[Ii]gnore this message/s,
      )
    }
  })

  it('has a sample, and a golden file of it in both languages', () => {
    expect(service.samples).toContain(spec.sample)
    const ofSample = ofMapping.filter(({ file }) => file === spec.sample)
    expect(new Set(ofSample.map(({ language }) => language))).toEqual(new Set(['it', 'en']))
    for (const { expect: expected } of ofSample) {
      expect(service.goldens).toContain(expected.golden)
    }
  })
})

it('compiles whole in the example that has all of it, without any remark', async () => {
  const { config, problems } = await readConfig('config')
  const ours = problems.filter(({ file }) => /catalogue|unione/.test(file))
  expect(ours).toEqual([])
  const union = config?.institutions.find(({ id }) => id === 'unione-di-esempio')
  expect(union?.mappings.map(({ name }) => name)).toEqual(mappings.map(({ id }) => id).sort())
  expect(union?.mappings.every(({ home }) => home.isReady)).toBe(true)
})
