// A database restored from an older copy, by our own restore and by anything else: what was sent
// since is found by the send journal, and nobody hears twice.
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { administer } from './database.ts'
import { child, children, type Installation, openInstallation } from './installation.ts'
import { PARTS, restoreYesterday } from './yesterday.ts'

const nameOf = (url: string) => new URL(url).pathname.slice(1)
const dataOf = ({ playground }: Installation) => join(playground.directory, 'data')

/** Runs work while nobody is connected to the database: PostgreSQL copies and renames only then. */
async function whileClosed(here: Installation, work: () => Promise<void>): Promise<void> {
  await here.close()
  await work()
  await here.reopen()
}

/**
 * The database as it stands now, kept aside by PostgreSQL. `restore` puts it back while nobody is
 * connected, `failOver` under those who are.
 */
async function snapshot(here: Installation) {
  const name = nameOf(here.databaseUrl)
  await whileClosed(here, () => administer(`create database ${name}_old template ${name}`))
  const failOver = async () => {
    await administer(`drop database ${name} with (force)`)
    await administer(`alter database ${name}_old rename to ${name}`)
  }
  return { failOver, restore: () => whileClosed(here, failOver) }
}

const states = async (here: Installation, flow: number) =>
  (await here.firsts(flow)).map(({ state, code }) => (code ? `${state} ${code}` : state))

const pausedBecause = async (here: Installation) =>
  (await here.app.store.installation.status()).pausedBecause

async function resume(here: Installation): Promise<void> {
  const act = { actor: 'anna', origin: 'cli', at: Temporal.Now.instant() }
  expect(await here.app.store.installation.resume(act)).toBe(true)
}

/** The file of before the restore does not come again. */
const forgetFile = ({ playground }: Installation) =>
  rm(join(playground.canteen, 'mensa-2026-03.csv'))

describe('yesterday’s copy', () => {
  it('put back with `restore` sends nothing twice, even when files come again', async () => {
    await using here = await openInstallation()
    const { flows, attempts, duplicated } = await restoreYesterday(here)
    expect(duplicated).toBe(0)
    expect(attempts).toBe(PARTS.waiting + PARTS.after)
    expect(here.playground.sandbox.truth.acceptedCount()).toBe(
      PARTS.before + PARTS.waiting + PARTS.after,
    )
    expect(await states(here, flows.before)).toEqual([
      ...Array(PARTS.before).fill('sent'),
      ...Array(PARTS.waiting).fill('uncertain HOLD_JOURNAL_AHEAD'),
    ])
    expect(await states(here, flows.again)).toEqual(
      Array(PARTS.after).fill('uncertain HOLD_JOURNAL_AHEAD'),
    )
    expect((await here.app.store.installation.status()).lostMessages).toBe(0)
  })
})

