// Archives as they are written: what every program reads, the same bytes each time, and no byte of
// one that a plain ZIP cannot count.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openZip } from '../../src/archive/zip.ts'
import { type PackedFile, packed, zipStream } from '../../src/archive/zip-writer.ts'
import { bytesOf, partOf } from './given.ts'

const place = { date: 0x5821, time: 0x4000 }

function opened(content: Uint8Array) {
  return async function* () {
    for (let at = 0; at < content.length; at += 100) yield content.subarray(at, at + 100)
  }
}

const fileOf = (name: string, content: Uint8Array) => packed({ name, ...place }, opened(content))

it('what was written is read again, whatever it is', async () => {
  const contents = fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(contents, async (all) => {
      const files = await Promise.all(all.map((bytes, index) => fileOf(`è/${index}`, bytes)))
      const written = await bytesOf(zipStream(files))
      expect((await bytesOf(zipStream(files))).equals(written)).toBe(true)
      const zip = await openZip(partOf('a.zip', written))
      expect(zip.files.map(({ name }) => name)).toEqual(all.map((_, index) => `è/${index}`))
      for (const [index, bytes] of all.entries()) {
        expect((await bytesOf(zip.extract(`è/${index}`))).equals(bytes)).toBe(true)
      }
    }),
    { numRuns: 30 },
  )
})

it('a member goes from one archive to another as it is compressed, with its date', async () => {
  const first = await bytesOf(zipStream([await fileOf('a', randomBytes(5000))]))
  const zip = await openZip(partOf('a.zip', first))
  expect((await bytesOf(zipStream([zip.packed('a')]))).equals(first)).toBe(true)
  expect(zip.packed('a')).toMatchObject(place)
})

it('an archive that a plain ZIP cannot count is refused before anything is read', async () => {
  const never: PackedFile = {
    ...{ name: 'a', ...place, method: 8, crc32: 0, bytes: 1, packedBytes: 1 },
    open: () => {
      throw new Error('it was read')
    },
  }
  const tooMany = Array.from({ length: 65_536 }, () => never)
  const refused = expect.objectContaining({ code: 'REST_BOUNDS' })
  expect(() => zipStream(tooMany)).toThrow(refused)
  expect(() => zipStream([{ ...never, bytes: 2 ** 32 }])).toThrow(refused)
  expect(() => zipStream([never, { ...never, packedBytes: 2 ** 32 - 100 }])).toThrow(refused)
})
