// Whether there is room on the disk of the data directory, where the embedded database and the send
// journal live. Stands before whatever takes new data in. Invariant: intake stops while there is
// still room to write down what is sent, since a database without any stops everything.
import { statfs } from 'node:fs/promises'
import type { SourceDrop } from '../connector.ts'

export interface DiskRoom {
  isFree(): Promise<boolean>
  /** The same drop, which can be read as long as there is room: then it throws `DiskFullError`. */
  guard(drop: SourceDrop): SourceDrop
}

/** The disk is looked at once in so many bytes, of which each may take as much again elsewhere. */
const LOOK_BYTES = 8 * 1024 ** 2

/** Looks after the disk of a directory. `leastBytes` 0: nothing is looked at. */
export function openDiskRoom(directory: string, leastBytes: number): DiskRoom {
  async function freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(directory)
    return bavail * bsize
  }
  async function check(): Promise<void> {
    if (leastBytes === 0) return
    const free = await freeBytes()
    if (free < leastBytes) throw new DiskFullError(directory, free, leastBytes)
  }
  async function* whileFree(bytes: AsyncIterable<Uint8Array>) {
    let unseenBytes = LOOK_BYTES
    for await (const piece of bytes) {
      unseenBytes += piece.length
      if (unseenBytes >= LOOK_BYTES) {
        await check()
        unseenBytes = 0
      }
      yield piece
    }
  }
  return {
    isFree: async () => leastBytes === 0 || (await freeBytes()) >= leastBytes,
    guard: (drop) => ({
      ...drop,
      parts: drop.parts.map((part) => ({ ...part, bytes: whileFree(part.bytes) })),
    }),
  }
}

/** Nothing of the drop is kept, and the source still has it. */
export class DiskFullError extends Error {
  readonly code = 'SRC_DISK_FULL'
  constructor(directory: string, freeBytes: number, leastBytes: number) {
    super(
      `the disk of ${directory} has ${freeBytes} bytes left, less than limits.minimumFreeBytes ` +
        `(${leastBytes}): nothing new is taken until there is room, and sending goes on`,
    )
  }
}
