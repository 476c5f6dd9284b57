// A mailbox that is watched for a whole day: polls that wait for mail (IDLE), one after the other,
// while mails come at any time, connections are lost and the server numbers its mails anew.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collect, contextFor } from '../../test/contract/connector.ts'
import { startImapServer } from '../../test/fakes/imap-server.ts'
import { mailOf } from '../../test/fakes/mails.ts'
import imap from './index.ts'

process.env['STAFFETTA_TEST_IMAP_DAY'] = 'not-a-real-password'
const user = { username: 'pratiche', password: 'not-a-real-password' }
const settingsOf = (port: number, changes: object) => ({
  host: 'localhost',
  port,
  tls: { mode: 'none' },
  username: user.username,
  password: 'env:STAFFETTA_TEST_IMAP_DAY',
  idleSeconds: 600,
  ...changes,
})

/** What happens each time that a poll has begun to wait; at the end its time is over. */
const steps = fc.constantFrom<string[]>(
  ...[[], ['mail'], ['mail', 'mail'], ['two mails']],
  ...[['cut'], ['mail', 'cut']],
)
/** What happens while nobody waits. */
const between = fc.constantFrom('nothing', 'nothing', 'mail', 'new numbers')
const quiet = { steps: [], between: 'nothing' }
/** A poll every quarter of an hour of a day. */
const polls = 96
const day = fc.array(fc.record({ steps, between }), { minLength: polls, maxLength: polls })

describe('a mailbox that is watched for a day', () => {
  it.each([
    ['moves its mails', { after: 'move', archiveMailbox: 'Archivio' }],
    ['flags them', { after: 'flag' }],
    ['leaves them', { after: 'leave' }],
  ])('gives each mail once, however often its connection is lost, and %s', async (_, after) => {
    const live = async (happened: { steps: readonly string[]; between: string }[]) => {
      let waiting = () => {}
      const onCommand = (command: string) => {
        if (command === 'IDLE') setImmediate(() => waiting())
        return 'answer' as const
      }
      const server = await startImapServer({ ...user, onCommand }, ['Archivio'])
      const saved = { keys: new Set<string>() }
      const taken: string[] = []
      let came = 0
      const happen = (what: string | undefined, end: () => void) => {
        const mails = what === 'two mails' ? 2 : what === 'mail' ? 1 : 0
        for (let n = 0; n < mails; n++) {
          server.put('INBOX', mailOf({ 'Message-ID': `<${++came}@e.it>` }))
        }
        if (what === 'cut') server.cut()
        if (what === 'new numbers') server.uidValidity += 1
        if (what === undefined) end()
      }
      try {
        for (const { steps, between } of [...happened, quiet]) {
          const left = [...steps]
          const over = Promise.withResolvers<void>()
          waiting = () => happen(left.shift(), over.resolve)
          const options = { saved, duringSleep: () => over.promise }
          const context = contextFor(imap, settingsOf(server.port, after), options)
          for (const { key } of await collect(imap, context, saved)) taken.push(key)
          expect(left).toEqual([])
          happen(between, () => {})
        }
      } finally {
        await server.stop()
      }
      expect(taken).toEqual(Array.from({ length: came }, (_, n) => `${n + 1}@e.it`))
    }
    await fc.assert(fc.asyncProperty(day, live), { numRuns: 1, endOnFailure: true })
  })

  it('is never left to one IDLE for the 29 minutes after which servers hang up', () => {
    const settings = settingsOf(143, { idleSeconds: 29 * 60 })
    expect(imap.settings.safeParse(settings).success).toBe(false)
  })
})
