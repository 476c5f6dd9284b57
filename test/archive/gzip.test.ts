// gzip as a stream: what comes out is what went in, and bombs stop at their bounds.
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gunzip } from '../../src/archive/gzip.ts'
import { bytesOf } from './given.ts'

async function* piecesOf(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('a gzip stream', () => {
  it('gives what went in, however it is cut', async () => {
    const document = fc.uint8Array({ maxLength: 50_000 })
    await fc.assert(
      fc.asyncProperty(document, fc.integer({ min: 1, max: 5000 }), async (bytes, size) => {
        const content = await bytesOf(gunzip('a', piecesOf(gzipSync(bytes), size)))
        expect(content.equals(bytes)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })
  const zeros = gzipSync(Buffer.alloc(2_000_000))
  const bounds = { totalBytes: 10_000_000, ratio: 200, ratioAboveBytes: 1_000_000 }

  it('ends where it gives more for each byte than data does', async () => {
    const content = bytesOf(gunzip('a', piecesOf(zeros, 100), bounds))
    await expect(content).rejects.toMatchObject({ code: 'DROP_GZIP' })
  })
  it('ends where it gives more than the bound in all', async () => {
    const small = { ...bounds, ratio: 10_000, totalBytes: 1_500_000 }
    const content = bytesOf(gunzip('a', piecesOf(zeros, 100), small))
    await expect(content).rejects.toMatchObject({ code: 'DROP_GZIP' })
  })
  it('may give as much as it likes while that is little', async () => {
    const lenient = { ...bounds, ratioAboveBytes: 5_000_000 }
    expect(await bytesOf(gunzip('a', piecesOf(zeros, 100), lenient))).toHaveLength(2_000_000)
  })
  it('cut short is refused after what came before the cut', async () => {
    const noise = Buffer.from(Array.from({ length: 100_000 }, (_, n) => (n * n * 7919) % 251))
    const content = bytesOf(gunzip('a', piecesOf(gzipSync(noise).subarray(0, -20), 100)))
    await expect(content).rejects.toMatchObject({ code: 'DROP_GZIP' })
  })
})
