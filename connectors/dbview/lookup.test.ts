// What a key is answered with: its row, as text; an error where there are two; nothing where there
// is none. The contract's own tests of lookups run with the connector's.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SourceError } from '../../src/connector.ts'
import { contextFor, sourceErrorOf } from '../../test/contract/connector.ts'
import { startFreshRig, type ViewRig } from '../../test/contract/view-rig.ts'
import dbview from './index.ts'

describe('a lookup', () => {
  let rig: ViewRig
  beforeEach(async () => {
    rig = await startFreshRig(dbview)
    await rig.run(`create table app.anagrafe (cf char(18), numero bigint, dal date, attivo boolean,
        telefono text);
      grant select on app.anagrafe to ${rig.reader};
      insert into app.anagrafe values
        ('AAAAAA00A00A000A', 1, '2026-03-29', true, null),
        ('BBBBBB00B00B000B', 2, null, false, '06 0000'),
        ('BBBBBB00B00B000B', 3, null, true, '06 0001')`)
  })
  afterEach(() => rig.stop())

  const byName = { statement: 'select * from app.anagrafe where cf in (:keys)', key: 'cf' }
  const look = (lookup: object, keys: string[]) =>
    dbview.lookup!(contextFor(dbview, { ...rig.settings, lookup }), keys)

  it('gives values as a poll does, and leaves out what is empty', async () => {
    const answers = await look(byName, ['AAAAAA00A00A000A', 'CCCCCC00C00C000C'])
    expect(Object.fromEntries(answers)).toEqual({
      AAAAAA00A00A000A: { cf: 'AAAAAA00A00A000A', numero: '1', dal: '2026-03-29', attivo: 'true' },
    })
  })

  it.each([
    ['many keys at once', byName],
    ['many keys, few at a time', { ...byName, batch: 1 }],
    ['one key after the other', { statement: 'select * from app.anagrafe where cf = :key' }],
  ])('never chooses between two rows of one key, asked for %s', async (_, lookup) => {
    const answers = await look(lookup, ['BBBBBB00B00B000B', 'AAAAAA00A00A000A'])
    const error = answers.get('BBBBBB00B00B000B') as SourceError
    expect(error).toBeInstanceOf(SourceError)
    expect([error.code, error.retry]).toEqual(['SRC_ANSWER', false])
    expect(answers.get('AAAAAA00A00A000A')).toMatchObject({ numero: '1' })
  })

  it('answers the others when the database cannot compare a key', async () => {
    const statement = 'select numero, dal from app.anagrafe where numero in (:keys)'
    const keys = ['1', 'RSSMRA80A01H501U', '2', '99999999999999999999', '3', '4']
    const answers = await look({ statement, key: 'numero' }, keys)
    expect([...answers.keys()].sort()).toEqual(keys.filter((key) => key !== '4').sort())
    for (const key of ['1', '2', '3']) expect(answers.get(key)).toMatchObject({ numero: key })
    const error = answers.get('RSSMRA80A01H501U') as SourceError
    expect([error.code, error.retry]).toEqual(['SRC_VIEW_VALUE', false])
    expect(error.message).not.toContain('RSSMRA')
  })

  it('takes a key for a value, whatever is in it', async () => {
    const keys = [`x'); drop table app.anagrafe; --`, `\\'`, ':keys', '$1']
    expect(await look(byName, keys)).toEqual(new Map())
    expect((await rig.run('select 1 from app.anagrafe')).rowCount).toBe(3)
  })

  it('finds a key in other letters where the database does', async () => {
    const statement = 'select * from app.anagrafe where lower(cf) in (:keys)'
    const answers = await look({ statement, key: 'cf' }, ['aaaaaa00a00a000a'])
    expect(answers.get('aaaaaa00a00a000a')).toMatchObject({ cf: 'AAAAAA00A00A000A' })
  })

  it('refuses rows that answer no key, and more of them than can', async () => {
    const other = { statement: `select 'x' as cf where 'k' in (:keys)`, key: 'cf' }
    const strange = await sourceErrorOf(look(other, ['k']))
    expect([strange.code, strange.retry]).toEqual(['SRC_ANSWER', false])
    const all = `select 'k' as cf from generate_series(1, 1000) where 'k' in (:keys)`
    const many = await sourceErrorOf(look({ statement: all, key: 'cf' }, ['k']))
    expect(many.message).toContain('its condition must name the keys')
  })

  it('cannot write, and says what is missing', async () => {
    await rig.run(`grant update on app.anagrafe to ${rig.reader};
      create function app.scrivi(k text) returns text language sql as
        'update app.anagrafe set numero = 0 returning cf'`)
    const writing = await sourceErrorOf(look({ statement: 'select app.scrivi(:key) as a' }, ['k']))
    expect(writing.message).toContain('25006')
    const absent = await sourceErrorOf(
      look({ statement: 'select 1 from altra where a = :key' }, ['k']),
    )
    expect([absent.code, absent.retry]).toEqual(['SRC_VIEW', false])
    const none = await sourceErrorOf(look(undefined as never, ['k']))
    expect(none.code).toBe('SRC_SETTINGS')
  })

  it.each([
    ['no key', { statement: 'select 1' }],
    ['another name', { statement: 'select 1 where a = :cf' }],
    ['two ways at once', { statement: 'select 1 where a = :key or a in (:keys)', key: 'a' }],
    ['no column for many keys', { statement: 'select 1 where a in (:keys)' }],
  ])('is refused where its statement names %s', (_, lookup) => {
    expect(dbview.settings.safeParse({ ...rig.settings, lookup }).success).toBe(false)
  })
})
