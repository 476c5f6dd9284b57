import { randomBytes } from 'node:crypto'
import {
  appendFile,
  mkdir,
  mkdtemp,
  open as openFile,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openJournalCheck, reconcileJournal } from '../../src/store/journal-check.ts'
import { type JournalLine, journalLines, openSendJournal } from '../../src/store/send-journal.ts'
import { type GivenStore, givenStore } from './given.ts'

const FILE = 'send-journal.log'
const now = Temporal.Instant.from('2026-03-02T08:00:00Z')

let directory: string
let given: GivenStore
let id: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staffetta-journal-'))
  given = await givenStore()
  const { rows } = await given.pool.query<{ id: string }>('select id from installation')
  id = rows[0]?.id as string
})
afterEach(async () => {
  await given.close()
  await rm(directory, { recursive: true })
})

const text = () => readFile(join(directory, FILE), 'utf8')
const line = (attemptId: number, messageId = attemptId * 10): JournalLine => ({
  attemptId,
  messageId,
  mark: null,
})
const open = (bounds?: { segmentBytes: number; segments: number }) =>
  openSendJournal(given.pool, directory, bounds)

/** Every attempt that the files name, in order. */
async function attempts(): Promise<number[]> {
  const names = (await readdir(directory)).sort()
  const files = [...names.filter((name) => name !== FILE), FILE]
  const batches = files.map((name) => Array.fromAsync(journalLines(join(directory, name), id, 7)))
  return (await Promise.all(batches)).flat(2).map(({ attemptId }) => attemptId)
}

describe('the journal', () => {
  it('keeps what it had, and adds a line an attempt, of each process that appends', async () => {
    const [one, two] = [await open(), await open()]
    await one.append([line(1)])
    await two.append([line(2), line(3)])
    await one.append([line(4)])
    await Promise.all([one.close(), two.close()])
    expect(await text()).toBe(`${id} 0 0\n${id} 1 10\n${id} 2 20\n${id} 3 30\n${id} 4 40\n`)
  })

  it('reads the marks that it wrote', async () => {
    const mark = randomBytes(16)
    const journal = await open()
    await journal.append([{ attemptId: 1, messageId: 10, mark }])
    await journal.close()
    const [lines] = await Array.fromAsync(journalLines(join(directory, FILE), id, 10))
    expect(lines?.[1]).toEqual({ attemptId: 1, messageId: 10, mark })
  })

  it('takes half a line for none, and loses no line after it', async () => {
    await writeFile(join(directory, FILE), `${id} 1 10\n${id} 2 2`)
    const journal = await open()
    await journal.append([line(3)])
    await journal.close()
    expect(await attempts()).toEqual([1, 3])
  })

  it('goes on after a disk that failed once, and loses no later line', async () => {
    const journal = await open()
    await using file = await openFile(join(directory, FILE), 'a')
    const sync = vi.spyOn(Object.getPrototypeOf(file), 'datasync')
    // The half that a full disk left of the line.
    sync.mockImplementationOnce(async () => {
      await truncate(join(directory, FILE), (await text()).length - 4)
      throw new Error('no space left on device')
    })
    await expect(journal.append([line(1, 123_456)])).rejects.toThrow('no space left')
    sync.mockRestore()
    await journal.append([line(2)])
    await journal.close()
    expect(await attempts()).toEqual([0, 2])
  })

  it('says whether it goes back: its own, of another installation only, or none', async () => {
    const first = await open()
    const again = await open()
    expect([first.found, again.found]).toEqual(['none', 'own'])
    await Promise.all([first.close(), again.close()])
    await writeFile(join(directory, FILE), 'some-other-installation 999 10\n')
    const foreign = await open()
    expect(foreign.found).toBe('foreign')
    await foreign.close()
  })

  it('is put aside when it is long, and its oldest part dropped beyond the bound', async () => {
    const journal = await open({ segmentBytes: 200, segments: 2 })
    for (let n = 1; n <= 20; n++) await journal.append([line(n)])
    await journal.close()
    expect(await readdir(directory)).toHaveLength(3)
    const kept = await attempts()
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 20 - kept.length + 1 + i))
    expect(kept.length).toBeLessThan(20)
  })

  it('loses no line when several put it aside at once', async () => {
    const bounds = { segmentBytes: 300, segments: 1000 }
    const journals = await Promise.all([open(bounds), open(bounds), open(bounds)])
    const lines = Array.from({ length: 90 }, (_, n) => n + 1)
    await Promise.all(lines.map((n) => journals[n % 3]?.append([line(n)])))
    await Promise.all(journals.map((journal) => journal.close()))
    expect((await attempts()).filter((n) => n > 0).sort((a, b) => a - b)).toEqual(lines)
  })

  it('is readable by its owner alone', async () => {
    const journal = await open()
    await journal.close()
    const { mode } = await stat(join(directory, FILE))
    expect(mode & 0o077).toBe(0)
  })

  it('that cannot be written is a fault with a code', async () => {
    await mkdir(join(directory, FILE))
    await expect(open()).rejects.toMatchObject({ code: 'STORE_JOURNAL' })
  })
})

