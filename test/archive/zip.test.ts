// ZIP archives: the good ones in every shape, and each bad one refused with a code of its own,
// before more than its index has been read. Bad archives are good ones with bytes changed by hand.
import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ZipEntry, zipOf, zipParts } from '../../scripts/zip-writer.ts'
import type { ZipSource } from '../../src/archive/byte-reader.ts'
import type { ZipBounds } from '../../src/archive/entry-check.ts'
import { openZip } from '../../src/archive/zip.ts'
import { DropError } from '../../src/mapping/drop-error.ts'
import { openMember } from './given.ts'

const csv = Buffer.from('A;B\n1;2\n')
const good: ZipEntry[] = [
  { name: 'bollette.csv', bytes: csv },
  { name: 'leggimi.txt', bytes: Buffer.from('ciao') },
]

/** Where things stand, from the start of an entry's header in the index. */
const CENTRAL = Buffer.from('PK\u0001\u0002', 'latin1')
const LOCAL = Buffer.from('PK\u0003\u0004', 'latin1')
const END = Buffer.from('PK\u0005\u0006', 'latin1')

function sourceOf(bytes: Buffer) {
  const reads: number[] = []
  const source: ZipSource = {
    bytes: bytes.length,
    async read(offset, length) {
      reads.push(length)
      return bytes.subarray(offset, offset + length)
    },
  }
  return { source, reads }
}

async function readMember(archive: Buffer, pattern = '*.csv', bounds: Partial<ZipBounds> = {}) {
  const { name, bytes, others } = await openMember(sourceOf(archive).source, pattern, bounds)
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return { name, text: Buffer.concat(chunks).toString(), others }
}

async function codeOf(archive: Buffer, pattern = '*.csv', bounds: Partial<ZipBounds> = {}) {
  const error = await readMember(archive, pattern, bounds).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(DropError)
  const { code, detail, remedy } = error as DropError
  expect(detail).not.toBe('')
  expect(remedy).not.toBe('')
  return code
}

/** A copy with some bytes of the first header of a kind changed. */
function changed(archive: Buffer, header: Buffer, at: number, bytes: number[]): Buffer {
  const copy = Buffer.from(archive)
  copy.set(bytes, copy.indexOf(header) + at)
  return copy
}

const named = (...names: string[]) => zipOf(names.map((name) => ({ name, bytes: csv })))
const uint32 = (value: number) => [...new Uint8Array(new Uint32Array([value]).buffer)]

