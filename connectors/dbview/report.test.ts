// What is told back: one statement a record, idempotent, never on more rows than it may, never a
// value in its text. And what `check` says, which changes nothing.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Receipt } from '../../src/connector.ts'
import { contextFor, reportOf, sourceErrorOf } from '../../test/contract/connector.ts'
import { startViewRig, type ViewRig } from '../../test/contract/view-rig.ts'
import { freshDatabase } from '../../test/database.ts'
import dbview from './index.ts'
import { bindNames, partsOf, unknownNames } from './named-values.ts'

const receiptOf = (key: string | null, fate = 'sent'): Receipt => {
  const at = Temporal.Instant.from('2026-03-02T08:00:00.5Z')
  return { line: 1, key, fate, code: '', detail: '', messageId: null, at }
}
const statement = `update app.pezzi set stato = :fate, esito = :code where nome = :key`

describe('a report', () => {
  let rig: ViewRig
  beforeEach(async () => {
    const database = await freshDatabase()
    const url = new URL(database.url)
    url.username = 'postgres'
    rig = await startViewRig(dbview, { ...database, url: url.href })
    for (const name of ['A', 'B', 'C']) await rig.put(name, Buffer.from('1'))
  })
  afterEach(() => rig.stop())

  const contextWith = (receipt: object | undefined, log: string[] = []) => {
    const context = contextFor(dbview, { ...rig.settings, receipt })
    const warn = (fields: object, message: string) =>
      void log.push(`${message} ${JSON.stringify(fields)}`)
    return { ...context, log: { ...context.log, warn } }
  }
  const write = async (receipts: Receipt[], more: object = {}, log: string[] = []) => {
    async function* given() {
      yield* receipts
    }
    const settings = {
      statement,
      username: rig.writer,
      password: rig.settings['password'],
      ...more,
    }
    const report = { ...reportOf('1/2026-03-01/x', ''), receipts: given() }
    await dbview.writeBack!(contextWith(settings, log), report)
  }
  const states = async () => {
    const { rows } = await rig.run('select nome, stato, esito from app.pezzi order by nome')
    return rows.map(({ nome, stato, esito }) => [nome, stato, esito].join(' ').trim())
  }

  it('sets what the statement says, by the key, and again the same', async () => {
    const refused = { ...receiptOf('B', 'refused'), code: 'REC_DATE_FORM' }
    for (let time = 0; time < 2; time++) {
      await write([receiptOf('A'), refused], { batchRecords: 1 })
      expect(await states()).toEqual(['A sent', 'B refused REC_DATE_FORM', 'C'])
    }
  })

  it('tells only the fates that are asked for, and no record without a key', async () => {
    await write([receiptOf('A'), receiptOf('B', 'waiting'), receiptOf(null)], { fates: ['sent'] })
    expect(await states()).toEqual(['A sent', 'B', 'C'])
  })

  it('says how many records found no row, and writes the others', async () => {
    const log: string[] = []
    await write([receiptOf('Z'), receiptOf('A')], {}, log)
    expect(await states()).toEqual(['A sent', 'B', 'C'])
    expect(log).toEqual(['receipts found no row {"drop":"1/2026-03-01/x","records":1}'])
  })

  it('takes a batch back when one record would change more rows than it may', async () => {
    const careless = { statement: 'update app.pezzi set stato = :fate where nome >= :key' }
    const error = await sourceErrorOf(write([receiptOf('C'), receiptOf('A')], careless))
    expect([error.code, error.retry]).toEqual(['SRC_RECEIPT', false])
    expect(error.message).toContain('changed 3 rows')
    expect(await states()).toEqual(['A', 'B', 'C'])
    await write([receiptOf('A')], { ...careless, maximumRowsEach: 3 })
    expect(await states()).toEqual(['A sent', 'B sent', 'C sent'])
  })

  it('runs a procedure', async () => {
    await rig.run(`create procedure app.riscontro(chiave text, come text) language sql as
        'update app.pezzi set stato = come where nome = chiave';
      grant execute on procedure app.riscontro to ${rig.writer}`)
    await write([receiptOf('A')], { statement: 'call app.riscontro(:key, :fate)' })
    expect(await states()).toEqual(['A sent', 'B', 'C'])
  })

  it('never makes a value a part of the statement', async () => {
    const key = `A'; update app.pezzi set stato = 'x'; --`
    await write([receiptOf(key)])
    expect(await states()).toEqual(['A', 'B', 'C'])
  })

  it('is refused where the user may not write, and shows no value', async () => {
    const error = await sourceErrorOf(write([receiptOf('A')], { username: rig.reader }))
    expect([error.code, error.retry]).toEqual(['SRC_RECEIPT', false])
    expect(error.message).toContain('permission denied')
    const cast = `update app.pezzi set numero = cast(:key as int) where nome = 'A'`
    const person = await sourceErrorOf(write([receiptOf('RSSMRA80A01H501U')], { statement: cast }))
    expect(person.message).not.toContain('RSSMRA')
  })

  it('is refused where the feed wants one and has no statement', async () => {
    const error = await sourceErrorOf(
      dbview.writeBack!(contextWith(undefined), reportOf('1/all/x', '')),
    )
    expect(error.code).toBe('SRC_RECEIPT')
  })

  describe('before it is written, a check', () => {
    const check = (more: object) => dbview.check(contextFor(dbview, { ...rig.settings, ...more }))

    it('says what it found, and rehearses the statement without running it', async () => {
      const lines = await check({ receipt: { statement, username: rig.writer } })
      expect(lines.map(({ ok }) => ok)).toEqual(Array(lines.length).fill(true))
      expect(lines.map(({ what }) => what)).toEqual([
        expect.stringMatching(/^log in to .* not encrypted$/),
        'begin a read-only transaction',
        'app.dovuti has 4 columns',
        'read a row',
        expect.stringContaining('the latest modificato is 2026-03-01'),
        `${rig.reader} may only read app.dovuti`,
        expect.stringContaining('rehearse'),
      ])
      expect(await states()).toEqual(['A', 'B', 'C'])
    })

    it('warns of a user that may also change the view', async () => {
      await rig.run(`grant update on app.dovuti to ${rig.reader}`)
      const lines = await check({})
      expect(lines.find(({ what }) => what.startsWith('warning'))?.ok).toBe(true)
    })

    it('names a column that was renamed, a wrong statement, a wrong place', async () => {
      const last = async (more: object) => (await check(more)).at(-1)!
      const renamed = await last({ columns: ['nome', 'modificata'], watermark: undefined })
      expect(renamed).toMatchObject({ ok: false, what: 'find the columns of app.dovuti' })
      expect(renamed.remedy).toContain('`modificato` is the nearest')
      const wrong = await last({ receipt: { statement: 'update app.altra set stato = :fate' } })
      expect(wrong).toMatchObject({ ok: false, remedy: expect.stringContaining('does not exist') })
      const nobody = await check({ username: 'nessuno' })
      expect(nobody).toHaveLength(1)
      expect(nobody[0]).toMatchObject({ ok: false, remedy: expect.stringContaining('nessuno') })
    })
  })
})

