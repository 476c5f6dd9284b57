import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSendJournal, reconcileJournal } from '../../src/store/send-journal.ts'
import { administer } from '../database.ts'
import { children, type Installation, openInstallation } from '../installation.ts'
import { type GivenStore, givenStore } from './given.ts'

const FILE = 'send-journal.log'
const now = Temporal.Instant.from('2026-03-02T08:00:00Z')

const nameOf = (url: string) => new URL(url).pathname.slice(1)

/** Runs work while nobody is connected to the database: PostgreSQL copies and renames only then. */
async function whileClosed(here: Installation, work: () => Promise<void>): Promise<void> {
  await here.close()
  await work()
  await here.reopen()
}

/** The database as it stands now, kept aside; `restore` puts it back in the place of the newer. */
async function backup(here: Installation) {
  const name = nameOf(here.databaseUrl)
  await whileClosed(here, () => administer(`create database ${name}_old template ${name}`))
  return {
    restore: () =>
      whileClosed(here, async () => {
        await administer(`drop database ${name} with (force)`)
        await administer(`alter database ${name}_old rename to ${name}`)
      }),
  }
}

describe('a database that was restored from before some attempts', () => {
  it('opens paused, the missing attempts uncertain, and sends nothing', async () => {
    await using here = await openInstallation()
    const { truth } = here.playground.sandbox
    const flow = await here.drop(children(6))
    const older = await backup(here)
    await here.send()
    expect(truth.acceptedCount()).toBe(6)

    await older.restore()
    const later = await here.drop(children(9).slice(6), 'mensa-altri.csv')
    await here.send()
    await here.send()
    expect(truth.acceptedCount()).toBe(6)
    const restored = await here.firsts(flow)
    expect(restored.map(({ state, code }) => `${state} ${code}`)).toEqual(
      Array(6).fill('uncertain HOLD_JOURNAL_AHEAD'),
    )
    expect((await here.firsts(later)).map(({ state }) => state)).toEqual(Array(3).fill('waiting'))
    const [installation] = await here.query<{ paused_because: string }>(
      'select paused_because from installation',
    )
    expect(installation?.paused_because).toContain('6 attempts')

    await here.reopen()
    await here.send()
    expect(truth.calls.submit).toBe(6)
  })

  it('gives new messages and attempts no id that the journal has', async () => {
    await using here = await openInstallation()
    const older = await backup(here)
    await here.drop(children(4))
    await here.send()
    const before = await readJournal(here)
    await older.restore()
    await here.send()
    const flow = await here.drop(children(4))
    // A person has looked, and decided.
    await here.query('update installation set paused_because = null')
    await here.send()
    const after = (await readJournal(here)).slice(before.length)
    expect(after).toHaveLength(4)
    for (const column of [1, 2]) {
      const used = new Set(before.map((line) => line.split(' ')[column]))
      expect(after.filter((line) => used.has(line.split(' ')[column]))).toEqual([])
    }
    expect((await here.firsts(flow)).map(({ state }) => state)).toEqual(Array(4).fill('sent'))
  })

  it('is not suspected when it is as new as its journal', async () => {
    await using here = await openInstallation()
    await here.drop(children(3))
    await here.send()
    await here.reopen()
    const flow = await here.drop(children(5).slice(3), 'mensa-altri.csv')
    await here.send()
    expect((await here.firsts(flow)).map(({ state }) => state)).toEqual(['sent', 'sent'])
  })
})

async function readJournal({ playground }: Installation): Promise<string[]> {
  const text = await readFile(join(playground.directory, 'data', FILE), 'utf8')
  return text.trimEnd().split('\n')
}

describe('the journal', () => {
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

  it('keeps what it had, and adds a line an attempt, of each process that appends', async () => {
    const [one, two] = [await openSendJournal(directory, id), await openSendJournal(directory, id)]
    await one.append([{ attemptId: 1, messageId: 10 }])
    await two.append([
      { attemptId: 2, messageId: 20 },
      { attemptId: 3, messageId: 30 },
    ])
    await one.append([{ attemptId: 4, messageId: 40 }])
    await Promise.all([one.close(), two.close()])
    expect(await text()).toBe(`${id} 1 10\n${id} 2 20\n${id} 3 30\n${id} 4 40\n`)
  })

  it('does not lose the line that comes after half a line', async () => {
    await writeFile(join(directory, FILE), `${id} 1 10\n${id} 2`)
    const journal = await openSendJournal(directory, id)
    await journal.append([{ attemptId: 3, messageId: 30 }])
    await journal.close()
    expect((await text()).split('\n')).toContain(`${id} 3 30`)
    expect(await reconcileJournal(given.pool, directory, now)).toBe(2)
  })

  it('of another installation says nothing about this one', async () => {
    await appendFile(join(directory, FILE), `some-other-installation 999 10\n`)
    expect(await reconcileJournal(given.pool, directory, now)).toBe(0)
  })

  it('that does not exist yet is no reason to pause', async () => {
    expect(await reconcileJournal(given.pool, directory, now)).toBe(0)
  })

  it('is readable by its owner alone', async () => {
    const journal = await openSendJournal(directory, id)
    await journal.close()
    const { mode } = await stat(join(directory, FILE))
    expect(mode & 0o077).toBe(0)
  })
})
