// What `check` says of a database, of its view, and of what a system is asked and told. It changes
// nothing.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contextFor } from '../../test/contract/connector.ts'
import { startFreshRig, type ViewRig } from '../../test/contract/view-rig.ts'
import dbview from './index.ts'

const statement = `update app.pezzi set stato = :fate, esito = :code where nome = :key`

describe('a check', () => {
  let rig: ViewRig
  beforeEach(async () => {
    rig = await startFreshRig(dbview)
    for (const name of ['A', 'B', 'C']) await rig.put(name, Buffer.from('1'))
  })
  afterEach(() => rig.stop())
  const check = (more: object) => dbview.check(contextFor(dbview, { ...rig.settings, ...more }))
  const last = async (more: object) => (await check(more)).at(-1)!
  const warnings = async (more: object) =>
    (await check(more)).map(({ what }) => what).filter((what) => what.startsWith('warning'))

  it('says what it found, and rehearses the statements without running them', async () => {
    const lines = await check({})
    expect(lines.map(({ ok }) => ok)).toEqual(Array(lines.length).fill(true))
    expect(lines.map(({ what }) => what)).toEqual([
      expect.stringMatching(/^log in to .* not encrypted$/),
      'begin a read-only transaction',
      '`lookup.statement` answers cf, email',
      'app.dovuti has 4 columns',
      expect.stringContaining('the latest modificato is 2026-03-01'),
      `${rig.reader} may only read app.dovuti`,
      '3 rows were read, to see that they can be',
      expect.stringContaining('rehearse'),
    ])
    const { rows } = await rig.run('select * from app.pezzi where stato is not null')
    expect(rows).toEqual([])
  })

  it('reads no view of a system that has none', async () => {
    const system = { view: undefined, watermark: undefined, receipt: undefined }
    expect((await check(system)).map(({ what }) => what).slice(2)).toEqual([
      '`lookup.statement` answers cf, email',
    ])
    const told = { ...system, lookup: undefined, receipt: rig.settings['receipt'] }
    expect((await check(told)).map(({ what }) => what)).toEqual([
      `rehearse \`receipt.statement\` as ${rig.writer}`,
    ])
  })

  it('warns of a user that may also change the view', async () => {
    await rig.run(`grant update on app.dovuti to ${rig.reader}`)
    expect(await warnings({})).toEqual([expect.stringContaining(`${rig.reader} may also change`)])
  })

  it('warns of what is seldom meant: empty columns, no days, rows that stand twice', async () => {
    await rig.run(`create view app.prova as
        select 1 as id, null::text as nota, '0000-00-00' as scadenza, null::date as modificato
        from generate_series(1, 3);
      grant select on app.prova to ${rig.reader}`)
    const said = await warnings({ view: 'app.prova' })
    expect(said).toEqual([
      'warning: `nota` is empty in all of these rows',
      'warning: `modificato` is empty in all of these rows',
      'warning: 3 of these rows have no `modificato`: they are never taken',
      'warning: `scadenza` holds days that do not exist, as 0000-00-00',
      'warning: 2 of these rows stand twice: does the view miss a condition?',
    ])
  })

  it('names a column that was renamed, a wrong statement, a wrong place', async () => {
    const renamed = await last({ columns: ['nome', 'modificata'], watermark: undefined })
    expect(renamed).toMatchObject({ ok: false, what: 'find the columns of app.dovuti' })
    expect(renamed.remedy).toContain('`modificato` is the nearest')
    const wrong = await last({ receipt: { statement: 'update app.altra set stato = :fate' } })
    expect(wrong).toMatchObject({ ok: false, remedy: expect.stringContaining('does not exist') })
    const nobody = await check({ username: 'nessuno' })
    expect(nobody).toHaveLength(1)
    expect(nobody[0]).toMatchObject({ ok: false, remedy: expect.stringContaining('nessuno') })
  })

  it('names the column of the key that a lookup does not have', async () => {
    const lookup = { ...(rig.settings['lookup'] as object), key: 'codice' }
    const line = await last({ lookup })
    expect(line).toMatchObject({ ok: false, what: 'find what `lookup.statement` answers' })
    expect(line.remedy).toContain('`lookup.statement` has no column `codice`')
  })

  it('does not run the statement of a receipt, whatever it is', async () => {
    const receipt = { ...(rig.settings['receipt'] as object), statement }
    expect((await check({ receipt })).every(({ ok }) => ok)).toBe(true)
    expect((await rig.run('select 1 from app.pezzi where stato is not null')).rowCount).toBe(0)
  })
})
