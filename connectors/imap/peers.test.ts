// The connector to mailboxes, against Dovecot: the contract again, and what only a real server can
// show. Runs in `npm run test:peers`, which starts the server and gives its address.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ImapFlow } from 'imapflow'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startFaultProxy } from '../../scripts/fault-proxy.ts'
import {
  collect,
  connectorContract,
  contextFor,
  type Rig,
  sourceErrorOf,
} from '../../test/contract/connector.ts'
import { receiptOf, reportOf } from '../../test/contract/report.ts'
import { envelopeOf, joined, mailOf, mailWith, unpacking } from '../../test/fakes/mails.ts'
import imap from './index.ts'
import type { ImapSettings } from './settings.ts'

const peer = new URL(process.env['STAFFETTA_PEER_IMAP'] ?? 'imap://missing@127.0.0.1')
const password = decodeURIComponent(peer.password)
process.env['STAFFETTA_TEST_IMAP_PEER'] = password

interface PeerRig extends Rig<ImapSettings> {
  /** A mail program of somebody else, in the same mailboxes. */
  other: ImapFlow
  idsIn(mailbox: string): Promise<string[]>
  flagsIn(mailbox: string): Promise<string[][]>
}

async function startRig(): Promise<PeerRig> {
  const way = await startFaultProxy({ port: Number(peer.port) })
  const username = `prova-${randomUUID()}` // The server gives each name an empty mailbox.
  const other = new ImapFlow({
    host: peer.hostname,
    port: Number(peer.port),
    secure: false,
    doSTARTTLS: false,
    auth: { user: username, pass: password },
    logger: false,
  })
  other.on('error', () => {})
  await other.connect()
  for (const path of ['Archivio', 'Quarantena', 'Falliti']) await other.mailboxCreate(path)
  const listed = async (path: string) => {
    const { exists } = await other.mailboxOpen(path)
    return exists === 0 ? [] : other.fetchAll('1:*', { flags: true, envelope: true })
  }
  const idsIn = async (path: string) =>
    (await listed(path)).map(({ envelope }) => envelope?.messageId ?? '?')
  return {
    other,
    idsIn,
    flagsIn: async (path) =>
      (await listed(path)).map(({ flags }) =>
        [...(flags ?? [])].filter((one) => one !== '\\Recent'),
      ),
    connector: unpacking(imap),
    settings: {
      host: '127.0.0.1',
      port: way.port,
      tls: { mode: 'none' },
      username,
      password: 'env:STAFFETTA_TEST_IMAP_PEER',
      after: 'move',
      archiveMailbox: 'Archivio',
    },
    secrets: [password],
    async put(name, bytes) {
      await other.append('INBOX', mailWith(name, bytes))
    },
    isWaiting: async (name) => (await idsIn('INBOX')).includes(`<${name}@ente.example>`),
    async cut() {
      way.cut()
      return async () => {}
    },
    async stop() {
      await other.logout()
      await way.stop()
    },
  }
}

connectorContract({ name: 'imap', against: 'Dovecot', start: startRig })

