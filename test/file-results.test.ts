// The rest of a drop, written beside its result file by a connector to files.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import folder from '../connectors/folder/index.ts'
import type { SourcePart } from '../src/connector.ts'
import { isRestName, restName } from '../src/file-names.ts'
import { collect, contextFor, sourceErrorOf } from './contract/connector.ts'
import { reportOf } from './contract/report.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'staffetta-results-'))
})
afterEach(() => rm(root, { recursive: true }))

const key = 'bollette.zip/3/2026-03-01T10:00:00Z'
const context = () => contextFor(folder, { directory: root, pattern: '*', stabilitySeconds: 0 })
const namesThere = async () => (await readdir(root)).sort()

function partOf(name: string, text: string): SourcePart {
  async function* bytes() {
    yield Buffer.from(text)
  }
  return { name, mediaType: 'application/octet-stream', bytes: bytes() }
}

async function report(parts: () => SourcePart[] | null, dropKey = key) {
  await folder.writeBack!(context(), { ...reportOf(dropKey, 'esiti'), rest: async () => parts() })
}

describe('the rest of a drop', () => {
  it('stands beside the result file, with those of its companions, and is no drop', async () => {
    await report(() => [partOf('bollette.zip', 'zip'), partOf('contatti.csv', 'csv')])
    const names = ['bollette.esiti.csv', 'bollette.resto.zip', 'contatti.resto.csv']
    expect(await namesThere()).toEqual(names)
    expect(await readFile(join(root, 'bollette.resto.zip'), 'utf8')).toBe('zip')
    expect(await collect(folder, context())).toEqual([])
  })

  it('is written once however often it is asked for', async () => {
    for (const _try of [1, 2]) await report(() => [partOf('bollette.zip', 'zip')])
    expect(await namesThere()).toEqual(['bollette.esiti.csv', 'bollette.resto.zip'])
  })

  it('never replaces the rest of another drop', async () => {
    await report(() => [partOf('bollette.zip', 'first')])
    await report(() => [partOf('bollette.zip', 'second')], key.replace('03-01', '04-01'))
    expect(await readFile(join(root, 'bollette.resto.zip'), 'utf8')).toBe('first')
    const own = 'bollette.zip.20260401T100000Z-3.resto.zip'
    expect(await readFile(join(root, own), 'utf8')).toBe('second')
    expect(await collect(folder, context())).toEqual([])
  })

  it('is not written where there is none', async () => {
    await report(() => null)
    expect(await namesThere()).toEqual(['bollette.esiti.csv'])
  })

  it('never leaves its directory', async () => {
    await writeFile(join(root, 'kept'), '')
    const parts = () => [partOf('../escaped.csv', 'x')]
    const error = await sourceErrorOf(report(parts))
    expect(error).toMatchObject({ code: 'SRC_RESULT', retry: false })
  })
})

describe('the name of a rest', () => {
  it('keeps the ending, also of what is packed', () => {
    expect(['a.csv', 'lotto.csv.gz', 'a', '.a', 'a.tar.gz'].map((name) => restName(name))).toEqual([
      'a.resto.csv',
      'lotto.resto.csv.gz',
      'a.resto',
      '.a.resto',
      'a.resto.tar.gz',
    ])
  })

  it('is always one that polls know', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (name, stem) => {
        expect(isRestName(restName(name))).toBe(true)
        expect(isRestName(restName(name, stem))).toBe(true)
      }),
    )
  })
})
