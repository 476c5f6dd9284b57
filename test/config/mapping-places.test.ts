// Where a part of a mapping stands, which may be written in two files.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findPlaces } from '../../src/config/mapping-places.ts'

let directory: string
let own: string
let base: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staffetta-places-'))
  own = join(directory, 'own.yaml')
  base = join(directory, 'base.yaml')
  await writeFile(own, 'catalogue: base\nnotice:\n  subject: { it: "Un titolo" }\n')
  await writeFile(
    base,
    'shape: notice\nskip:\n  - when: a\n    because: b\nnotice:\n  markdown:\n    it: |\n' +
      '      Uno\n      due\n',
  )
})
afterAll(() => rm(directory, { recursive: true }))

it('is looked for in the first file that has it', async () => {
  const placeOf = await findPlaces({ files: [own, base] })
  expect(placeOf(['notice', 'subject', 'it'])).toEqual({ file: own, line: 3 })
  expect(placeOf(['skip', 0, 'because'])).toEqual({ file: base, line: 4 })
  expect(placeOf(['skip', 0])).toEqual({ file: base, line: 3 })
})

it('is the line of a text, and what holds it where it is not there', async () => {
  const placeOf = await findPlaces({ files: [own, base] })
  expect(placeOf(['notice', 'markdown', 'it'], 2, 1)).toEqual({ file: base, line: 9 })
  expect(placeOf(['action', 'cancel', 0])).toEqual({ file: base, line: 1 })
  expect((await findPlaces({ files: [] }))(['a'])).toEqual({ file: '', line: null })
})