describe('the connector imap, against Dovecot,', () => {
  let rig: PeerRig
  let settings: Record<string, unknown>
  const put = (mail: Uint8Array) => rig.other.append('INBOX', Buffer.from(mail))
  const task = (id: string) => mailOf({ From: 'ufficio@ente.example', 'Message-ID': `<${id}>` })
  const context = (options: Parameters<typeof contextFor>[2] = {}) =>
    contextFor(imap, settings, options)
  const poll = async (saved = { keys: new Set<string>() }) =>
    (await collect(imap, context({ saved }), saved)).map(({ key }) => key)

  beforeEach(async () => {
    rig = await startRig()
    settings = rig.settings
  })
  afterEach(() => rig.stop())

  it.each([
    ['implicit', peer.searchParams.get('tls')],
    ['starttls', peer.port],
  ])(
    'logs in encrypted (%s), with the authority of the server and not without',
    async (mode, port) => {
      settings = { ...settings, host: 'localhost', tls: { mode }, port: Number(port) }
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_TLS', false])
      settings = { ...settings, tls: { mode, ca: `file:${peer.searchParams.get('ca')}` } }
      const lines = (await imap.check(context())).map(({ what }) => what)
      expect(lines[2]).toMatch(/^certificate of the server: \d+ days left$/)
    },
  )

  it('takes certified mail as it stands, and moves what is malformed aside', async () => {
    settings = { ...settings, quarantineMailbox: 'Quarantena' }
    const many = Array<string>(10_000).fill('Content-Type: text/plain\r\n\r\nx')
    const mixed = { 'Content-Type': 'multipart/mixed; boundary="b"', 'Message-ID': '<bomb@e.it>' }
    await put(mailOf(mixed, joined('b', many)))
    const envelope = envelopeOf(task('inner@pec.example'))
    await put(envelope)
    const saved = { keys: new Set<string>() }
    expect((await sourceErrorOf(poll(saved))).code).toBe('SRC_MAIL')
    expect([...saved.keys]).toEqual(['inner@pec.example'])
    expect(await rig.idsIn('Quarantena')).toEqual(['<bomb@e.it>'])
    expect(await rig.idsIn('INBOX')).toEqual([])
    expect(await poll(saved)).toEqual([])
  })

  it('puts aside mails that would exhaust it, and takes the next', async () => {
    settings = { ...settings, quarantineMailbox: 'Quarantena' }
    const mixed = { 'Content-Type': 'multipart/mixed; boundary="b"' }
    let nested = 'Subject: x\r\n\r\nx'
    for (let level = 0; level < 100; level++) {
      nested = `Content-Type: message/rfc822\r\n\r\n${nested}`
    }
    await put(mailOf({ 'Message-ID': '<large@e.it>' }, 'riga di testo\r\n'.repeat(3_500_000)))
    await put(mailOf(mixed, 'x\r\n'))
    await put(Buffer.from(nested))
    await put(task('next@e.it'))
    const saved = { keys: new Set<string>() }
    const error = await sourceErrorOf(poll(saved))
    expect(error.message).toMatch(/^mail 1 has more than 41943040 bytes \(and 2 more\)/)
    expect([...saved.keys]).toEqual(['next@e.it'])
    expect(await rig.idsIn('Quarantena')).toHaveLength(3)
    expect(await poll(saved)).toEqual([])
  })

  it.each(['$StaffettaTaken', '\\Seen'])('flags mails with %s, and opens none', async (flag) => {
    settings = { ...settings, after: 'flag', flag }
    await put(task('1@e.it'))
    expect(await poll()).toEqual(['1@e.it'])
    expect(await rig.flagsIn('INBOX')).toEqual([[flag]])
    await put(task('2@e.it'))
    expect(await poll()).toEqual(['2@e.it'])
  })

  it('takes each mail once, though the mailbox was made anew', async () => {
    settings = { ...settings, after: 'leave', mailbox: 'Compiti' }
    const saved = { keys: new Set<string>() }
    let cursor = null
    for (const ids of [['1@e.it'], ['1@e.it', '2@e.it']]) {
      if (cursor !== null) await rig.other.mailboxDelete('Compiti')
      await rig.other.mailboxCreate('Compiti')
      for (const id of ids) await rig.other.append('Compiti', task(id))
      for await (const drop of imap.poll({ ...context({ saved }), cursor })) {
        for await (const _piece of drop.parts[0]!.bytes);
        saved.keys.add(drop.key)
        cursor = drop.cursor ?? null
      }
    }
    expect([...saved.keys]).toEqual(['1@e.it', '2@e.it'])
  })

  it('takes a mail while a poll waits, at once', async () => {
    settings = { ...settings, idleSeconds: 600 }
    const waiting = Promise.withResolvers<void>()
    const over = Promise.withResolvers<void>()
    const duringSleep = () => {
      waiting.resolve()
      return over.promise
    }
    const drops = imap.poll(context({ duringSleep }))
    const first = drops.next()
    await waiting.promise
    await put(task('late@e.it'))
    expect((await first).value?.key).toBe('late@e.it')
    over.resolve()
    expect((await drops.next()).done).toBe(true)
    expect(await rig.idsIn('Archivio')).toEqual(['<late@e.it>'])
  })

  it('takes what came while its connection was cut in a wait, at the next poll', async () => {
    settings = { ...settings, idleSeconds: 600 }
    await put(task('1@e.it'))
    const saved = { keys: new Set<string>() }
    const cutOnce = { duringSleep: () => rig.cut!('').then(() => new Promise<void>(() => {})) }
    const cut = await collect(imap, context({ saved, ...cutOnce }), saved)
    expect(cut.map(({ key }) => key)).toEqual(['1@e.it'])
    await put(task('2@e.it'))
    settings = { ...settings, idleSeconds: 0 }
    expect(await poll(saved)).toEqual(['2@e.it'])
    expect(await rig.idsIn('Archivio')).toEqual(['<1@e.it>', '<2@e.it>'])
  })

  it('says how many mails were put aside, in a mailbox of their own or in this one', async () => {
    settings = { ...settings, senders: ['altro.example'] }
    await put(task('1@e.it'))
    expect(await poll()).toEqual([])
    const said = async () => (await imap.check(context())).map(({ what }) => what).join()
    expect(await said()).toContain('of which 1 put aside, for a person to look at')
    settings = { ...settings, quarantineMailbox: 'Quarantena', quarantineFlag: '$Other' }
    expect(await said()).toContain('find Quarantena: nothing was put aside')
    expect(await poll()).toEqual([])
    expect(await said()).toContain('find Quarantena: 1 put aside, for a person to look at')
  })

  it('marks how a mail ended, once, and moves it', async () => {
    settings = { ...settings, results: { failedMailbox: 'Falliti' } }
    await put(task('1@e.it'))
    await put(task('11@e.it'))
    expect(await poll()).toEqual(['1@e.it', '11@e.it'])
    for (const number of [0, 0, 1]) {
      const receipts = [receiptOf({ fate: 'refused' })]
      await imap.writeBack?.(context(), reportOf('1@e.it', '', number, { receipts }))
    }
    expect(await rig.idsIn('Falliti')).toEqual(['<1@e.it>'])
    expect(await rig.flagsIn('Falliti')).toEqual([['$StaffettaFailed']])
    expect(await rig.idsIn('Archivio')).toEqual(['<11@e.it>'])
  })

  it('reads and names the certified mail of the example municipality', async () => {
    const samples = '../../config/comune-di-esempio/samples/'
    await put(readFileSync(new URL(`${samples}convocazione-pec.eml`, import.meta.url)))
    expect(await poll()).toEqual(['convocazione-77@ufficio.pec.example'])
  })

  it.each([
    [-1, ['1@e.it']],
    [1, []],
  ])('takes what came since the feed began (%i hours from now)', async (hours, keys) => {
    await put(task('1@e.it'))
    const now = () => Temporal.Now.instant()
    const from = now().add({ hours })
    expect((await collect(imap, { ...context({ from }), now })).map(({ key }) => key)).toEqual(keys)
  })

  // The last: Dovecot lets everybody wait for a while after it.
  it('says that a password is wrong', async () => {
    process.env['STAFFETTA_TEST_IMAP_PEER_WRONG'] = 'wrong'
    settings = { ...settings, password: 'env:STAFFETTA_TEST_IMAP_PEER_WRONG' }
    expect((await sourceErrorOf(poll())).code).toBe('SRC_CREDENTIALS')
  })
})
