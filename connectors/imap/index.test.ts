// The connector to mailboxes, against a server in memory: the contract of every connector, then
// what mails, senders, the network and the server may do to it. Dovecot is in `peers.test.ts`.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Json } from '../../src/connector.ts'
import {
  type ContextOptions,
  collect,
  connectorContract,
  contextFor,
  type Rig,
  type Saved,
  sourceErrorOf,
} from '../../test/contract/connector.ts'
import { receiptOf, reportOf } from '../../test/contract/report.ts'
import {
  type ImapServer,
  type ImapServerOptions,
  startImapServer,
} from '../../test/fakes/imap-server.ts'
import { envelopeOf, joined, mailOf, mailWith, unpacking } from '../../test/fakes/mails.ts'
import { authority, certificate, privateKey } from '../../test/io/certificates.ts'
import imap from './index.ts'
import type { ImapSettings } from './settings.ts'

const password = 'not-a-real-password'
process.env['STAFFETTA_TEST_IMAP_PASSWORD'] = password
process.env['STAFFETTA_TEST_IMAP_WRONG'] = 'another-password'

interface ImapRig extends Rig<ImapSettings> {
  server: ImapServer
}

const targets = ['Archivio', 'Quarantena', 'Ricevute', 'Inviati', 'Falliti']

async function startRig(options: Partial<ImapServerOptions> = {}): Promise<ImapRig> {
  const server = await startImapServer({ username: 'pratiche', password, ...options }, targets)
  return {
    server,
    connector: unpacking(imap),
    settings: {
      host: 'localhost',
      port: server.port,
      tls: { mode: 'none' },
      username: 'pratiche',
      password: 'env:STAFFETTA_TEST_IMAP_PASSWORD',
      after: 'move',
      archiveMailbox: 'Archivio',
    },
    secrets: [password],
    async put(name, bytes) {
      server.put('INBOX', mailWith(name, bytes))
    },
    async isWaiting(name) {
      const mails = server.mailboxes.get('INBOX') ?? []
      return mails.some(({ bytes }) => bytes.includes(`<${name}@ente.example>`))
    },
    async cut() {
      server.cut()
      return async () => {}
    },
    stop: () => server.stop(),
  }
}

connectorContract({ name: 'imap', start: startRig })

