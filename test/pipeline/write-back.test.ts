import { describe, expect, it } from 'vitest'
import type { WriteBack } from '../../src/connector.ts'
import { writeBackDue } from '../../src/pipeline/write-back.ts'
import { child, openInstallation } from '../installation.ts'
import { portsOf, sentAndFollowed, shown, sourceThat, wait, write } from './reporting.ts'

const rows = [child(0), child(1), child(2, { cents: 0 })]

describe('the report of a drop', () => {
  it('waits until every message was followed; then it has each record once', async () => {
    await using here = await openInstallation()
    const { target, written } = sourceThat()
    await here.drop(rows)
    const ports = portsOf(here)
    const sweep = () => write(ports, target)
    expect(await sweep()).toBe(0)
    await here.send()
    expect(await sweep()).toBe(0)
    await here.pass('2 seconds')
    await here.send()
    const calls = here.playground.sandbox.truth.calls.total
    expect(await sweep()).toBe(1)
    expect(written.map(shown)).toEqual(['0: 2 sent, 3 sent, 4 skipped'])
    expect(await sweep()).toBe(0)
    await here.pass('30 days')
    expect(await sweep()).toBe(0)
    await here.send()
    expect(here.playground.sandbox.truth.calls.total).toBe(calls)
  })

  it('comes after its hours with what is open, then with what has changed since', async () => {
    await using here = await openInstallation()
    here.answer(({ path, body }) =>
      path === '/messages' && body.includes('303202603000000001')
        ? { connection: 'reset-after' }
        : null,
    )
    const { target, written } = sourceThat()
    const ports = portsOf(here)
    const sweep = () => write(ports, target)
    await sentAndFollowed(here, rows)
    expect(await sweep()).toBe(0)
    await here.pass('73 hours')
    expect(await sweep()).toBe(1)
    expect(await sweep()).toBe(0)

    // A person found the message on the citizen's side.
    await here.query(`update messages set state = 'sent' where state = 'uncertain'`)
    expect(await sweep()).toBe(1)
    expect(written.map(shown)).toEqual(['0: 2 sent, 3 uncertain, 4 skipped', '1: 3 sent'])
    expect(await sweep()).toBe(0)
  })

  it('is tried again, whole, when the source failed before or while it read', async () => {
    await using here = await openInstallation()
    await sentAndFollowed(here, rows)
    const meetings = [
      async () => {
        throw new Error('the source is away')
      },
      async (report: WriteBack) => {
        for await (const _ of report.receipts) throw new Error('the disk is full')
      },
      async (report: WriteBack) => void (await Array.fromAsync(report.file())),
    ]
    const { target, written } = sourceThat(async (report) => meetings.shift()?.(report))
    const ports = portsOf(here)
    expect(await write(ports, target)).toBe(0)
    wait(ports, { minutes: 1 })
    expect(await write(ports, target)).toBe(0)
    expect(ports.warnings).toEqual(['report failed', 'report failed'])
    expect(await here.query('select from receipts')).toEqual([])
    wait(ports, { minutes: 2 })
    expect(await write(ports, target)).toBe(1)
    expect(written.map(shown)).toEqual(['0: 2 sent, 3 sent, 4 skipped'])
    const [remembered] = await here.query<{ records: string }>('select records from write_backs')
    expect(Number(remembered?.records)).toBe(3)
    expect(await write(ports, target)).toBe(0)
  })

  it('is the same report again when Staffetta stopped before it could remember it', async () => {
    await using here = await openInstallation()
    await sentAndFollowed(here, rows)
    const { target, written } = sourceThat()
    const ports = portsOf(here)
    const forgetful = {
      ...ports,
      reports: {
        ...ports.reports,
        written: async () => {
          throw new Error('killed')
        },
      },
    }
    await expect(write(forgetful, target)).rejects.toThrow('killed')
    expect(await write(ports, target)).toBe(1)
    expect(written[1]).toEqual(written[0])
  })

  it('is written by one process at a time, and by none that is stopping', async () => {
    await using here = await openInstallation()
    await sentAndFollowed(here, rows)
    const { target, written } = sourceThat()
    expect(await writeBackDue([target], portsOf(here), AbortSignal.abort())).toBe(0)
    const [drop] = await here.query<{ id: string }>('select id from drops')
    await here.app.store.leases.hold(`report/${drop?.id}/source`, async () => {
      expect(await write(portsOf(here), target)).toBe(0)
    })
    const both = await Promise.all([1, 2].map(() => write(portsOf(here), target)))
    expect(both.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(1)
    expect(new Set(written.map(shown)).size).toBe(1)
  })

  it('that another process has written meanwhile is not written once more', async () => {
    await using here = await openInstallation()
    await sentAndFollowed(here, rows)
    const { target, written } = sourceThat()
    const ports = portsOf(here)
    const { due } = ports.reports
    const late = {
      ...ports,
      reports: {
        ...ports.reports,
        async due(...given: Parameters<typeof due>) {
          const found = await due(...given)
          // The other is quicker than this one's look at the tables.
          if (given[2] === undefined) await write(ports, target)
          return found
        },
      },
    }
    expect(await write(late, target)).toBe(0)
    expect(written.map(shown)).toEqual(['0: 2 sent, 3 sent, 4 skipped'])
  })

  it('of a source that fails does not keep the reports of others', async () => {
    await using here = await openInstallation()
    await sentAndFollowed(here, [child(0)])
    await here.drop([child(1)], 'mensa-altra.csv')
    await here.send()
    await here.pass('2 seconds')
    await here.send()
    const failed = new Set<string>()
    const { target, written } = sourceThat(async ({ dropKey }) => {
      if (failed.size > 0 && !failed.has(dropKey)) return
      failed.add(dropKey)
      throw new Error('not this one')
    })
    expect(await write(portsOf(here), target)).toBe(1)
    expect(written).toHaveLength(1)
  })
})