describe('named values', () => {
  it('leave strings, quoted names, comments and casts as they are', () => {
    const sql = `update "a:b" set x = ':key', y = :fate::text /* :code */ where id = :key -- :line`
    const { sql: bound, valuesOf } = bindNames(sql, (position) => `$${position}`)
    expect(bound).toBe(
      `update "a:b" set x = ':key', y = $1::text /* :code */ where id = $2 -- :line`,
    )
    expect(valuesOf(receiptOf('7'), 'drop')).toEqual(['sent', '7'])
  })

  it('are known, or the settings are refused', () => {
    expect(unknownNames('update t set a = :fate, b = :other, c = :key9')).toEqual(['other', 'key9'])
    expect(unknownNames('select :key, :key8, :at, :drop, :line, :messageId, :detail')).toEqual([])
  })

  it('give the parts of a key as the mapping joined them', () => {
    const part = fc.string({ minLength: 1 })
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 8 }), (parts) => {
        const key = parts.map((one) => one.replace(/[\\|]/g, '\\$&')).join('|')
        expect(partsOf(key)).toEqual(parts)
        const { valuesOf } = bindNames(':key2 :key1 :key8', () => '?')
        expect(valuesOf(receiptOf(key), '')).toEqual([parts[1], parts[0], parts[7] ?? null])
      }),
    )
  })
})
