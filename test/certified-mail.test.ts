// Certified mail (PEC) as providers and programs of protocol registers really write it, from the
// mailbox to the message that IO would get: the connector, the archive and a mapping, with nothing
// but configuration between them. All names, numbers and codes are made up.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import imap from '../connectors/imap/index.ts'
import { zipOf } from '../scripts/zip-writer.ts'
import { openRecords } from '../src/archive/open-records.ts'
import { alwaysOpen } from '../src/domain/calendar.ts'
import { compileMapping } from '../src/mapping/mapping.ts'
import { MappingSpec } from '../src/mapping/spec.ts'
import { type PreviewedRecord, previewRecords } from '../src/pipeline/map/preview.ts'
import { partOf } from './archive/given.ts'
import { collect, contextFor, sourceErrorOf } from './contract/connector.ts'
import { type ImapServer, startImapServer } from './fakes/imap-server.ts'
import { attached, envelopeOf, joined, mailOf } from './fakes/mails.ts'

process.env['STAFFETTA_TEST_PEC'] = 'not-a-real-password'
const places = ['Presi', 'Quarantena', 'Ricevute']
const from = 'protocollo@pec.ente.example'
const fiscalCode = 'SMPCRN80A41Z999U'

/** What a protocol register says of a letter, in each of the three generations of its document. */
const mapping = compiled(`
  shape: notice
  series: protocollo
  record:
    format: xml
    member: segnatura.xml
    rows: "*/Intestazione"
    doctype: ignore
    fields:
      numero: { column: Identificatore/NumeroRegistrazione, type: text }
      data:
        column: Identificatore/DataRegistrazione
        type: date
        formats: [yyyy-MM-dd, yyyy-MM-ddXXX]
      oggetto: { column: [Oggetto, ../Descrizione/Oggetto], type: text }
      codice_fiscale:
        column:
          - Destinazione/Destinatario/Persona/@id
          - Destinazione/Destinatario/Persona/CodiceFiscale
          - ../Descrizione/Destinatario/PersonaFisica/CodiceFiscale
        type: fiscalCode
  key: [data, numero]
  notice:
    fiscalCode: codice_fiscale
    subject: { it: "Protocollo {{ numero }}: {{ oggetto }}" }
    markdown:
      it: |
        L'ufficio ha protocollato una lettera per te: numero {{ numero }}, {{ data | date_it }}.
        Oggetto della lettera: {{ oggetto }}.
`)

/** A task in the text of a mail. */
const labels = compiled(`
  shape: notice
  series: convocazioni
  record:
    format: mail
    fields:
      messaggio: { column: messageId, type: text }
      codice_fiscale: { column: label.Codice fiscale, type: fiscalCode }
      sede: { column: label.Sede, type: text }
  key: [messaggio]
  notice:
    fiscalCode: codice_fiscale
    subject: { it: "Ti aspettiamo in commissione" }
    markdown:
      it: "La commissione ti aspetta a questo indirizzo, in un giorno da fissare: **{{ sede }}**."
`)

function compiled(yaml: string) {
  const { mapping, faults } = compileMapping('prova', MappingSpec.parse(parse(yaml)), {
    references: {},
  })
  expect(faults).toEqual([])
  if (mapping === null) throw new Error('the mapping does not compile')
  return mapping
}