describe('a database that PostgreSQL put back', () => {
  it('opens paused before anything is mapped, and stays so until it is resumed', async () => {
    await using here = await openInstallation()
    const { truth } = here.playground.sandbox
    const flow = await here.drop(children(6))
    const older = await snapshot(here)
    await here.send()
    await older.restore()
    expect(await pausedBecause(here)).toContain('6 attempts')
    expect(await states(here, flow)).toEqual(Array(6).fill('uncertain HOLD_JOURNAL_AHEAD'))
    const later = await here.drop(children(9).slice(6), 'mensa-altri.csv')
    await here.send()
    expect(truth.acceptedCount()).toBe(6)
    expect(await states(here, later)).toEqual(Array(3).fill('waiting'))

    await resume(here)
    await here.reopen()
    expect(await pausedBecause(here)).toBeNull()
    await here.send()
    expect(await states(here, later)).toEqual(Array(3).fill('sent'))
    expect(truth.acceptedCount()).toBe(9)
  })

  it('holds what was made and sent since, when it comes again; what is new leaves', async () => {
    await using here = await openInstallation()
    const { truth } = here.playground.sandbox
    const older = await snapshot(here)
    await here.drop(children(4))
    await here.send()
    await older.restore()
    expect((await here.app.store.installation.status()).lostMessages).toBe(4)
    await resume(here)
    const again = await here.drop(children(6))
    await here.send()
    expect(await states(here, again)).toEqual([
      ...Array(4).fill('uncertain HOLD_JOURNAL_AHEAD'),
      ...Array(2).fill('sent'),
    ])
    expect([...truth.acceptedCounts().values()]).toEqual(Array(6).fill(1))
  })

  it('lets a later change of such a notice leave as any other', async () => {
    await using here = await openInstallation()
    const older = await snapshot(here)
    await here.drop([child(1)])
    await here.send()
    await older.restore()
    await resume(here)
    await here.drop([child(1)])
    const changed = await here.drop([child(1, { cents: 9900 })], 'mensa-corretta.csv')
    await here.send()
    expect(await states(here, changed)).toEqual(['sent'])
  })

  it('lets a notice of another key leave at once', async () => {
    await using here = await openInstallation()
    const older = await snapshot(here)
    await here.drop([child(1)])
    await here.send()
    await older.restore()
    await resume(here)
    await forgetFile(here)
    const other = await here.drop([child(1, { month: '2026-04' })], 'mensa-aprile.csv')
    await here.send()
    expect(await states(here, other)).toEqual(['sent'])
  })

  it('gives new messages and attempts no id that the journal has', async () => {
    await using here = await openInstallation()
    const older = await snapshot(here)
    await here.drop(children(4))
    await here.send()
    const before = await readJournal(here)
    await older.restore()
    await resume(here)
    await forgetFile(here)
    await here.drop(children(8).slice(4), 'mensa-altri.csv')
    await here.send()
    const after = (await readJournal(here)).slice(before.length)
    expect(after).toHaveLength(4)
    for (const column of [1, 2]) {
      const used = new Set(before.map((line) => line.split(' ')[column]))
      expect(after.filter((line) => used.has(line.split(' ')[column]))).toEqual([])
    }
  })

  it('is found out by a node that starts later, with a journal of its own', async () => {
    await using here = await openInstallation()
    const { truth } = here.playground.sandbox
    const data = dataOf(here)
    const older = await snapshot(here)
    await here.drop(children(3))
    await here.send()
    await whileClosed(here, async () => {
      // What was sent was named on another machine.
      await rename(join(data, 'send-journal.log'), join(data, 'of-the-other-node'))
    })
    await older.restore()
    expect(await pausedBecause(here)).toBeNull()
    const flow = await here.drop(children(3))
    await whileClosed(here, async () => {
      await rename(join(data, 'of-the-other-node'), join(data, 'send-journal.log'))
    })
    expect(await pausedBecause(here)).toContain('3 attempts')
    await resume(here)
    await here.send()
    expect(truth.acceptedCount()).toBe(3)
    expect(await states(here, flow)).toEqual(Array(3).fill('uncertain HOLD_JOURNAL_AHEAD'))
  })

  it('is found out by a node that runs on, before its next message', async () => {
    await using here = await openInstallation()
    await here.drop(children(5))
    const older = await snapshot(here)
    await here.send()
    await older.failOver()
    await here.send()
    expect(await pausedBecause(here)).toContain('5 attempts')
    expect(here.playground.sandbox.truth.acceptedCount()).toBe(5)
  })

  it('is not suspected when it is as new as its journal', async () => {
    await using here = await openInstallation()
    await here.drop(children(3))
    await here.send()
    await here.reopen()
    const flow = await here.drop(children(5).slice(3), 'mensa-altri.csv')
    await here.send()
    expect(await pausedBecause(here)).toBeNull()
    expect(await states(here, flow)).toEqual(['sent', 'sent'])
  })
})

describe('a node whose send journal', () => {
  it('cannot be written does not send, and says why', async () => {
    await using here = await openInstallation()
    const flow = await here.drop(children(2))
    await mkdir(join(dataOf(here), 'send-journal.log'), { recursive: true })
    await expect(here.app.openSender()).rejects.toMatchObject({ code: 'STORE_JOURNAL' })
    await expect(here.send()).rejects.toMatchObject({ code: 'STORE_JOURNAL' })
    await expect(here.reopen()).rejects.toMatchObject({ code: 'STORE_JOURNAL' })
    expect(here.playground.sandbox.truth.calls.submit).toBe(0)

    await rm(join(dataOf(here), 'send-journal.log'), { recursive: true })
    await here.reopen()
    await here.send()
    expect(await states(here, flow)).toEqual(['sent', 'sent'])
  })
})

async function readJournal(here: Installation): Promise<string[]> {
  const text = await readFile(join(dataOf(here), 'send-journal.log'), 'utf8')
  return text.trimEnd().split('\n')
}