describe('a member of a ZIP archive', () => {
  it('is read, with the names and sizes of the others', async () => {
    expect(await readMember(zipOf(good))).toEqual({
      name: 'bollette.csv',
      text: csv.toString(),
      others: ['leggimi.txt'],
    })
    expect((await openZip(sourceOf(zipOf(good)).source)).files).toEqual([
      { name: 'bollette.csv', bytes: csv.length },
      { name: 'leggimi.txt', bytes: 4 },
    ])
  })

  it('may be stored as it is, empty, or without an extension', async () => {
    expect((await readMember(zipOf([{ ...good[0]!, stored: true }]))).text).toBe(csv.toString())
    expect((await readMember(zipOf([{ name: 'a.csv', bytes: Buffer.alloc(0) }]))).text).toBe('')
    expect((await readMember(named('rubrica'), 'rubrica')).name).toBe('rubrica')
  })

  it('may have its sizes after its data, as streaming writers do', async () => {
    // Bit 3 of the flags, and a local header without sizes: the index has them.
    let archive = changed(zipOf(good), LOCAL, 6, [0x08, 0x08])
    archive = changed(archive, LOCAL, 14, new Array(12).fill(0))
    expect((await readMember(archive)).text).toBe(csv.toString())
  })

  it.each([
    ['*.csv', ['a.csv', 'a.txt'], 'a.csv'],
    ['*.CSV', ['a.csv', 'a.txt'], 'a.csv'],
    ['*.csv', ['export/a.csv'], 'export/a.csv'],
    ['export/*.csv', ['a.csv', 'export/a.csv'], 'export/a.csv'],
    ['TARI_????.csv', ['TARI_2026.csv', 'TARI_26.csv'], 'TARI_2026.csv'],
    ['a+(1).csv', ['a+(1).csv', 'aa1.csv'], 'a+(1).csv'],
    ['*.csv', ['a.csv', '__MACOSX/._a.csv'], 'a.csv'],
    ['*.csv', ['export/', 'export/a.csv'], 'export/a.csv'],
    ['*.csv', ['bollette è.csv'], 'bollette è.csv'],
  ])('is found by %s in %j', async (pattern, names, expected) => {
    expect((await readMember(named(...names), pattern)).name).toBe(expected)
  })

  it.each([
    ['*.csv', ['a.txt']],
    ['*.csv', ['a.csv', 'b.csv']],
    ['*.csv', ['.csv/x']],
    ['export/*.csv', ['a.csv']],
    ['*.csv', []],
  ])('must be the only one for %s in %j', async (pattern, names) => {
    expect(await codeOf(named(...names), pattern)).toBe('DROP_ZIP_MEMBER')
  })

  it('comes back byte for byte, whatever it holds', async () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 2000 }), fc.constant(randomBytes(700_000)))
    await fc.assert(
      fc.asyncProperty(bytes, fc.boolean(), async (content, stored) => {
        const archive = Buffer.concat([...zipParts([{ name: 'a', bytes: content, stored }])])
        const { bytes: read } = await openMember(sourceOf(archive).source, 'a')
        const chunks: Uint8Array[] = []
        for await (const chunk of read) chunks.push(chunk)
        expect(Buffer.concat(chunks).equals(content)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  it('of an archive of many entries is found in few reads of the source', async () => {
    const names = Array.from({ length: 5000 }, (_, index) => `allegati/${index}.pdf`)
    const { source, reads } = sourceOf(named('bollette.csv', ...names))
    const { others } = await openMember(source, '*.csv')
    expect(others).toHaveLength(5000)
    expect(reads.length).toBeLessThan(10)
  })
})

describe('an archive is refused', () => {
  it.each([
    '../../etc/x.csv',
    'a/../../x.csv',
    '/etc/x.csv',
    'C:x.csv',
    'c:/x.csv',
    '..\\x.csv',
    'a\\x.csv',
    'x\0.csv',
    '',
  ])('for the name %j, even of an entry that nobody asks for', async (name) => {
    expect(await codeOf(named('bollette.csv', name))).toBe('DROP_ZIP_ENTRY_NAME')
  })

  it('for two entries of the same name', async () => {
    expect(await codeOf(named('a.csv', 'x.txt', 'x.txt'))).toBe('DROP_ZIP_DUPLICATE')
  })

  it('for a symbolic link', async () => {
    let archive = changed(named('a.csv'), CENTRAL, 4, [20, 3])
    archive = changed(archive, CENTRAL, 38, uint32((0o120777 << 16) >>> 0))
    expect(await codeOf(archive)).toBe('DROP_ZIP_LINK')
  })

  it('for an encrypted entry', async () => {
    expect(await codeOf(changed(zipOf(good), CENTRAL, 8, [0x01, 0x08]))).toBe('DROP_ZIP_ENCRYPTED')
  })

  it('for a member that is an archive itself', async () => {
    expect(await codeOf(zipOf([{ name: 'a.zip', bytes: zipOf(good) }]), '*.zip')).toBe(
      'DROP_ZIP_NESTED',
    )
  })

  it('for a compression that is not known', async () => {
    expect(await codeOf(changed(zipOf(good), CENTRAL, 10, [14, 0]))).toBe('DROP_ZIP_METHOD')
  })

  it('for 100,000 entries, having read its end alone', async () => {
    // ZIP64's end, its locator and the plain end: the count is believed before any entry is read.
    const end64 = Buffer.alloc(56)
    end64.write('PK\u0006\u0006', 'latin1')
    end64.writeUInt32LE(100_000, 32)
    const locator = Buffer.alloc(20)
    locator.write('PK\u0006\u0007', 'latin1')
    const { source, reads } = sourceOf(Buffer.concat([end64, locator, zipOf([])]))
    await expect(openMember(source, '*.csv')).rejects.toMatchObject({ code: 'DROP_ZIP_BOUNDS' })
    expect(reads.length).toBeLessThan(4)
  })

  it('for more bytes than the bound, all entries together', async () => {
    const bounds = { totalBytes: csv.length + 3 }
    expect(await codeOf(zipOf(good), '*.csv', bounds)).toBe('DROP_ZIP_BOUNDS')
    const claimed = changed(zipOf(good), CENTRAL, 24, uint32(0xfffffffe))
    expect(await codeOf(claimed)).toBe('DROP_ZIP_BOUNDS')
  })

  it('for a bomb, before it is extracted', async () => {
    const bomb = zipOf([{ name: 'a.csv', bytes: Buffer.alloc(60 * 1024 ** 2) }])
    expect(bomb.length).toBeLessThan(100_000)
    expect(await codeOf(bomb)).toBe('DROP_ZIP_RATIO')
  })

  it('for a bomb that claims to be small, having extracted no more than it claims', async () => {
    const zeros = zipOf([{ name: 'a.csv', bytes: Buffer.alloc(20 * 1024 ** 2) }])
    const liar = changed(zeros, CENTRAL, 24, uint32(1000))
    let extracted = 0
    const reading = (async () => {
      const { bytes } = await openMember(sourceOf(liar).source, '*.csv')
      for await (const chunk of bytes) extracted += chunk.length
    })()
    await expect(reading).rejects.toMatchObject({ code: 'DROP_ZIP_DAMAGED' })
    expect(extracted).toBeLessThanOrEqual(1000)
  })

  it('when its content is not what its checksum says', async () => {
    expect(await codeOf(changed(zipOf(good), CENTRAL, 16, [1, 2, 3, 4]))).toBe('DROP_ZIP_DAMAGED')
  })

  it('when its content is not deflated data', async () => {
    const archive = zipOf(good)
    const data = deflateRawSync(csv)
    archive.set(
      data.map(() => 0xff),
      archive.indexOf(data),
    )
    expect(await codeOf(archive)).toBe('DROP_ZIP_DAMAGED')
  })

  it('when its content is shorter than the index says', async () => {
    const stored = zipOf([{ name: 'a.csv', bytes: csv, stored: true }])
    const longer = changed(stored, CENTRAL, 20, [...uint32(5000), ...uint32(5000)])
    expect(await codeOf(longer)).toBe('DROP_ZIP_DAMAGED')
  })

  it('when it is cut short anywhere', async () => {
    const archive = zipOf(good)
    for (let length = 0; length < archive.length; length++) {
      expect(await codeOf(archive.subarray(0, length)), `at ${length}`).toBe('DROP_ZIP_TRUNCATED')
    }
  })

  it('when its start is missing', async () => {
    expect(await codeOf(zipOf(good).subarray(10))).toMatch(/TRUNCATED|DAMAGED/)
  })

  it('when it is something else', async () => {
    expect(await codeOf(csv)).toBe('DROP_ZIP_TRUNCATED')
    expect(await codeOf(Buffer.concat([END, Buffer.alloc(18, 0xff)]))).toBe('DROP_ZIP_TRUNCATED')
  })
})

describe('a source that fails', () => {
  it('is not taken for a damaged archive, whenever it does', async () => {
    const many = Array.from({ length: 40 }, (_, at) => ({ name: `${at}.pdf`, bytes: csv }))
    const big = { name: 'a.csv', bytes: randomBytes(700_000) }
    const archive = Buffer.concat([...zipParts([...many, big])])
    const fault = new Error('the database is gone')
    let good = 0
    for (let reads = 0; good === 0; reads++) {
      let left = reads
      const source: ZipSource = {
        bytes: archive.length,
        async read(offset, length) {
          if (left-- === 0) throw fault
          return archive.subarray(offset, offset + length)
        },
      }
      const reading = (async () => {
        for await (const chunk of (await openMember(source, '*.csv')).bytes) good += chunk.length
      })()
      const error = await reading.then(
        () => null,
        (reason: unknown) => reason,
      )
      if (error === null) expect(reads).toBeGreaterThan(3)
      else {
        expect(error).toBe(fault)
        good = 0
      }
    }
    expect(good).toBe(700_000)
  })
})

describe('damaged archives', () => {
  it('always end in a DropError or in the right content', async () => {
    const archive = zipOf(good)
    const byte = fc.tuple(fc.nat(archive.length - 1), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(fc.array(byte, { minLength: 1, maxLength: 4 }), async (changes) => {
        const copy = Buffer.from(archive)
        for (const [at, value] of changes) copy[at] = value
        try {
          expect((await readMember(copy)).text).toBe(csv.toString())
        } catch (error) {
          if (!(error instanceof DropError)) throw error
        }
      }),
      { numRuns: 500 },
    )
  })
})