const segnature = {
  'the first generation, with the name of its DTD': `<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE Segnatura SYSTEM "Segnatura.dtd">
<Segnatura versione="2001-05-07" xml:lang="it"><Intestazione><Identificatore>
<CodiceAmministrazione>c_z999</CodiceAmministrazione><CodiceAOO>AOO1</CodiceAOO>
<NumeroRegistrazione>0000123</NumeroRegistrazione><DataRegistrazione>2027-03-01</DataRegistrazione>
</Identificatore><Origine><IndirizzoTelematico tipo="smtp">${from}</IndirizzoTelematico></Origine>
<Destinazione confermaRicezione="no"><IndirizzoTelematico>x@pec.example</IndirizzoTelematico>
<Destinatario><Persona id="${fiscalCode}"><Cognome>ESEMPI</Cognome></Persona></Destinatario>
</Destinazione><Oggetto>Attivit\u00e0 edilizia</Oggetto></Intestazione>
<Descrizione><Documento nome="lettera.pdf"/></Descrizione></Segnatura>`,
  'the second generation, with a namespace': `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<tns:Segnatura xmlns:tns="http://www.digitPa.gov.it/protocollo/" versione="2013" xml-lang="it">
<tns:Intestazione><tns:Identificatore><tns:CodiceAmministrazione>c_z999</tns:CodiceAmministrazione>
<tns:CodiceRegistro>PG</tns:CodiceRegistro>
<tns:NumeroRegistrazione>0000123</tns:NumeroRegistrazione>
<tns:DataRegistrazione>2027-03-01+01:00</tns:DataRegistrazione></tns:Identificatore>
<tns:Destinazione><tns:Destinatario><tns:Persona>
<tns:CodiceFiscale> ${fiscalCode} </tns:CodiceFiscale></tns:Persona></tns:Destinatario>
</tns:Destinazione>
<tns:Oggetto>Attività edilizia</tns:Oggetto></tns:Intestazione><tns:Descrizione/></tns:Segnatura>`,
  'the third generation, with everything qualified': `<?xml version="1.0" encoding="UTF-8"?>
<prot:SegnaturaInformatica xmlns:prot="http://www.agid.gov.it/protocollo/" prot:versione="3.0.0">
<prot:Intestazione><prot:Identificatore>
<prot:CodiceAmministrazione>c_z999</prot:CodiceAmministrazione>
<prot:NumeroRegistrazione>0000123</prot:NumeroRegistrazione>
<prot:DataRegistrazione>2027-03-01</prot:DataRegistrazione></prot:Identificatore>
<prot:Oggetto>Attività edilizia</prot:Oggetto></prot:Intestazione><prot:Descrizione>
<prot:Destinatario><prot:PersonaFisica><prot:CodiceFiscale>${fiscalCode}</prot:CodiceFiscale>
</prot:PersonaFisica></prot:Destinatario><prot:DocumentoPrimario prot:nomeFile="a.pdf"/>
</prot:Descrizione></prot:SegnaturaInformatica>`,
}
const [, second] = Object.values(segnature)

/** A letter of the register, with its document and its description. */
function letter(
  id: string,
  xml: Buffer | string,
  type = 'application/xml',
  name = 'segnatura.xml',
) {
  const parts = [
    'Content-Type: text/plain; charset=utf-8\r\n\r\nIn allegato.\r\n',
    encoded('lettera.pdf', 'application/pdf', '%PDF-1.7\n'),
    encoded(name, type, xml),
  ]
  const headers = { 'Content-Type': 'multipart/mixed; boundary="dentro"' }
  return mailOf({ From: from, 'Message-ID': `<${id}>`, ...headers }, joined('dentro', parts))
}

function encoded(name: string, type: string, content: Buffer | string): string {
  const base64 = Buffer.from(content).toString('base64').replace(/.{76}/g, '$&\r\n')
  const [head] = attached(name, type, '').split('\r\n\r\n')
  return `${head}\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64}\r\n`
}

let server: ImapServer
let logged: { level: string; fields: object }[]

beforeEach(async () => {
  server = await startImapServer({ username: 'pec', password: 'not-a-real-password' }, places)
  logged = []
})
afterEach(() => server.stop())

const settings = (changes: object = {}) => ({
  host: 'localhost',
  port: server.port,
  tls: { mode: 'none' },
  username: 'pec',
  password: 'env:STAFFETTA_TEST_PEC',
  after: 'move',
  archiveMailbox: 'Presi',
  quarantineMailbox: 'Quarantena',
  receipts: 'file',
  receiptsMailbox: 'Ricevute',
  certified: true,
  senders: ['pec.ente.example'],
  ...changes,
})

async function poll(saved = { keys: new Set<string>() }) {
  const add = (level: string) => (fields: object) => void logged.push({ level, fields })
  const log = { debug: add('debug'), info: add('info'), warn: add('warn') }
  return collect(imap, { ...contextFor(imap, settings(), { saved }), log }, saved)
}

