// What a mail is, by its headers alone: senders and their proofs, certified mail, ids.
import { describe, expect, it } from 'vitest'
import { envelopeOf, mailOf } from '../../test/fakes/mails.ts'
import { findAuthenticationFault, isAligned } from './authentication.ts'
import { findSender } from './mail-headers.ts'
import { type MailFacts, scanMail } from './mail-scan.ts'
import { judgeMail, type SenderRules } from './verdict.ts'

const anyone: SenderRules = { senders: undefined, authentication: undefined, certified: false }

function factsOf(mail: Uint8Array): MailFacts {
  const scan = scanMail({ maximumParts: 1000, maximumDepth: 20 })
  scan.write(mail)
  const facts = scan.end()
  if ('fault' in facts) throw new Error(facts.fault)
  return facts
}

const verdictOf = (mail: Uint8Array, rules: Partial<SenderRules> = {}) =>
  judgeMail(factsOf(mail), { ...anyone, ...rules })
const reasonOf = (mail: Uint8Array, rules: Partial<SenderRules>) => {
  const verdict = verdictOf(mail, rules)
  return verdict.is === 'refused' ? verdict.reason : verdict.is
}

describe('the sender of a mail', () => {
  const senders = ['ufficio@ente.example', 'suap.example']
  it.each([
    ['ufficio@ente.example', 'task'],
    ['Ufficio <UFFICIO@Ente.Example>', 'task'],
    ['chiunque@suap.example', 'task'],
    ['altri@ente.example', 'is of a sender who is not among `senders`'],
    ['a@sotto.suap.example', 'is of a sender who is not among `senders`'],
    ['a@evilsuap.example', 'is of a sender who is not among `senders`'],
    ['"ufficio@ente.example" <ladro@altro.example>', 'is of a sender who is not among `senders`'],
    ['ufficio@ente.example, ladro@altro.example', 'names no sender, or several'],
    ['Gruppo: ufficio@ente.example, a@b.example;', 'names no sender, or several'],
    ['', 'names no sender, or several'],
  ])('%s: %s', (from, expected) => {
    expect(reasonOf(mailOf({ From: from }), { senders })).toBe(expected)
  })

  it('is nobody when there are two headers of it', () => {
    const from = { name: 'from', value: 'ufficio@ente.example' }
    expect(findSender([from])).toBe('ufficio@ente.example')
    expect(findSender([from, from])).toBeNull()
  })
})

describe('the proof of a sender', () => {
  const rule = { server: 'mx.comune.example', require: ['dkim'] as const }
  const faultOf = (...values: string[]) =>
    findAuthenticationFault(
      values.map((value) => ({ name: 'authentication-results', value })),
      'ufficio@ente.example',
      rule,
    )

  it.each([
    'mx.comune.example; dkim=pass header.d=ente.example',
    'MX.Comune.Example 1; spf=fail smtp.mailfrom=x; DKIM = Pass (ok; fine) header.d=ENTE.example',
    'mx.comune.example (by us); dkim=fail header.d=a.example; dkim=pass header.i=@ente.example',
    'mx.comune.example; dkim=pass header.d=posta.ente.example header.s=s1',
  ])('is good: %s', (value) => {
    expect(faultOf(value)).toBeNull()
  })

  it.each([
    ['of nobody', [], 'has not written'],
    ['of another server', ['mx.ladro.example; dkim=pass header.d=ente.example'], 'has not written'],
    ['that failed', ['mx.comune.example; dkim=fail header.d=ente.example'], 'did not pass'],
    ['by another method', ['mx.comune.example; spf=pass smtp.mailfrom=ente.example'], 'did not'],
    [
      'of another domain',
      ['mx.comune.example; dkim=pass header.d=ladro.example'],
      'another domain',
    ],
    ['of a top domain', ['mx.comune.example; dkim=pass header.d=example'], 'another domain'],
    [
      'below the topmost header, where the sender wrote it',
      ['mx.comune.example; dkim=none', 'mx.comune.example; dkim=pass header.d=ente.example'],
      'did not pass',
    ],
    [
      'in a comment',
      ['mx.comune.example; dkim=fail (dkim=pass header.d=ente.example; dkim=pass'],
      'did not pass',
    ],
    [
      'in the address that the sender chose',
      ['mx.comune.example; dkim=fail header.i="x; dkim=pass header.d=ente.example"@ladro.example'],
      'did not pass',
    ],
    [
      'of an address quoted',
      ['mx.comune.example; dkim=pass header.i="a@ente.example"@l.example'],
      'another',
    ],
  ])('is none: %s', (_, values, expected) => {
    expect(faultOf(...values)).toContain(expected)
  })

  it('is asked for by each of the methods that the feed names', () => {
    const authentication = { server: 'mx.comune.example', require: ['spf', 'dmarc'] as const }
    const results = 'mx.comune.example; spf=pass smtp.mailfrom=a@ente.example; dmarc=fail'
    const mail = mailOf({ 'Authentication-Results': results, From: 'a@ente.example' })
    const rules = { authentication: { ...authentication, require: [...authentication.require] } }
    expect(reasonOf(mail, rules)).toBe('does not prove its sender: dmarc did not pass')
  })

  it('holds for domains below one another, and for no others that end alike', () => {
    expect(isAligned('ente.example', 'posta.ente.example')).toBe(true)
    expect(isAligned('posta.ente.example', 'ente.example')).toBe(true)
    expect(isAligned('cliente.example', 'ente.example')).toBe(false)
    expect(isAligned('example', 'ente.example')).toBe(false)
  })
})

