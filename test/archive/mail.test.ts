// Mails as tasks: plain ones, and certified ones (PEC) in the envelopes of their providers; what
// the mail system sends by itself is told apart. Names and addresses are made up.
import { describe, expect, it } from 'vitest'
import { readMail } from '../../src/archive/mail.ts'
import { DropError } from '../../src/mapping/drop-error.ts'

function mail(...lines: string[]): Buffer {
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

const plain = [
  'From: =?utf-8?Q?Ufficio_Citt=C3=A0?= <Ufficio@Comune.example>',
  'To: Compiti <compiti@comune.example>, altri@comune.example',
  'Subject: =?iso-8859-1?Q?Scadenza_dell=27attivit=E0?=',
  'Date: Mon, 1 Mar 2027 09:00:00 +0100',
  'Message-ID: <uno@comune.example>',
  'X-Ufficio: tributi',
  'X-Ufficio: altro',
]

const csv = Buffer.from('A;B\n1;2\n').toString('base64')

const task = mail(
  ...plain,
  'Content-Type: multipart/mixed; boundary=in',
  ...['', '--in', 'Content-Type: text/plain; charset=utf-8', '', 'Importo: 10,00', ''],
  ...['--in', 'Content-Type: application/octet-stream; name=dati.csv'],
  ...['Content-Transfer-Encoding: base64', '', csv, '--in--', ''],
)

const certificate = '<postacert><dati><identificativo>opec1@pec.example</identificativo></dati>'

function certified(inner: Buffer | null, ...headers: string[]): Buffer {
  const enclosed = inner === null ? [] : ['--m', ...enclosedMail(inner)]
  return mail(
    'From: "Per conto di: ufficio@pec.example" <posta-certificata@pec.example>',
    'Subject: POSTA CERTIFICATA: qualcosa',
    ...headers,
    'Content-Type: multipart/signed; boundary="s"; protocol="application/x-pkcs7-signature"',
    ...['', '--s', 'Content-Type: multipart/mixed; boundary="m"', ''],
    ...['--m', 'Content-Type: text/plain', '', 'Messaggio di posta certificata', ''],
    ...['--m', 'Content-Type: application/xml; name="daticert.xml"', '', certificate],
    ...enclosed,
    ...['--m--', '--s', 'Content-Type: application/x-pkcs7-signature; name="smime.p7s"', '', 'MII'],
    '--s--',
  )
}

function enclosedMail(inner: Buffer): string[] {
  return ['Content-Type: message/rfc822; name="postacert.eml"', '', inner.toString('latin1')]
}

function codeOf(bytes: Buffer): string {
  try {
    readMail(bytes)
    return 'a task'
  } catch (error) {
    if (!(error instanceof DropError)) throw error
    return error.code
  }
}

const content = (bytes: Buffer) =>
  readMail(bytes).attachments.map((file) => `${file.name}: ${Buffer.from(file.content())}`)

describe('a mail', () => {
  it('says who wrote what to whom and when', async () => {
    expect(await readMail(task).record()).toEqual({
      subject: "Scadenza dell'attività",
      from: 'ufficio@comune.example',
      to: 'compiti@comune.example, altri@comune.example',
      date: '2027-03-01T08:00:00Z',
      messageId: 'uno@comune.example',
      text: 'Importo: 10,00\r\n',
      richText: '',
      headers: expect.objectContaining({ 'x-ufficio': 'tributi' }),
    })
  })
  it('has its attachments, whatever type they are said to be', () => {
    expect(content(task)).toEqual(['dati.csv: A;B\n1;2\n'])
  })
  it('without attachments has its text in their place, and nothing of HTML', () => {
    expect(content(mail(...plain, '', 'A;B', '1;2'))).toEqual(['testo.txt: A;B\r\n1;2'])
    expect(content(mail(...plain, 'Content-Type: text/html', '', '<p>x'))).toEqual([])
  })
  it('has nothing for what it does not say', async () => {
    const record = await readMail(mail('From: a@b.example', 'Date: domani', '', 'x')).record()
    expect(record).toMatchObject({ subject: '', to: '', date: 'domani', messageId: '', text: 'x' })
  })
  it('of HTML alone has the text of it, and nothing of scripts', async () => {
    const html =
      '<head><style>p{}</style></head><p>Citt&agrave;<br>due</p><script>alert(1)</script>'
    const bytes = mail(...plain, 'Content-Type: text/html; charset=utf-8', '', html)
    const { text } = await readMail(bytes).record()
    expect(text.trim()).toBe('Città\ndue')
  })
  it('of both has its plain text, and beside it what the other says', async () => {
    const bytes = mail(
      ...plain,
      'Content-Type: multipart/alternative; boundary=a',
      ...['', '--a', '', 'semplice', '--a', 'Content-Type: text/html', '', '<b>ricco', '--a--'],
    )
    const { text, richText } = await readMail(bytes).record()
    expect([text, richText.trim()]).toEqual(['semplice', 'ricco'])
    const large = bytes.toString().replace('<b>ricco', `<b>ricco${'x'.repeat(600_000)}`)
    expect(await readMail(Buffer.from(large)).record()).toMatchObject({ text, richText: '' })
  })
  it('keeps names of headers that objects have by themselves', async () => {
    const { headers } = await readMail(mail('From: a@b.example', '__proto__: x', '', '')).record()
    expect(Object.entries(headers)).toContainEqual(['__proto__', 'x'])
  })
  it('is refused with a text beyond the bound', async () => {
    const long = readMail(mail('From: a@b.example', '', 'x'.repeat(600_000)))
    await expect(long.record()).rejects.toMatchObject({ code: 'DROP_MAIL_BOUNDS' })
  })
})

describe('certified mail', () => {
  const envelope = certified(task, 'X-Trasporto: posta-certificata')

  it('is the mail inside of its envelope', async () => {
    expect(await readMail(envelope).record()).toEqual(await readMail(task).record())
    expect(content(envelope)).toEqual(content(task))
  })
  it('is a task also where its envelope names a receipt', () => {
    const headers = ['X-Ricevuta: avvenuta-consegna', 'X-Trasporto: Posta-Certificata']
    expect(codeOf(certified(task, ...headers))).toBe('a task')
  })
  it('is known by its certificate where the mail inside has no id', async () => {
    const bare = certified(mail('From: a@b.example', '', 'x'), 'X-Trasporto: posta-certificata')
    expect((await readMail(bare).record()).messageId).toBe('opec1@pec.example')
  })
  it('is known by its envelope where neither has one', async () => {
    const inner = mail('From: a@b.example', '', 'x')
    const headers = ['X-Trasporto: posta-certificata', 'Message-ID: <busta@pec.example>']
    const text = certified(inner, ...headers)
      .toString('latin1')
      .replace(certificate, '<postacert><dati')
    const record = await readMail(Buffer.from(text, 'latin1')).record()
    expect(record.messageId).toBe('busta@pec.example')
  })
  it('gives no file of its envelope', () => {
    const bare = certified(mail('From: a@b.example', '', 'x'), 'X-Trasporto: posta-certificata')
    expect(content(bare)).toEqual(['testo.txt: x'])
  })
  const others: [string, Buffer, string][] = [
    ['a receipt', certified(null, 'X-Ricevuta: accettazione'), 'DROP_MAIL_RECEIPT'],
    [
      'a receipt with the mail',
      certified(task, 'X-Ricevuta: avvenuta-consegna'),
      'DROP_MAIL_RECEIPT',
    ],
    ['an anomaly', certified(task, 'X-Trasporto: errore'), 'DROP_MAIL_ANOMALY'],
    ['an empty envelope', certified(null, 'X-Trasporto: posta-certificata'), 'DROP_MAIL_ANOMALY'],
  ]
  it.each(others)('is no task when it is %s', (_, bytes, code) => {
    expect(codeOf(bytes)).toBe(code)
  })
})