/** What becomes of each mail that is taken now, or the code with which its drop is refused. */
async function ended(read = mapping): Promise<unknown[]> {
  const all: unknown[] = []
  for (const { name, bytes } of await poll()) {
    try {
      const opened = await openRecords([partOf(name, bytes)], read.spec.record)
      const records = previewRecords(opened, read, async () => new Map(), {
        institution: 'comune',
        testers: new Set(),
        calendar: alwaysOpen('Europe/Rome'),
        language: 'it',
        now: Temporal.Instant.from('2027-03-02T08:00:00Z'),
      })
      for await (const record of records) all.push(saidOf(record))
    } catch (error) {
      all.push((error as { code?: string }).code ?? error)
    }
  }
  return all
}

function saidOf(record: PreviewedRecord): unknown {
  if (!('messages' in record)) return record
  const [message] = record.messages ?? []
  return [record.key, message?.payload.fiscal_code, message?.payload.content.subject]
}

const idsIn = (mailbox: string) =>
  (server.mailboxes.get(mailbox) ?? []).map(
    ({ bytes }) => /^Message-ID: <(.*)>/im.exec(bytes.toString('latin1', 0, 5000))?.[1],
  )
const put = (mail: Uint8Array) => server.put('INBOX', mail)
const message = ['2027-03-01|0000123', fiscalCode, 'Protocollo 0000123: Attività edilizia']

describe('a letter of the protocol register', () => {
  it.each(Object.entries(segnature))('is a message from a description of %s', async (_, xml) => {
    const isLatin = xml.includes('ISO-8859-1')
    put(envelopeOf(letter('l1@pec.ente.example', Buffer.from(xml, isLatin ? 'latin1' : 'utf8'))))
    expect(await ended()).toEqual([message])
  })

  it.each([
    ['labelled as bytes of any kind', 'application/octet-stream', 'segnatura.xml'],
    ['labelled as text', 'text/plain', 'segnatura.xml'],
    ['with its name in capital letters', 'text/xml', 'Segnatura.XML'],
    ['with a name in encoded words', 'application/xml', '=?UTF-8?Q?segnatura.xml?='],
  ])('is one though its description comes %s', async (_, type, name) => {
    put(envelopeOf(letter('l1@pec.ente.example', second ?? '', type, name)))
    expect(await ended()).toEqual([message])
  })

  it('is one in a ZIP, and signed by nobody that we know', async () => {
    const zip = zipOf([{ name: 'segnatura.xml', bytes: Buffer.from(second ?? '') }])
    put(envelopeOf(letter('l1@pec.ente.example', zip, 'application/zip', 'invio.zip')))
    expect(await ended()).toEqual([message])
  })

  it('that is broken fails alone, and the others go', async () => {
    put(envelopeOf(letter('l1@pec.ente.example', '<Segnatura><Intestazione>')))
    put(envelopeOf(letter('l2@pec.ente.example', '<html><body>errore</body></html>')))
    put(envelopeOf(letter('l3@pec.ente.example', second ?? '')))
    put(envelopeOf(letter('l4@pec.ente.example', 'x', 'application/pdf', 'altro.pdf')))
    expect(await ended()).toEqual([
      'DROP_XML_TRUNCATED',
      'DROP_ROWS',
      message,
      'DROP_MAIL_ATTACHMENT',
    ])
    expect(idsIn('INBOX')).toEqual([])
  })

  it('never has declarations of its own, whatever generation it is of', async () => {
    const [first] = Object.values(segnature)
    const bomb = first?.replace('"Segnatura.dtd"', '"Segnatura.dtd" [<!ENTITY a "b">]') ?? ''
    put(envelopeOf(letter('l1@pec.ente.example', Buffer.from(bomb, 'latin1'))))
    expect(await ended()).toEqual(['DROP_XML_DOCTYPE'])
  })
})

