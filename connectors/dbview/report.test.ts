// What is told back: one statement a record, given once it is committed, never on more rows than it
// may, never a value in its text.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Receipt, ReceiptNotice } from '../../src/connector.ts'
import { contextFor, sourceErrorOf } from '../../test/contract/connector.ts'
import { nothingTold, type ReportOptions, receiptOf, reportOf } from '../../test/contract/report.ts'
import { cutReaders, startFreshRig, type ViewRig } from '../../test/contract/view-rig.ts'
import dbview from './index.ts'

const about = (key: string | null, fate = 'sent'): Receipt => receiptOf({ key, fate })
const statement = `update app.pezzi set stato = :fate, esito = :code where nome = :key`

describe('a report', () => {
  let rig: ViewRig
  beforeEach(async () => {
    rig = await startFreshRig(dbview)
    for (const name of ['A', 'B', 'C']) await rig.put(name, Buffer.from('1'))
  })
  afterEach(() => rig.stop())

  const contextWith = (receipt: object | undefined) =>
    contextFor(dbview, { ...rig.settings, receipt })
  /** Writes as the core asks for it, and answers what it keeps then. */
  const write = async (receipts: Receipt[], more: object = {}, options: ReportOptions = {}) => {
    const password = rig.settings['password']
    const settings = { statement, username: rig.writer, password, ...more }
    const report = reportOf('1/2026-03-01/x', '', 0, { receipts, ...options })
    await dbview.writeBack!(contextWith(settings), report)
    report.settle()
    return report.told
  }
  const states = async () => {
    const { rows } = await rig.run('select nome, stato, esito from app.pezzi order by nome')
    return rows.map(({ nome, stato, esito }) => [nome, stato, esito].join(' ').trim())
  }

  it('sets what the statement says, by the key, and again the same', async () => {
    const refused = { ...about('B', 'refused'), code: 'REC_DATE_FORM' }
    for (let time = 0; time < 2; time++) {
      await write([about('A'), refused], { batchRecords: 1 })
      expect(await states()).toEqual(['A sent', 'B refused REC_DATE_FORM', 'C'])
    }
  })

  it('tells only the fates that are asked for, and no record without a key', async () => {
    await write([about('A'), about('B', 'waiting'), about(null)], { fates: ['sent'] })
    expect(await states()).toEqual(['A sent', 'B', 'C'])
  })

  it.each([
    ['fail', [false], 'SRC_RECEIPT'],
    ['retry', [true], 'SRC_RECEIPT'],
    ['accept', [], undefined],
  ])(
    'of a record that finds no row does what is asked (%s), and writes the others',
    async (whenNoRow, retries, code) => {
      const absent = about('Z')
      const told = await write([absent, about('A')], { whenNoRow })
      expect(await states()).toEqual(['A sent', 'B', 'C'])
      expect([...told.failed.values()].map(({ error }) => error.retry)).toEqual(retries)
      expect(told.failed.get(absent.id)?.error.code).toBe(code)
      expect(told.given.size).toBe(2 - retries.length)
    },
  )

  it('takes back the record alone that would change more rows than it may', async () => {
    const careless = { statement: 'update app.pezzi set stato = :fate where nome >= :key' }
    const [last, first] = [about('C'), about('A')]
    const told = await write([last, first], careless)
    expect(await states()).toEqual(['A', 'B', 'C sent'])
    expect([...told.given.keys()]).toEqual([last.id])
    expect(told.failed.get(first.id)?.error.message).toContain('changed 3 rows')
    await write([first], { ...careless, maximumRowsEach: 3 })
    expect(await states()).toEqual(['A sent', 'B sent', 'C sent'])
  })

  it('fails alone what is refused only when the batch is committed', async () => {
    await rig.run(`create table app.codici (codice text primary key);
      insert into app.codici values ('sent');
      alter table app.pezzi add foreign key (stato) references app.codici
        deferrable initially deferred`)
    const wrong = about('B', 'waiting')
    const told = await write([about('A'), wrong, about('C')])
    expect(await states()).toEqual(['A sent', 'B', 'C sent'])
    expect(told.failed.get(wrong.id)?.error.message).toMatch(/23503$/)
  })

  it.each([
    ['a value that the database cannot convert', `case nome when 'B' then nome::int end`],
    ['a value that a constraint refuses', `case nome when 'B' then -1 end`],
  ])('fails %s alone, and shows it to nobody', async (_, value) => {
    await rig.run('alter table app.pezzi add constraint positivo check (numero >= 0)')
    const spoiled = {
      statement: `update app.pezzi set stato = :fate, numero = ${value} where nome = :key`,
    }
    const person = about('B')
    const told = await write([about('A'), person, about('C')], spoiled)
    expect(await states()).toEqual(['A sent', 'B', 'C sent'])
    const { error } = told.failed.get(person.id)!
    expect([error.code, error.retry]).toEqual(['SRC_RECEIPT', false])
    expect(error.message).toMatch(/line 1: .* (?:22P02|23514)$/)
  })

  it('stops where record after record fails, whatever the others would be', async () => {
    const receipts = Array.from({ length: 50 }, (_, at) => receiptOf({ line: at, key: `Z${at}` }))
    for (const [more, said] of [
      [{}, 'found no row'],
      [{ statement: 'update app.pezzi set numero = cast(:key as int)' }, '22P02'],
    ] as const) {
      const told = nothingTold()
      const error = await sourceErrorOf(
        write(receipts, { ...more, maximumFailuresInRow: 5 }, { told }),
      )
      expect([error.code, told.failed.size, told.given.size]).toEqual(['SRC_RECEIPT', 5, 0])
      expect(error.message).toContain('5 records in a row')
      expect(error.message).toContain(said)
    }
    const mixed = [about('A'), ...receipts.slice(0, 10), about('B')]
    expect((await write(mixed, { maximumFailuresInRow: 5 })).given.size).toBe(2)
  })

  it('binds what the notice says, and asks for it only where it is named', async () => {
    const named = {
      statement: `update app.pezzi set stato = :noticeNumber,
        esito = concat_ws('/', :amountCents::text, :payee::text, :dueAt::text, :fiscalCode::text,
          :values_anno::text, :values_pec_email::text, :values_altro::text, :id::text)
        where nome = :key`,
    }
    const receipt = about('A')
    const notice: ReceiptNotice = {
      fiscalCode: 'AAAAAA00A00A000A',
      subject: 'Mensa',
      markdown: 'Testo',
      dueAt: Temporal.Instant.from('2026-04-30T21:59:59Z'),
      payment: { noticeNumber: '301000000000000001', amountCents: 4005, payee: null },
      values: { anno: '2026', 'pec.email': 'a@pec.example' },
    }
    await write([receipt, about('B')], named, { notices: new Map([[receipt.id, notice]]) })
    const said = '4005/2026-04-30T21:59:59Z/AAAAAA00A00A000A/2026/a@pec.example'
    expect((await states()).slice(0, 2)).toEqual([
      `A 301000000000000001 ${said}/${receipt.id}`,
      `B  ${about('B').id}`,
    ])
    const report = reportOf('1/x/y', '', 0, { receipts: [receipt] })
    const notice2 = () => expect.unreachable('nothing names it')
    await dbview.writeBack!(contextFor(dbview, rig.settings), { ...report, notice: notice2 })
  })

  it('keeps what the statement answers', async () => {
    const returning = { statement: `${statement} returning numero + 1 as protocollo, esito` }
    await rig.run('update app.pezzi set numero = 41')
    const receipt = about('A')
    const told = await write([receipt], returning)
    expect(told.given.get(receipt.id)?.answer).toEqual({ protocollo: '42', esito: '' })
  })

  it('runs a procedure, and keeps what it answers', async () => {
    await rig.run(`create procedure app.riscontro(chiave text, come text, inout numero text)
        language plpgsql as $$ begin
          if come = 'refused' then raise exception 'niente per %', chiave; end if;
          update app.pezzi set stato = come where nome = chiave; numero := '7/2026';
        end $$;
      grant execute on procedure app.riscontro to ${rig.writer}`)
    const [sent, refused] = [about('A'), about('B', 'refused')]
    const call = { statement: 'call app.riscontro(:key, :fate, null)' }
    const told = await write([sent, refused], call)
    expect(await states()).toEqual(['A sent', 'B', 'C'])
    expect(told.given.get(sent.id)?.answer).toEqual({ numero: '7/2026' })
    expect(told.failed.get(refused.id)?.error.message).toMatch(/P0001$/)
  })

  describe('that must not be written twice', () => {
    const once = { statement: 'insert into app.avvisi values (:key)', repeatable: false }
    beforeEach(() =>
      rig.run(`create table app.avvisi (nome text check (nome <> 'B'));
        grant insert, update on app.avvisi to ${rig.writer}`),
    )
    const rows = async () => {
      const { rows } = await rig.run('select nome from app.avvisi order by nome')
      return rows.map(({ nome }) => nome)
    }

    it('leaves to a person a record of which it is not known', async () => {
      const told = nothingTold()
      told.begun.add(about('A').id)
      await write([about('A'), about('C')], once, { told })
      expect(await rows()).toEqual(['C'])
      expect(told.failed.get(about('A').id)).toMatchObject({ mayBeGiven: true })
      expect(told.begun.has(about('C').id)).toBe(true)
    })

    it('fails one that was refused, which is known', async () => {
      const told = await write([about('B'), about('C')], once)
      expect(await rows()).toEqual(['C'])
      expect(told.failed.get(about('B').id)).toMatchObject({ mayBeGiven: false })
    })

    it('is uncertain when the connection is lost, and tries again when it is locked', async () => {
      await rig.run('begin; lock table app.avvisi in access exclusive mode')
      const told = nothingTold()
      const writing = sourceErrorOf(write([about('A')], once, { told }))
      const waiting = `select 1 from pg_locks where not granted and relation = 'app.avvisi'::regclass`
      while ((await rig.run(waiting)).rowCount === 0);
      await cutReaders(rig.run, rig.writer)
      expect((await writing).retry).toBe(true)
      expect(told.failed.get(about('A').id)).toMatchObject({ mayBeGiven: true })
      const context = contextFor(dbview, {
        ...rig.settings,
        statementTimeoutSeconds: 1,
        receipt: { ...once, username: rig.writer, password: rig.settings['password'] },
      })
      const report = reportOf('1/x/y', '', 0, { receipts: [about('C')] })
      expect((await sourceErrorOf(dbview.writeBack!(context, report))).code).toBe('SRC_VIEW_SLOW')
      expect(report.told.failed.get(about('C').id)).toMatchObject({ mayBeGiven: false })
      expect(report.told.begun.size).toBe(0)
      await rig.run('rollback')
    })
  })

  it('never makes a value a part of the statement', async () => {
    const key = `A'; update app.pezzi set stato = 'x'; --`
    await write([about(key)])
    expect(await states()).toEqual(['A', 'B', 'C'])
  })

  it('is refused as a whole where the user may not write', async () => {
    const error = await sourceErrorOf(write([about('A')], { username: rig.reader }))
    expect([error.code, error.retry]).toEqual(['SRC_RECEIPT', false])
    expect(error.message).toContain('permission denied')
  })

  it('is refused where the feed wants one and has no statement', async () => {
    const error = await sourceErrorOf(
      dbview.writeBack!(contextWith(undefined), reportOf('1/all/x', '')),
    )
    expect(error.code).toBe('SRC_SETTINGS')
  })
})