describe('certified mail', () => {
  const sent = mailOf({ From: 'ufficio@pec.example', 'Message-ID': '<inner@pec.example>' })
  const bare = mailOf({ From: 'ufficio@pec.example' })
  const broken = '<postacert><identificativo>opec.9@g.example</identificativo><dati'
  const base64 = mailOf(
    {
      'X-Trasporto': 'posta-certificata',
      'Content-Type': 'message/rfc822; name=postacert.eml',
      'Content-Transfer-Encoding': 'base64',
    },
    sent.toString('base64'),
  )

  it.each([
    ['of the message inside', envelopeOf(sent), 'inner@pec.example'],
    ['of the message inside, encoded', base64, 'inner@pec.example'],
    ['of its certificate', envelopeOf(bare, { id: 'opec.5@g.example' }), 'opec.5@g.example'],
    ['of a broken certificate', envelopeOf(bare, { certificate: broken }), 'opec.9@g.example'],
    [
      'of a certificate with entities',
      envelopeOf(bare, { certificate: '<identificativo>&lt;a@g.example&gt;</identificativo>' }),
      'a@g.example',
    ],
    ['of its envelope', envelopeOf(bare, { certificate: null }), 'opec.1@gestore.example'],
  ])('has the id %s', (_, mail, key) => {
    expect(verdictOf(mail)).toEqual({ is: 'task', key })
  })

  it('is of the sender inside, in a mailbox of certified mail and in no other', () => {
    const senders = ['pec.example']
    expect(reasonOf(envelopeOf(sent), { senders, certified: true })).toBe('task')
    expect(reasonOf(envelopeOf(sent), { senders })).toContain('not `certified`')
    const forged = mailOf({ From: 'ladro@altro.example', 'Message-ID': '<x@y>' })
    expect(reasonOf(envelopeOf(forged), { senders, certified: true })).toContain('not among')
  })

  it('is what a mailbox of certified mail holds', () => {
    expect(reasonOf(sent, { certified: true })).toContain('is not certified')
  })

  it('is none without the message', () => {
    const empty = mailOf({ 'X-Trasporto': 'posta-certificata' })
    expect(reasonOf(empty, {})).toContain('without postacert.eml')
  })

  it.each([
    ['accettazione', '<a@b.example>', 'accettazione', 'a@b.example'],
    ['Avvenuta-Consegna', '', 'avvenuta-consegna', null],
    ['x"; DROP', '<a\u0007@b>', 'unknown', null],
  ])('gives receipts (%s), which are no tasks', (kind, about, receipt, reference) => {
    const mail = mailOf({ 'X-Ricevuta': kind, 'X-Riferimento-Message-ID': about })
    expect(verdictOf(mail)).toEqual({ is: 'receipt', receipt, reference })
  })
})
