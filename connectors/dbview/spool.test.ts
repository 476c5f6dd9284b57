// What is set aside: bytes come back as they were, in memory or out of it, and nobody else reads
// them.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { sourceErrorOf } from '../../test/contract/connector.ts'
import { Spool } from './spool.ts'

const megabyte = 2 ** 20

async function throughSpool(pieces: Uint8Array[]): Promise<Buffer> {
  await using spool = new Spool(100 * megabyte)
  for (const piece of pieces) await spool.add(piece)
  return Buffer.concat(await Array.fromAsync(spool.read()))
}

describe('a spool', () => {
  const directory = process.env['TMPDIR']
  afterEach(() => {
    if (directory === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = directory
  })

  it('gives back what was put into it, however much it is', async () => {
    const piece = fc.tuple(fc.integer({ min: 0, max: 3 * megabyte }), fc.nat(255))
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 5 }), async (sizes) => {
        const pieces = sizes.map(([size, value]) => Buffer.alloc(size, `${value},`))
        expect((await throughSpool(pieces)).equals(Buffer.concat(pieces))).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  it('writes few bytes nowhere', async () => {
    process.env['TMPDIR'] = '/not-there'
    expect((await throughSpool([Buffer.from('few')])).toString()).toBe('few')
  })

  it('writes many encrypted, to a file that has no name', async (test) => {
    if (process.platform !== 'linux') return test.skip('only here a process lists its open files')
    await using spool = new Spool(100 * megabyte)
    for (let at = 0; at < 30; at++) await spool.add(Buffer.alloc(100_000, 'RSSMRA80A01H501U'))
    const file = openFiles().find((link) => link.path.includes('/staffetta-'))
    expect(file?.path).toMatch(/ \(deleted\)$/)
    const written = readFileSync(file!.descriptor)
    expect(written.length).toBeGreaterThan(megabyte)
    expect(written.includes('RSSMRA')).toBe(false)
    const name = basename(file!.path).replace(' (deleted)', '')
    expect(readdirSync(tmpdir())).not.toContain(name)
  })

  it('refuses more than its bound, and tries again where there is no room', async () => {
    await using spool = new Spool(megabyte)
    const bound = await sourceErrorOf(spool.add(Buffer.alloc(megabyte + 1)))
    expect([bound.code, bound.retry]).toEqual(['SRC_VIEW_BOUNDS', false])
    expect(bound.message).toContain('1 MB')
    process.env['TMPDIR'] = '/not-there'
    const room = await sourceErrorOf(throughSpool([Buffer.alloc(2 * megabyte)]))
    expect([room.code, room.retry]).toEqual(['SRC_VIEW_BOUNDS', true])
    expect(room.message).toContain('TMPDIR')
  })
})

function openFiles(): { descriptor: string; path: string }[] {
  return readdirSync('/proc/self/fd').flatMap((name) => {
    const descriptor = `/proc/self/fd/${name}`
    try {
      return [{ descriptor, path: readlinkSync(descriptor) }]
    } catch {
      return [] // It was open for this listing alone.
    }
  })
}
