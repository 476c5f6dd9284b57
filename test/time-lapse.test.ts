// A time lapse moves a whole installation through time: what is due is done at its own instant,
// however long nobody looks, and nothing of it leaves the machine.
import { describe, expect, it } from 'vitest'
import { contact } from '../scripts/samples.ts'
import { openTimeLapse, type TimeLapse } from '../src/time-lapse.ts'
import { freshDatabase } from './database.ts'
import { canteenFile, child, INSTITUTION } from './installation.ts'
import { dropOf } from './store/given.ts'

const CONFIG = new URL('../config/', import.meta.url).pathname
const everyone = { notOnIo: 0, serviceOff: 0, english: 0, german: 0 }

const at = (text: string) => Temporal.Instant.from(text)

async function inTimeLapse(from: string, work: (lapse: TimeLapse) => Promise<void>): Promise<void> {
  const database = await freshDatabase()
  const lapse = await openTimeLapse({
    configDirectory: CONFIG,
    from: at(from),
    databaseUrl: database.url,
    sandbox: { population: everyone },
  })
  try {
    await work(lapse)
  } finally {
    await lapse.close()
    await database.drop()
  }
}

const left = ({ sandbox }: TimeLapse) =>
  Array.from(sandbox.truth.accepted(), ({ acceptedAt, fiscalCode, service }) => ({
    at: Temporal.Instant.fromEpochMilliseconds(acceptedAt).toString(),
    fiscalCode,
    service,
  }))

describe('time lapse', () => {
  it('sends each message at its own instant, without waiting for it', async () => {
    await inTimeLapse('2027-03-01T09:00:00Z', async (lapse) => {
      const rows = [child(1, { due: '2027-03-31' }), child(2, { due: '2027-10-20' })]
      await lapse.receive(INSTITUTION, 'mensa', dropOf('mensa-2027-03', canteenFile(rows)))
      await lapse.advanceTo(at('2027-12-31T23:00:00Z'))
      const service = `${INSTITUTION}/mensa`
      const [one, two] = [contact(1).fiscalCode, contact(2).fiscalCode]
      expect(
        left(lapse).sort((a, b) => (a.at + a.fiscalCode < b.at + b.fiscalCode ? -1 : 1)),
      ).toEqual([
        ...[one, two]
          .sort()
          .map((fiscalCode) => ({ at: '2027-03-01T09:00:00Z', fiscalCode, service })),
        // Three days before, half past nine in Rome: summer time began in between.
        { at: '2027-03-28T07:30:00Z', fiscalCode: one, service },
        { at: '2027-10-17T07:30:00Z', fiscalCode: two, service },
      ])
      expect(lapse.now().toString()).toBe('2027-12-31T23:00:00Z')
    })
  })

  it('takes no drop twice, and does late what was due while nobody was at work', async () => {
    await inTimeLapse('2027-03-01T09:00:00Z', async (lapse) => {
      const file = () => dropOf('mensa-2027-03', canteenFile([child(1, { due: '2027-03-31' })]))
      expect(await lapse.receive(INSTITUTION, 'mensa', file())).not.toBeNull()
      expect(await lapse.receive(INSTITUTION, 'mensa', file())).toBeNull()
      await lapse.advanceTo(at('2027-03-20T09:00:00Z'))
      lapse.skipTo(at('2027-03-29T12:00:00Z'))
      await lapse.advanceTo(at('2027-03-29T12:00:00Z'))
      expect(left(lapse).map((message) => message.at)).toEqual([
        '2027-03-01T09:00:00Z',
        '2027-03-29T12:00:00Z',
      ])
    })
  })

  it('finds what comes next of a flow whose nearest message was cancelled meanwhile', async () => {
    await inTimeLapse('2027-03-01T09:00:00Z', async (lapse) => {
      const rows = [child(1, { due: '2027-04-10' }), child(2, { due: '2027-04-20' })]
      await lapse.receive(INSTITUTION, 'mensa', dropOf('mensa-2027-03', canteenFile(rows)))
      await lapse.advanceTo(at('2027-03-02T09:00:00Z'))
      const { doNotContact } = lapse.app.store
      const act = { actor: 'anna', origin: 'cli', note: 'lo ha chiesto' }
      await doNotContact.block(INSTITUTION, [contact(1).fiscalCode], act, lapse.now())
      await lapse.advanceTo(at('2027-12-31T23:00:00Z'))
      expect(left(lapse).at(-1)).toMatchObject({
        at: '2027-04-17T07:30:00Z',
        fiscalCode: contact(2).fiscalCode,
      })
    })
  })
})
