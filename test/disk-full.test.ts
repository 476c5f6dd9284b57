// A disk that fills up: intake stops and says so, nothing half taken stays, what was taken is sent,
// and with room again it goes on where it was.
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getFeed } from '../src/config/config.ts'
import { DiskFullError, openDiskRoom } from '../src/store/disk-room.ts'
import {
  child,
  children,
  configure,
  INSTITUTION,
  leaveCanteenFile,
  openInstallation,
} from './installation.ts'

const never = new AbortController().signal
const more = Number.MAX_SAFE_INTEGER
const file = 'mensa-2026-04.csv'

describe('an installation whose disk is full', () => {
  it('takes nothing, tells it, sends what it has, and goes on when there is room', async () => {
    await using here = await openInstallation()
    const { playground, query } = here
    const bound = async (bytes: number) => {
      const values = { 'limits.minimumFreeBytes': Math.min(bytes, 1e15) }
      await configure(playground.configDirectory, { 'staffetta.yaml': values })
      await here.reopen()
    }
    const collect = () => here.app.collect(getFeed(here.app.config, INSTITUTION, 'mensa'), never)
    const count = async (table: string) => {
      const [row] = await query<{ n: number }>(`select count(*)::int as n from ${table}`)
      return row?.n ?? 0
    }
    const flow = await here.drop(children(3))
    const chunks = await count('drop_chunks')

    await bound(more)
    await leaveCanteenFile(playground.canteen, [child(8), child(9)], file)
    const left = await readFile(join(playground.canteen, file), 'utf8')
    const summary = await collect()
    expect(summary?.drops).toEqual([])
    expect(summary?.failure).toMatchObject({ code: 'SRC_DISK_FULL', retry: true })
    expect([await count('drops'), await count('drop_chunks')]).toEqual([1, chunks])
    expect(await readFile(join(playground.canteen, file), 'utf8')).toBe(left)
    const told = await query<{ subject: string }>('select subject from staff_mails order by id')
    expect(told.at(-1)?.subject).toBe('Collegamento da guardare: mensa (SRC_DISK_FULL)')

    await here.send()
    expect((await here.firsts(flow)).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent'])

    await bound(1)
    expect((await collect())?.drops.map(({ key }) => key.split('/')[0])).toEqual([file])
    expect((await collect())?.drops).toEqual([])
    expect(await count('drops')).toBe(2)
  })

  it('maps no drop either, and maps it once there is room', async () => {
    const configuration = { 'staffetta.yaml': { 'limits.minimumFreeBytes': 1 } }
    await using here = await openInstallation({ configuration })
    await leaveCanteenFile(here.playground.canteen, [child(1)], file)
    const feed = getFeed(here.app.config, INSTITUTION, 'mensa')
    const [drop] = (await here.app.collect(feed, never))?.drops ?? []
    const full = { 'staffetta.yaml': { 'limits.minimumFreeBytes': 1e15 } }
    await configure(here.playground.configDirectory, full)
    await here.reopen()
    expect(await here.app.map(drop?.id ?? 0)).toMatchObject({ kind: 'waiting' })
    await configure(here.playground.configDirectory, configuration)
    await here.reopen()
    expect(await here.app.map(drop?.id ?? 0)).toMatchObject({ kind: 'mapped', records: 1 })
  })
})

/** A disk of its own, 64 MB large; false where this user may mount none. */
function mountDisk(directory: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', directory], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}

describe('a disk that fills while a drop is taken', () => {
  const megabyte = 1024 ** 2
  let directory: string
  let isMounted: boolean
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'staffetta-disk-'))
    isMounted = mountDisk(directory)
  })
  afterEach(async () => {
    if (isMounted) execFileSync('umount', [directory])
    await rm(directory, { recursive: true })
  })

  /** Takes 40 MB, each written to the disk; answers how many of them were. */
  async function take(leastBytes: number): Promise<number> {
    const bytes = (async function* () {
      for (let n = 0; n < 40; n++) yield Buffer.alloc(megabyte)
    })()
    const part = { name: 'a', mediaType: 'application/octet-stream', bytes }
    const { parts } = openDiskRoom(directory, leastBytes).guard({ key: 'a', parts: [part] })
    let taken = 0
    for await (const piece of parts[0]?.bytes ?? []) {
      await writeFile(join(directory, `${taken}`), piece)
      taken += 1
    }
    return taken
  }

  it('ends it before the room that is kept is used up', async (test) => {
    if (!isMounted) return test.skip('this user may mount no disk')
    const error = await take(40 * megabyte).catch((reason) => reason)
    expect(error).toBeInstanceOf(DiskFullError)
    expect(error).toMatchObject({ code: 'SRC_DISK_FULL' })
    const room = openDiskRoom(directory, 32 * megabyte)
    expect(await room.isFree()).toBe(true)
    expect(await openDiskRoom(directory, 40 * megabyte).isFree()).toBe(false)
  })

  it('lets it go on to its end where there is room, or nothing is kept', async (test) => {
    if (!isMounted) return test.skip('this user may mount no disk')
    expect(await take(megabyte)).toBe(40)
    for (const leastBytes of [0])
      expect(await openDiskRoom(directory, leastBytes).isFree()).toBe(true)
  })
})