describe('the text of a letter', () => {
  const text = (body: string, type = 'text/plain; charset=iso-8859-1', more = {}) =>
    mailOf(
      { From: from, 'Message-ID': '<t1@pec.ente.example>', 'Content-Type': type, ...more },
      body,
    )
  const said = ['t1@pec.ente.example', fiscalCode, 'Ti aspettiamo in commissione']
  const lines = (place: string) => `Codice fiscale: ${fiscalCode}\r\nSede: ${place}\r\n`

  it('is read though its charset is not the one that it declares', async () => {
    put(envelopeOf(text(lines('Città'))))
    expect(await ended(labels)).toEqual([said])
  })

  it('is read though a provider has put signs of replacement for its accents', async () => {
    const qp = { 'Content-Transfer-Encoding': 'quoted-printable' }
    put(envelopeOf(text(lines('Citt=EF=BF=BD'), 'text/plain; charset=iso-8859-1', qp)))
    expect(await ended(labels)).toEqual([said])
  })

  it('is read as HTML alone, and its charset may be nobody’s', async () => {
    const html = `<p>Codice fiscale: ${fiscalCode}</p><p>Sede: Piazza Finta</p>`
    put(envelopeOf(text(html, 'text/html; charset=klingon')))
    expect(await ended(labels)).toEqual([said])
  })
})

describe('the envelope of a letter', () => {
  const sent = letter('l1@pec.ente.example', second ?? '')
  const bare = Buffer.from(sent.toString('latin1').replace(/^Message-ID: .*\r\n/m, ''), 'latin1')
  const certificate = (identity: string) =>
    `<?xml version="1.0"?><postacert tipo="posta-certificata" errore="nessuno"><dati>
     <data zona="+0200"><giorno>01/03/2027</giorno><ora>10:00:00</ora></data>
     <identificativo>${identity}</identificativo><msgid>&lt;l1@pec.ente.example&gt;</msgid></dati>`

  it.each<[string, Buffer, string]>([
    ['has no certificate', envelopeOf(sent, { certificate: null }), 'l1@pec.ente.example'],
    ['has a cut one', envelopeOf(sent, { certificate: certificate('a@b') }), 'l1@pec.ente.example'],
    ['has an empty one', envelopeOf(sent, { certificate: '' }), 'l1@pec.ente.example'],
    ['has bytes for one', envelopeOf(sent, { certificate: '\0\xff<<<' }), 'l1@pec.ente.example'],
    [
      'names the letter in it alone',
      envelopeOf(bare, { certificate: certificate('&lt;opec7@gestore.example&gt;') }),
      'opec7@gestore.example',
    ],
    [
      'says that it is a receipt too',
      envelopeOf(sent, { headers: { 'X-Ricevuta': 'avvenuta-consegna' } }),
      'l1@pec.ente.example',
    ],
    [
      'is written in capital letters',
      Buffer.from(
        envelopeOf(sent)
          .toString('latin1')
          .replace('X-Trasporto: posta-certificata', 'x-trasporto:  POSTA-CERTIFICATA '),
        'latin1',
      ),
      'l1@pec.ente.example',
    ],
  ])('may be one that %s', async (_, mail, key) => {
    put(mail)
    const saved = { keys: new Set<string>() }
    expect((await poll(saved)).map((drop) => drop.key)).toEqual([key])
    for (const one of server.mailboxes.get('Presi') ?? []) put(one.bytes)
    expect(await poll(saved)).toEqual([]) // It is known again by the same id.
  })

  it.each<[string, Buffer]>([
    ['that wraps ordinary mail', envelopeOf(sent, { headers: { 'X-Trasporto': 'errore' } })],
    ['of nothing', mailOf({ 'Message-ID': '<x@y>', 'X-Trasporto': 'posta-certificata' })],
    ['of a sender who is not allowed', envelopeOf(letterOf('ladro@altro.example'))],
    ['of somebody who forges the sender in front', envelopeOf(letterOf(`"${from}" <l@a.example>`))],
  ])('%s is put aside', async (_, mail) => {
    const marked = mail.toString('latin1').replace(/X-Trasporto: posta-certificata\r\n(?=X-T)/, '')
    put(Buffer.from(marked, 'latin1'))
    expect(await poll()).toEqual([])
    expect(server.mailboxes.get('Quarantena')).toHaveLength(1)
  })

  function letterOf(sender: string): Buffer {
    return Buffer.from(
      sent.toString('latin1').replace(`From: ${from}`, `From: ${sender}`),
      'latin1',
    )
  }
})