describe('the connector imap', () => {
  let rig: ImapRig
  let settings: Record<string, unknown>
  let logged: { fields: object; message: string }[]

  async function use(options: Partial<ImapServerOptions>, changes: Record<string, unknown> = {}) {
    await rig.stop()
    rig = await startRig(options)
    settings = { ...rig.settings, ...changes }
  }
  const set = (changes: Record<string, unknown>) => {
    settings = { ...settings, ...changes }
  }
  const context = (options: ContextOptions & { cursor?: Json } = {}) => {
    const add = (fields: object, message: string) => void logged.push({ fields, message })
    const log = { debug: add, info: add, warn: add }
    return { ...contextFor(imap, settings, options), log, cursor: options.cursor ?? null }
  }
  const poll = (saved?: Saved, options: Parameters<typeof context>[0] = {}) =>
    collect(imap, context({ ...options, ...(saved && { saved }) }), saved)
  const put = (bytes: Uint8Array, received?: Date) => rig.server.put('INBOX', bytes, received)
  const idsIn = (mailbox: string) =>
    (rig.server.mailboxes.get(mailbox) ?? []).map(
      ({ bytes }) => /^Message-ID: <(.*)>/im.exec(bytes.toString('latin1', 0, 5000))?.[1] ?? '?',
    )
  const flagsIn = (mailbox: string) =>
    (rig.server.mailboxes.get(mailbox) ?? []).map(({ flags }) => [...flags].sort())
  const task = (id: string, headers: Record<string, string> = {}) =>
    mailOf({ From: 'Ufficio <ufficio@ente.example>', 'Message-ID': `<${id}>`, ...headers })

  beforeEach(async () => {
    rig = await startRig()
    settings = rig.settings
    logged = []
  })
  afterEach(() => rig.stop())

  describe('takes mails', () => {
    it('as they stand, one drop each, under the id that their sender gave them', async () => {
      const mail = task('a@ente.example')
      put(mail)
      const [drop] = await poll()
      expect(drop).toEqual({ key: 'a@ente.example', name: 'mail-1.eml', bytes: mail })
    })

    it('in the order of their arrival, also when there are more than fit on a page', async () => {
      const ids = Array.from({ length: 47 }, (_, n) => `${n}@ente.example`)
      for (const id of ids) put(task(id))
      expect((await poll()).map(({ key }) => key)).toEqual(ids)
      expect(idsIn('Archivio')).toEqual(ids)
    })

    it('without an id under a digest of their bytes', async () => {
      put(mailOf({ From: 'a@ente.example', Subject: 'x' }))
      put(mailOf({ From: 'a@ente.example', Subject: 'y' }))
      const keys = (await poll()).map(({ key }) => key)
      expect(keys).toEqual([expect.stringMatching(/^sha256:[0-9a-f]{64}$/), expect.any(String)])
      expect(new Set(keys).size).toBe(2)
    })

    it('that came twice as one task, and acknowledges both', async () => {
      put(task('same@ente.example'))
      put(task('same@ente.example', { Received: 'from another way' }))
      expect(await poll()).toHaveLength(1)
      expect(idsIn('INBOX')).toEqual([])
    })

    it('up to `mailsPerPoll`, and the others at the next poll', async () => {
      set({ mailsPerPoll: 2 })
      for (const id of ['1@e.it', '2@e.it', '3@e.it']) put(task(id))
      const saved = { keys: new Set<string>() }
      expect((await poll(saved)).map(({ key }) => key)).toEqual(['1@e.it', '2@e.it'])
      expect((await poll(saved)).map(({ key }) => key)).toEqual(['3@e.it'])
    })

    it('of a mailbox that it may only read, where it is to leave them', async () => {
      await use({ readOnly: true }, { after: 'leave' })
      put(task('1@e.it'))
      expect(await poll()).toHaveLength(1)
    })

    it('not from before the feed began', async () => {
      put(task('old@e.it'), new Date('2026-02-20T09:00:00Z'))
      put(task('same-day@e.it'), new Date('2026-03-01T09:00:00Z'))
      put(task('new@e.it'), new Date('2026-03-01T09:30:00Z'))
      const from = Temporal.Instant.from('2026-03-01T09:30:00Z')
      expect((await poll(undefined, { from })).map(({ key }) => key)).toEqual(['new@e.it'])
      expect(idsIn('INBOX')).toEqual(['old@e.it', 'same-day@e.it'])
    })

    it('that nobody has opened, where the feed wants those alone', async () => {
      set({ search: 'unseen' })
      put(task('opened@e.it'))
      put(task('new@e.it'))
      rig.server.mailboxes.get('INBOX')?.[0]?.flags.add('\\Seen')
      expect((await poll()).map(({ key }) => key)).toEqual(['new@e.it'])
    })

    it.each(['$StaffettaTaken', '\\Seen'])(
      'and flags them with %s, where they stay',
      async (flag) => {
        set({ after: 'flag', flag })
        put(task('1@e.it'))
        expect(await poll()).toHaveLength(1)
        expect(flagsIn('INBOX')).toEqual([[flag]])
        expect(await poll()).toEqual([])
      },
    )

    it('without touching them, and then reads only what came since', async () => {
      set({ after: 'leave' })
      put(task('1@e.it'))
      const drops = imap.poll(context())
      const { value } = await drops.next()
      await drops.next()
      const cursor = value?.cursor ?? null
      put(task('2@e.it'))
      rig.server.commands.length = 0
      expect((await poll(undefined, { cursor })).map(({ key }) => key)).toEqual(['2@e.it'])
      expect(rig.server.commands.filter((one) => one.startsWith('UID FETCH 1'))).toEqual([])
      expect(flagsIn('INBOX')).toEqual([[], []])
    })

    it('anew when the server has numbered them anew, and each is still one task', async () => {
      set({ after: 'leave' })
      put(task('1@e.it'))
      const saved = { keys: new Set(['1@e.it']) }
      put(task('2@e.it'))
      const cursor = { uidValidity: '7', uid: 9 }
      expect(await poll(saved, { cursor })).toEqual([])
      rig.server.uidValidity = 8
      expect((await poll(saved, { cursor })).map(({ key }) => key)).toEqual(['2@e.it'])
    })
  })

  describe('puts aside', () => {
    const depth = (levels: number): string =>
      levels === 0
        ? 'Subject: x\r\n\r\nx'
        : `Content-Type: message/rfc822\r\n\r\n${depth(levels - 1)}`
    const parts = Array.from({ length: 10_000 }, () => 'Content-Type: text/plain\r\n\r\nx')
    const mixed = { 'Content-Type': 'multipart/mixed; boundary="b"' }
    it.each<[string, Buffer, string]>([
      ['with 10,000 parts', mailOf(mixed, joined('b', parts)), 'more than 1000 parts'],
      ['of messages in messages', Buffer.from(depth(100)), 'nested more than 20 times'],
      ['without the boundary it names', mailOf(mixed, 'x\r\n'), 'never comes'],
      ['without naming a boundary', mailOf({ 'Content-Type': 'multipart/mixed' }), 'does not say'],
      ['with absurd headers', mailOf({ 'X-Long': 'x '.repeat(600_000) }), 'headers of more than'],
      ['that is too large', mailOf({}, 'x'.repeat(2_000_001)), 'more than 2000000 bytes'],
    ])('a mail %s, and takes the next', async (_, hostile, reason) => {
      set({ quarantineMailbox: 'Quarantena', maximumMailBytes: 2_000_000 })
      put(hostile)
      put(task('next@e.it'))
      const saved = { keys: new Set<string>() }
      const error = await sourceErrorOf(poll(saved))
      expect([error.code, error.retry]).toEqual(['SRC_MAIL', true])
      expect(error.message).toContain(reason)
      expect([...saved.keys]).toEqual(['next@e.it'])
      expect(rig.server.mailboxes.get('Quarantena')).toHaveLength(1)
      expect(await poll(saved)).toEqual([])
    })

    it('a mail with a flag where there is no quarantine, and looks at it no more', async () => {
      put(mailOf(mixed, 'x'))
      expect((await sourceErrorOf(poll())).code).toBe('SRC_MAIL')
      expect(flagsIn('INBOX')).toEqual([['$StaffettaQuarantine']])
      expect(await poll()).toEqual([])
    })

    it('nothing because of a charset, or of bytes that are no text', async () => {
      put(mailOf({ 'Content-Type': 'text/plain; charset=klingon', 'Message-ID': '<k@e.it>' }))
      put(Buffer.from([0, 255, 10, 45, 45, 13]))
      expect((await poll()).map(({ key }) => key)).toEqual([
        'k@e.it',
        expect.stringMatching(/^sha/),
      ])
    })

    it('a mail that answers automatically, and answers nothing itself', async () => {
      set({ quarantineMailbox: 'Quarantena' })
      put(task('away@e.it', { 'Auto-Submitted': 'auto-replied (vacation)' }))
      put(task('program@e.it', { 'Auto-Submitted': 'auto-generated' }))
      expect((await poll()).map(({ key }) => key)).toEqual(['program@e.it'])
      expect(idsIn('Quarantena')).toEqual(['away@e.it'])
      expect(rig.server.commands.filter((one) => /^APPEND|\\Answered/.test(one))).toEqual([])
    })
  })

  describe('believes a sender', () => {
    const rules = {
      senders: ['ufficio@ente.example', 'suap.example'],
      authentication: { server: 'mx.comune.example', require: ['dkim', 'dmarc'] },
      quarantineMailbox: 'Quarantena',
    }
    const good =
      'mx.comune.example; dkim=pass header.d=ente.example; dmarc=pass header.from=ente.example'

    it('who is allowed and proved, and counts the others', async () => {
      set(rules)
      put(task('good@e.it', { 'Authentication-Results': good }))
      put(task('bare@e.it'))
      put(task('other@e.it', { From: 'x@altro.example', 'Authentication-Results': good }))
      expect((await poll()).map(({ key }) => key)).toEqual(['good@e.it'])
      expect(idsIn('Quarantena')).toEqual(['bare@e.it', 'other@e.it'])
      expect(logged.at(-1)).toEqual({ fields: { mails: 2 }, message: 'mails refused' })
      expect(inspect(logged)).not.toContain('altro.example')
    })

    it('by an allow-list alone, which the check says to be no proof', async () => {
      set({ senders: rules.senders })
      put(task('1@e.it'))
      expect(await poll()).toHaveLength(1)
      const lines = await imap.check(context())
      expect(lines.at(-1)).toEqual({ ok: true, what: expect.stringContaining('no proof') })
    })
  })

  describe('of certified mail', () => {
    const sent = mailOf({ From: 'ufficio@pec.example', 'Message-ID': '<inner@pec.example>' })

    it('takes the message inside, under its own id, and the envelope as bytes', async () => {
      const envelope = envelopeOf(sent, { headers: { 'X-Ricevuta': 'posta-certificata' } })
      put(envelope)
      put(envelopeOf(sent, { id: 'opec.2@gestore.example' }))
      expect(await poll()).toEqual([
        { key: 'inner@pec.example', name: 'mail-1.eml', bytes: envelope },
      ])
    })

    it('never takes receipts, files them, and tells what they are about', async () => {
      set({ receipts: 'file', receiptsMailbox: 'Ricevute', certified: true })
      const about = { 'X-Riferimento-Message-ID': '<mine@comune.example>' }
      for (const kind of ['accettazione', 'avvenuta-consegna', 'errore-consegna']) {
        put(task(`${kind}@gestore.example`, { 'X-Ricevuta': kind, ...about }))
      }
      expect(await poll()).toEqual([])
      expect(idsIn('Ricevute')).toHaveLength(3)
      expect(logged[0]?.fields).toEqual({
        uid: 1,
        receipt: 'accettazione',
        reference: 'mine@comune.example',
        isOfDrop: false,
      })
    })

    it('leaves receipts where they are when the feed says so, and takes the next', async () => {
      put(task('r@gestore.example', { 'X-Ricevuta': 'accettazione' }))
      put(envelopeOf(sent))
      expect((await poll()).map(({ key }) => key)).toEqual(['inner@pec.example'])
      expect(idsIn('INBOX')).toEqual(['r@gestore.example'])
    })

    it('puts aside ordinary mail in an envelope («anomalia»)', async () => {
      set({ quarantineMailbox: 'Quarantena' })
      put(task('a@gestore.example', { 'X-Trasporto': 'errore' }))
      expect(await poll()).toEqual([])
      expect(idsIn('Quarantena')).toEqual(['a@gestore.example'])
    })
  })

  describe('while a poll waits', () => {
    it('takes a mail that comes, at once', async () => {
      set({ idleSeconds: 600 })
      const waiting = Promise.withResolvers<void>()
      const over = Promise.withResolvers<void>()
      const duringSleep = () => {
        waiting.resolve()
        return over.promise
      }
      const drops = imap.poll(context({ duringSleep }))
      const first = drops.next()
      await waiting.promise
      put(task('late@e.it'))
      expect((await first).value?.key).toBe('late@e.it')
      over.resolve()
      expect((await drops.next()).done).toBe(true)
      expect(idsIn('Archivio')).toEqual(['late@e.it'])
    })

    it('takes a mail that came while another was being saved', async () => {
      set({ idleSeconds: 600 })
      put(task('1@e.it'))
      const over = Promise.withResolvers<void>()
      const keys: string[] = []
      for await (const { key } of imap.poll(context({ duringSleep: () => over.promise }))) {
        keys.push(key)
        if (keys.length === 1) put(task('2@e.it'))
        else over.resolve()
      }
      expect(keys).toEqual(['1@e.it', '2@e.it'])
    })

    it('ends well when the connection is dropped, and leaves the rest to the next', async () => {
      set({ idleSeconds: 600 })
      const duringSleep = () => {
        rig.server.cut()
        return new Promise<void>(() => {})
      }
      expect(await poll(undefined, { duringSleep })).toEqual([])
    })

    it('stops at once when Staffetta does', async () => {
      set({ idleSeconds: 600 })
      const stop = new AbortController()
      const duringSleep = () => stop.abort()
      const error = await sourceErrorOf(poll(undefined, { duringSleep, signal: stop.signal }))
      expect(error.code).toBe('SRC_STOPPED')
    })
  })

  describe('when it connects', () => {
    const tls = { key: privateKey, cert: certificate }
    let directory: string
    let file: string
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'staffetta-imap-'))
      file = join(directory, 'authority.pem')
      await writeFile(file, authority)
    })
    afterEach(() => rm(directory, { recursive: true }))

    it.each([
      ['implicit', true],
      ['starttls', false],
    ])('encrypts (%s) with a certificate that it trusts', async (kind, implicit) => {
      await use({ tls: { ...tls, implicit } }, { tls: { mode: kind, ca: `file:${file}` } })
      put(task('1@e.it'))
      expect(await poll()).toHaveLength(1)
      const lines = await imap.check(context())
      expect(lines[2]).toEqual({ ok: true, what: expect.stringMatching(/certificate .* \d+ days/) })
    })

    it.each([
      ['of an authority that it does not know', 'localhost', false],
      ['for another name', '127.0.0.1', true],
    ])('sends nothing to a server with a certificate %s', async (_, host, isKnown) => {
      const known = isKnown ? { ca: `file:${file}` } : {}
      await use({ tls: { ...tls, implicit: true } }, { host, tls: known })
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_TLS', false])
      expect(rig.server.commands).toEqual([])
    })

    it('sends no password to a server that offers no encryption', async () => {
      set({ tls: { mode: 'starttls' } })
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_TLS', false])
      expect(rig.server.commands).not.toContain('LOGIN')
    })

    it.each(['mail.example', '192.0.2.1'])('is never unencrypted towards %s', (host) => {
      expect(imap.settings.safeParse({ ...settings, host }).success).toBe(false)
    })

    it('tries a wrong password once, says so, and shows it to nobody', async () => {
      set({ password: 'env:STAFFETTA_TEST_IMAP_WRONG' })
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
      expect(inspect(error, { depth: 9 })).not.toContain('another-password')
      expect(rig.server.commands.filter((one) => one === 'LOGIN')).toHaveLength(1)
      const lines = await imap.check(context())
      expect(lines).toMatchObject([{ ok: false, what: expect.stringContaining('log in as') }])
    })

    it('logs in with a token instead, where the server takes one', async () => {
      process.env['STAFFETTA_TEST_IMAP_TOKEN'] = 'a-token'
      const token = { password: undefined, accessToken: 'env:STAFFETTA_TEST_IMAP_TOKEN' }
      set(token)
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
      await use({ accessToken: 'a-token' }, token)
      put(task('1@e.it'))
      expect(await poll()).toHaveLength(1)
      process.env['STAFFETTA_TEST_IMAP_TOKEN'] = 'an-old-token'
      const refused = await sourceErrorOf(poll())
      expect([refused.code, refused.retry]).toEqual(['SRC_CREDENTIALS', false])
      expect(inspect(refused, { depth: 9 })).not.toContain('an-old-token')
    })

    it('says which secret is missing', async () => {
      set({ password: 'env:STAFFETTA_TEST_IMAP_MISSING' })
      const error = await sourceErrorOf(poll())
      expect(error.code).toBe('SRC_CREDENTIALS')
      expect(error.message).toContain('STAFFETTA_TEST_IMAP_MISSING')
    })

    it('says that a server is not there, and tries again', async () => {
      await rig.server.stop()
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_UNREACHABLE', true])
    })
  })

  describe('when the server fails', () => {
    const onFetch = (what: 'cut' | 'silent') => (command: string) =>
      command === 'UID FETCH' ? what : 'answer'

    it.each(['cut', 'silent'] as const)('takes nothing and tries again (%s)', async (what) => {
      await use({ onCommand: onFetch(what) }, { answerTimeoutSeconds: 1 })
      put(task('1@e.it'))
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_CONNECTION_LOST', true])
      expect(idsIn('INBOX')).toEqual(['1@e.it'])
    })

    it('stops at once when Staffetta does, though the server is silent', async () => {
      const stop = new AbortController()
      const onCommand = (command: string) => {
        if (command === 'UID FETCH') stop.abort()
        return onFetch('silent')(command)
      }
      await use({ onCommand })
      put(task('1@e.it'))
      const error = await sourceErrorOf(poll(undefined, { signal: stop.signal }))
      expect(error.code).toBe('SRC_STOPPED')
    })

    it.each([
      ['mailbox', { mailbox: 'Altrove' }],
      ['archive', { archiveMailbox: 'Altrove' }],
      ['quarantine', { quarantineMailbox: 'Altrove' }],
    ])('takes nothing where the %s is missing, and the check names it', async (_, changes) => {
      set(changes)
      put(task('1@e.it'))
      const saved = { keys: new Set<string>() }
      const error = await sourceErrorOf(poll(saved))
      expect([error.code, error.retry]).toEqual(['SRC_MAILBOX', true])
      expect(saved.keys.size).toBe(0)
      const bad = (await imap.check(context())).filter(({ ok }) => !ok)
      expect(bad).toMatchObject([{ what: expect.stringContaining('Altrove') }])
    })

    it.each([
      ['move safely', { capabilities: ['IDLE'] }, {}],
      ['change the mailbox', { readOnly: true }, {}],
      ['keep the flag', { permanentFlags: '\\Seen' }, { after: 'flag' }],
    ])('takes nothing where it cannot %s, and wants a person', async (_, options, changes) => {
      await use(options, changes)
      put(task('1@e.it'))
      const error = await sourceErrorOf(poll())
      expect([error.code, error.retry]).toEqual(['SRC_MAILBOX', false])
      expect((await imap.check(context())).filter(({ ok }) => !ok)).toHaveLength(1)
      expect(idsIn('INBOX')).toEqual(['1@e.it'])
    })

    it.each([
      ['says that it is short', { sizeOf: () => 1 }],
      ['says that it is long', { sizeOf: () => 3_000_000 }],
      ['gives less than is asked for', { pieceBytes: 1000 }],
    ])('reads a mail to its end though the server %s', async (_, options) => {
      await use(options)
      const mail = mailOf({ 'Message-ID': '<1@e.it>' }, 'riga\r\n'.repeat(60_000))
      put(mail)
      expect((await poll()).map(({ bytes }) => bytes.equals(mail))).toEqual([true])
    })

    it('does not ask it for anything when Staffetta is stopping', async () => {
      const error = await sourceErrorOf(poll(undefined, { signal: AbortSignal.abort() }))
      expect(error.code).toBe('SRC_STOPPED')
      expect(rig.server.commands).toEqual([])
    })

    it('passes over a mail that someone takes away meanwhile', async () => {
      const onCommand = (command: string) => {
        if (command === 'UID FETCH') rig.server.mailboxes.get('INBOX')?.shift()
        return 'answer' as const
      }
      await use({ onCommand })
      put(task('gone@e.it'))
      put(task('2@e.it'))
      expect((await poll()).map(({ key }) => key)).toEqual(['2@e.it'])
    })
  })

  describe('marks how a mail ended', () => {
    const ended = async (dropKey: string, fates: string[], number = 0) => {
      const receipts = fates.map((fate, at) => receiptOf({ line: at + 1, fate }))
      await imap.writeBack?.(context(), reportOf(dropKey, '', number, { receipts }))
    }
    const results = { okMailbox: 'Inviati', failedMailbox: 'Falliti' }

    it('by a flag, once, and anew when a supplement says otherwise', async () => {
      put(task('1@e.it'))
      const [drop] = await poll()
      await ended(drop!.key, ['sent', 'undeliverable'])
      await ended(drop!.key, ['sent', 'undeliverable'])
      expect(flagsIn('Archivio')).toEqual([['$StaffettaFailed']])
      await ended(drop!.key, ['sent', 'sent'], 1)
      expect(flagsIn('Archivio')).toEqual([['$StaffettaSent']])
    })

    it('by where it lies, and finds it there again', async () => {
      set({ results })
      put(envelopeOf(mailOf({ 'Message-ID': '<in@e.it>' }), refersTo('<in@e.it>')))
      const [drop] = await poll()
      await ended(drop!.key, ['refused'])
      expect(idsIn('Falliti')).toEqual(['opec.1@gestore.example'])
      await ended(drop!.key, ['sent'], 1)
      expect([idsIn('Falliti'), idsIn('Inviati')]).toEqual([[], ['opec.1@gestore.example']])
      expect(flagsIn('Inviati')).toEqual([['$StaffettaSent']])
    })

    it('and no other mail, nor a receipt about it', async () => {
      set({ results })
      put(task('1@e.it'))
      const [drop] = await poll()
      put(task('11@e.it'))
      put(task('r@e.it', { 'X-Ricevuta': 'accettazione', ...refersTo('<1@e.it>').headers }))
      await ended(drop!.key, ['sent'])
      expect(idsIn('Inviati')).toEqual(['1@e.it'])
    })

    it.each(['nowhere@e.it', `sha256:${'0'.repeat(64)}`])('but not %s', async (key) => {
      set({ results })
      const error = await sourceErrorOf(ended(key, ['sent']))
      expect([error.code, error.retry]).toEqual(['SRC_RESULT', false])
    })
  })
})

const refersTo = (id: string) => ({ headers: { 'X-Riferimento-Message-ID': id } })
