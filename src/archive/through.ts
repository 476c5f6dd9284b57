// Bytes through a stream of zlib, or through a cut, as they are asked for. Invariant: a fault of
// what is read is thrown where the result is read, and nothing stays open behind it.
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ByteCut } from '../mapping/rest/rest.ts'

/** What a stream of Node makes of bytes. */
export async function* through(
  bytes: AsyncIterable<Uint8Array>,
  stream: Duplex,
): AsyncGenerator<Uint8Array> {
  const fed = pipeline(bytes, stream)
  // Its fault is thrown by the loop below too, which is where it is waited for.
  fed.catch(() => {})
  yield* stream as AsyncIterable<Uint8Array>
  await fed
}

/** What a cut leaves of bytes. */
export async function* cutBytes(
  bytes: AsyncIterable<Uint8Array>,
  cut: ByteCut,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    const kept = cut.write(chunk)
    if (kept.length > 0) yield kept
  }
  yield cut.end()
}
