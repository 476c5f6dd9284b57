// Archives made to do harm, and odd ones that are not: each of the first is refused with a code of
// its own, having read little and held little; nothing is written anywhere.
import { describe, expect, it } from 'vitest'
import type { ZipSource } from '../../src/archive/byte-reader.ts'
import { DropError } from '../../src/mapping/drop-error.ts'
import { openMember } from './given.ts'
import { entryOf, type RawArchive, type RawEntry, rawZip, zeros } from './raw-zip.ts'

const MiB = 1024 ** 2
const csv = Buffer.from('A;B\n1;2\n')
const good = entryOf('a.csv', csv)
const other = entryOf('b.txt', Buffer.from('ciao'))

function counted(bytes: Buffer) {
  const seen = { bytesRead: 0 }
  const source: ZipSource = {
    bytes: bytes.length,
    async read(offset, length) {
      const read = bytes.subarray(offset, offset + length)
      seen.bytesRead += read.length
      return read
    },
  }
  return { source, seen }
}

async function textOf(archive: Buffer): Promise<string> {
  const { bytes } = await openMember(counted(archive).source, '*.csv')
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** The code that reading ends with, and what it took to know. */
async function refusalOf(archive: Buffer) {
  const { source, seen } = counted(archive)
  let extracted = 0
  let mostResident = 0
  const before = process.memoryUsage.rss()
  const reading = (async () => {
    const { bytes } = await openMember(source, '*.csv')
    for await (const chunk of bytes) {
      extracted += chunk.length
      mostResident = Math.max(mostResident, process.memoryUsage.rss() - before)
    }
  })()
  const error = await reading.then(
    () => null,
    (reason: unknown) => reason,
  )
  mostResident = Math.max(mostResident, process.memoryUsage.rss() - before)
  if (!(error instanceof DropError)) throw new Error('no DropError', { cause: error })
  expect(error.remedy).not.toBe('')
  return { code: error.code, extracted, mostResident, bytesRead: seen.bytesRead }
}

/** The same kernel of data named by many entries, as one file of 42 kB can hold 4 PB. */
function overlapping(count: number): RawEntry[] {
  const kernel = zeros('0.csv', 16 * MiB)
  const copies = Array.from({ length: count - 1 }, (_, at) => ({
    ...kernel,
    name: `${at + 1}.bin`,
    data: Buffer.alloc(0),
    claimedCompressed: kernel.data.length,
    claimedOffset: 0,
  }))
  return [kernel, ...copies]
}

/** Each entry's data holds the headers of those after it, up to the one kernel at the end. */
function quoted(): RawEntry[] {
  const kernel = zeros('c.csv', 16 * MiB)
  const quoting = ['a.bin', 'b.bin'].map((name) => ({
    ...entryOf(name, Buffer.alloc(0)),
    claimedCompressed: 500,
  }))
  return [...quoting, kernel]
}

/** An archive whose comment is another, of which only the last end can be right. */
function withArchiveInComment(): Buffer {
  const outer = rawZip([good])
  const inner = rawZip([entryOf('a.csv', Buffer.from('ALTRO'))], { before: outer })
  return Buffer.concat([outer, inner.subarray(outer.length)])
}

describe('a hostile archive', () => {
  it.each<[string, Buffer, string]>([
    ['of entries that share all their bytes', rawZip(overlapping(250)), 'DROP_ZIP_OVERLAP'],
    ['of entries that quote each other', rawZip(quoted()), 'DROP_ZIP_OVERLAP'],
    [
      'of 10 GB of zeros',
      rawZip([zeros('a.csv', 10_240 * MiB, { zip64: true })]),
      'DROP_ZIP_BOUNDS',
    ],
    ['of 3 GB of zeros', rawZip([zeros('a.csv', 3072 * MiB)]), 'DROP_ZIP_RATIO'],
    [
      'of 10 GB that claim to be 40 MB',
      rawZip([zeros('a.csv', 10_240 * MiB, { claimedBytes: 40 * MiB })]),
      'DROP_ZIP_DAMAGED',
    ],
    [
      'of 100,000 entries',
      rawZip([good], { zip64: true, claimedCount: 100_000 }),
      'DROP_ZIP_BOUNDS',
    ],
    ['of 4 EB', rawZip([{ ...good, claimedBytes: 2 ** 52, zip64: true }]), 'DROP_ZIP_BOUNDS'],
    [
      'with an index that counts too few',
      rawZip([other, good], { claimedCount: 1 }),
      'DROP_ZIP_INDEX',
    ],
    ['with an index that counts none', rawZip([good], { claimedCount: 0 }), 'DROP_ZIP_INDEX'],
    [
      'with an index that counts too many',
      rawZip([good], { claimedCount: 3 }),
      'DROP_ZIP_TRUNCATED',
    ],
    ['with an index elsewhere', rawZip([good], { claimedIndexOffset: 3 }), 'DROP_ZIP_TRUNCATED'],
    [
      'with an index beyond the end',
      rawZip([good], { claimedIndexOffset: 1e6 }),
      'DROP_ZIP_TRUNCATED',
    ],
    ['with an entry elsewhere', rawZip([good, { ...other, claimedOffset: 7 }]), 'DROP_ZIP_OVERLAP'],
    [
      'with its entry where none begins',
      rawZip([other, { ...good, claimedOffset: 36 + other.data.length }]),
      'DROP_ZIP_DAMAGED',
    ],
    [
      'with an entry beyond the end',
      rawZip([other, { ...good, claimedOffset: 1e6 }]),
      'DROP_ZIP_DAMAGED',
    ],
    [
      'with more data than there is',
      rawZip([{ ...good, claimedCompressed: 1e6 }]),
      'DROP_ZIP_DAMAGED',
    ],
    [
      'that unpacks to more than it says',
      rawZip([{ ...good, claimedBytes: 5 }]),
      'DROP_ZIP_DAMAGED',
    ],
    [
      'that unpacks to less than it says',
      rawZip([{ ...good, claimedBytes: 50 }]),
      'DROP_ZIP_DAMAGED',
    ],
    ['with a false end in its comment', withComment(rawZip([good])), 'DROP_ZIP_TRUNCATED'],
    ['with an archive in its comment', withArchiveInComment(), 'DROP_ZIP_INDEX'],
    ['after a program', rawZip([good], { before: Buffer.from('MZ program') }), 'DROP_ZIP_INDEX'],
    ['with strong encryption', rawZip([{ ...good, flags: 0x41 }]), 'DROP_ZIP_ENCRYPTED'],
    ['encrypted with AES', rawZip([{ ...good, flags: 1, method: 99 }]), 'DROP_ZIP_ENCRYPTED'],
    ['deflated in 64 kB', rawZip([{ ...good, method: 9 }]), 'DROP_ZIP_METHOD'],
    ['packed with BZIP2', rawZip([{ ...good, method: 12 }]), 'DROP_ZIP_METHOD'],
    ['packed with LZMA', rawZip([{ ...good, method: 14 }]), 'DROP_ZIP_METHOD'],
    ['without entries', rawZip([]), 'DROP_ZIP_MEMBER'],
    ['within an archive, six times', nested(6), 'DROP_ZIP_MEMBER'],
  ])('%s is refused, having unpacked and held little', async (_, archive, code) => {
    const refusal = await refusalOf(archive)
    expect(refusal.code).toBe(code)
    expect(refusal.extracted).toBeLessThanOrEqual(40 * MiB)
    expect(refusal.mostResident).toBeLessThan(50 * MiB)
    if (refusal.extracted === 0) expect(refusal.bytesRead).toBeLessThan(2 * MiB)
  })
})

/** An end of archive that fits the comment which holds it, but no index. */
function withComment(archive: Buffer): Buffer {
  const comment = archive.subarray(-22)
  const claiming = Buffer.from(archive)
  claiming.writeUInt16LE(comment.length, archive.length - 2)
  const falseEnd = Buffer.from(comment)
  falseEnd.writeUInt32LE(1, 16)
  return Buffer.concat([claiming, falseEnd])
}

function nested(times: number): Buffer {
  let archive = rawZip([good])
  for (let depth = 1; depth < times; depth++) archive = rawZip([entryOf(`${depth}.zip`, archive)])
  return archive
}

describe('an odd archive is read', () => {
  it.each<[string, RawEntry[], RawArchive]>([
    [
      'in the form of ZIP64',
      [
        { ...other, zip64: true },
        { ...good, zip64: true },
      ],
      { zip64: true },
    ],
    ['with ZIP64 in its entries alone', [{ ...good, zip64: true }], {}],
    ['with sizes after the data', [{ ...good, describedAfter: true }, other], {}],
    ['with a comment', [good, other], { comment: Buffer.from('fatto dal programma') }],
    ['with an index in another order', [other, good], {}],
    ['that holds a folder', [entryOf('dati/', Buffer.alloc(0)), entryOf('dati/a.csv', csv)], {}],
    ['of an entry in no bytes', [entryOf('vuoto.txt', Buffer.alloc(0)), good], {}],
  ])('%s', async (_, entries, archive) => {
    expect(await textOf(rawZip(entries, archive))).toBe(csv.toString())
  })

  it('with its index in another order than its entries', async () => {
    const archive = rawZip([other, good])
    const at = archive.indexOf('PK\x01\x02', 'latin1')
    const length = (archive.length - 22 - at) / 2
    const swapped = Buffer.concat([
      archive.subarray(0, at),
      archive.subarray(at + length, at + 2 * length),
      archive.subarray(at, at + length),
      archive.subarray(-22),
    ])
    expect(await textOf(swapped)).toBe(csv.toString())
  })
})