describe('receipts of certified mail', () => {
  const kinds = [
    ...['accettazione', 'non-accettazione', 'presa-in-carico', 'avvenuta-consegna'],
    ...['errore-consegna', 'preavviso-errore-consegna', 'rilevazione-virus'],
  ]
  const receipt = (kind: string, id: string, about = '<l1@pec.ente.example>') =>
    envelopeOf(letter('l1@pec.ente.example', second ?? ''), {
      id,
      headers: { 'X-Ricevuta': kind, 'X-Riferimento-Message-ID': about },
    })
      .toString('latin1')
      .replace('X-Trasporto: posta-certificata\r\n', '')

  it('are never tasks, though they carry the letter itself, and are filed', async () => {
    for (const kind of kinds) put(Buffer.from(receipt(kind, `${kind}@gestore.example`), 'latin1'))
    expect(await poll()).toEqual([])
    expect(idsIn('Ricevute')).toEqual(kinds.map((kind) => `${kind}@gestore.example`))
    const levels = logged.map(({ level, fields }) => [
      level,
      (fields as { receipt: string }).receipt,
    ])
    expect(levels).toEqual([
      ['info', 'accettazione'],
      ['warn', 'non-accettazione'],
      ['info', 'presa-in-carico'],
      ['info', 'avvenuta-consegna'],
      ['warn', 'errore-consegna'],
      ['warn', 'preavviso-errore-consegna'],
      ['warn', 'rilevazione-virus'],
    ])
  })

  it('name the letter that they are about, for each recipient, and if we took it', async () => {
    put(envelopeOf(letter('l1@pec.ente.example', second ?? '')))
    const saved = { keys: new Set<string>() }
    await poll(saved)
    for (const n of [1, 2, 3]) {
      put(Buffer.from(receipt('avvenuta-consegna', `r${n}@gestore.example`), 'latin1'))
    }
    const about = '<altra@pec.example>'
    put(Buffer.from(receipt('avvenuta-consegna', 'r4@gestore.example', about), 'latin1'))
    expect(await poll(saved)).toEqual([])
    expect(logged.map(({ fields }) => fields)).toMatchObject([
      ...Array(3).fill({ reference: 'l1@pec.ente.example', isOfDrop: true }),
      { reference: 'altra@pec.example', isOfDrop: false },
    ])
  })

  it('of a kind that nobody knows are receipts still', async () => {
    put(Buffer.from(receipt('novità-2031', 'r@gestore.example'), 'latin1'))
    expect(await poll()).toEqual([])
    expect(idsIn('Ricevute')).toEqual(['r@gestore.example'])
  })

  it('are not read by a mapping either, where one comes to it', async () => {
    const mail = Buffer.from(receipt('accettazione', 'r@gestore.example'), 'latin1')
    const error = await openRecords([partOf('r.eml', mail)], mapping.spec.record).catch(
      (reason) => reason,
    )
    expect(error.code).toBe('DROP_MAIL_RECEIPT')
  })
})

describe('a mailbox in which everything lies', () => {
  it('gives each letter once, and leaves nothing behind', async () => {
    const saved = { keys: new Set<string>() }
    const loop = { 'Auto-Submitted': 'auto-replied' }
    put(envelopeOf(letter('a@pec.ente.example', second ?? '')))
    put(mailOf({ From: from, 'Message-ID': '<loop@x.example>', ...loop }))
    put(
      mailOf({ 'Content-Type': 'multipart/mixed; boundary="x"', 'Message-ID': '<cut@x.example>' }),
    )
    put(envelopeOf(letter('a@pec.ente.example', second ?? ''), { id: 'opec.2@gestore.example' }))
    put(envelopeOf(mailOf({ From: from, ...loop, 'Message-ID': '<b@pec.ente.example>' })))
    put(mailOf({ From: from, 'Message-ID': '<plain@x.example>' }))
    put(envelopeOf(letter('c@pec.ente.example', second ?? '')))
    expect((await sourceErrorOf(poll(saved))).code).toBe('SRC_MAIL')
    expect([...saved.keys]).toEqual(['a@pec.ente.example', 'c@pec.ente.example'])
    expect([idsIn('INBOX'), idsIn('Presi')?.length, idsIn('Quarantena')?.length]).toEqual([
      [],
      3,
      4,
    ])
    expect(await poll(saved)).toEqual([])
    expect(server.commands.filter((one) => /^APPEND|\\Answered/.test(one))).toEqual([])
  })
})