describe('a database beside a journal', () => {
  const knows = (from: number, to: number) =>
    given.pool.query(
      `insert into attempts (id, institution_id, message_id, flow_id, account, service, fence,
         started_at) overriding system value
       select n, 1, n, 1, 'a', 's', 1, $3 from generate_series($1::int, $2::int) n`,
      [from, to, now.toString()],
    )
  const pause = async () => {
    const { rows } = await given.pool.query('select paused_because from installation')
    return rows[0]?.paused_because as string | null
  }

  it('is not suspected when there is none, or one of another installation', async () => {
    expect(await reconcileJournal(given.pool, directory, now)).toBe(0)
    await appendFile(join(directory, FILE), 'some-other-installation 999 10\n')
    expect(await reconcileJournal(given.pool, directory, now)).toBe(0)
    expect(await pause()).toBeNull()
  })

  it('learns what it did not know once, and is paused', async () => {
    const journal = await open()
    await journal.append([line(1), line(2), line(2)])
    await journal.close()
    expect(await reconcileJournal(given.pool, directory, now)).toBe(2)
    expect(await pause()).toContain('2 attempts')
    expect(await reconcileJournal(given.pool, directory, now)).toBe(0)
    expect(await given.count('select count(*) from orphan_attempts')).toBe(2)
  })

  it('reads back through the files until one holds nothing new', async () => {
    const journal = await open({ segmentBytes: 200, segments: 100 })
    await knows(1, 12)
    for (let n = 1; n <= 40; n++) await journal.append([line(n)])
    await journal.close()
    expect(await reconcileJournal(given.pool, directory, now)).toBe(28)
  })

  it('that is older than where the journal begins is behind it', async () => {
    await writeFile(join(directory, FILE), `${id} 80 0\n`)
    expect(await reconcileJournal(given.pool, directory, now)).toBe(1)
    expect(await pause()).not.toBeNull()
  })

  it('found behind by two nodes at once learns each attempt once', async () => {
    const journal = await open()
    await journal.append(Array.from({ length: 50 }, (_, n) => line(n + 1)))
    await journal.close()
    const { pool } = given.another()
    const found = await Promise.all(
      [given.pool, pool].map((one) => reconcileJournal(one, directory, now)),
    )
    expect(found.sort((a, b) => a - b)).toEqual([0, 50])
  })

  it('is found behind by who checked before, however much was written since', async () => {
    const check = openJournalCheck(given.pool, directory)
    const journal = await open()
    const write = (from: number, to: number) =>
      journal.append(Array.from({ length: to - from + 1 }, (_, n) => line(from + n)))
    await write(1, 2000)
    await knows(1, 2000)
    expect(await check(now)).toBe(0)
    // Its newer copy had more: what it lacks is older than what is written from now on.
    await given.pool.query('delete from attempts where id > 1990')
    await write(2001, 20_000)
    await knows(2001, 20_000)
    expect(await check(now)).toBe(10)
    expect(await check(now)).toBe(0)
    await journal.close()
  })

  it('is asked by who checked before about the newest attempts alone', async () => {
    const journal = await open({ segmentBytes: 100_000, segments: 10 })
    const asked = vi.spyOn(given.pool, 'query')
    const check = openJournalCheck(given.pool, directory)
    const askedAbout = async () => {
      asked.mockClear()
      expect(await check(now)).toBe(0)
      return asked.mock.calls.flatMap(([, values]) => (values as unknown as number[][])?.[0] ?? [])
    }
    await knows(1, 3000)
    await journal.append(Array.from({ length: 1000 }, (_, n) => line(n + 1)))
    expect(await askedAbout()).toHaveLength(1001)
    const again = await askedAbout()
    expect(again.length).toBeLessThan(800)
    expect(again.at(-1)).toBe(1000)
    // Another file has been begun: both are read.
    await journal.append(Array.from({ length: 1500 }, (_, n) => line(n + 1001)))
    await journal.append([line(2501)])
    const other = await askedAbout()
    expect(other.at(0)).toBe(2501)
    expect(other.length).toBeGreaterThan(2000)
    await journal.close()
  })

  it('gives no id again that any journal may hold', async () => {
    const journal = await open()
    await journal.append([line(70, 5000)])
    await journal.close()
    await reconcileJournal(given.pool, directory, now)
    expect(await given.count(`select nextval('message_ids')`)).toBeGreaterThan(1e9)
    const next = `select nextval(pg_get_serial_sequence('attempts', 'id'))`
    expect(await given.count(next)).toBeGreaterThan(1e9)
  })
})
