// The mails that the demo lays into the mailboxes: a task with its rows attached, as a building
// office's program sends it, and a summons in the envelope of certified mail (PEC).
// Invariant: the same arguments give the same bytes; nobody in them exists.
import { attached, envelopeOf, joined, mailOf } from '../../test/fakes/mails.ts'

export interface Task {
  file: string
  fiscalCode: string
  what: string
  dueOn: Temporal.PlainDate
}

export interface Summons {
  file: string
  fiscalCode: string
  what: string
  on: Temporal.PlainDate
}

const head = 'PRATICA;CODICE_FISCALE;ATTIVITÀ;SCADENZA'

/** A mail whose attachment has a row for each task; the mail server vouches for its sender. */
export function taskMail(id: string, tasks: readonly Task[]): Buffer {
  const rows = tasks.map(({ file, fiscalCode, what, dueOn }) =>
    [file, fiscalCode, what, italian(dueOn)].join(';'),
  )
  const rowsFile = Buffer.from([head, ...rows, ''].join('\r\n')).toString('base64')
  const attachment = attached('attivita.csv', 'text/csv', rowsFile).replace(
    '\r\n',
    '\r\nContent-Transfer-Encoding: base64\r\n',
  )
  const text = 'Content-Type: text/plain; charset=utf-8\r\n\r\nIn allegato le attività in scadenza.'
  return mailOf(
    {
      'Authentication-Results':
        'posta.comune.example; dkim=pass header.d=gestionale.comune.example',
      From: 'Sportello edilizia <sue@gestionale.comune.example>',
      To: 'pratiche@comune.example',
      'Message-ID': `<${id}@gestionale.comune.example>`,
      Subject: `Attività in scadenza: ${tasks.map(({ file }) => file).join(', ')}`,
      'MIME-Version': '1.0',
      'Content-Type': 'multipart/mixed; boundary="parti"',
    },
    joined('parti', [text, attachment]),
  )
}

/** A summons whose data are lines of its text, in its envelope. */
export function summonsMail(id: string, { file, fiscalCode, what, on }: Summons): Buffer {
  const text = [
    'Si prega di avvisare la persona indicata.',
    '',
    `Numero pratica: ${file}`,
    `Codice fiscale: ${fiscalCode}`,
    `Attività: ${what}`,
    `Data: ${italian(on)}`,
    '',
  ]
  const inside = mailOf(
    {
      From: 'mobilita@ufficio.pec.example',
      'Message-ID': `<${id}@ufficio.pec.example>`,
      Subject: 'Convocazione',
      'MIME-Version': '1.0',
      'Content-Type': 'text/plain; charset=utf-8',
    },
    text.join('\r\n'),
  )
  const headers = {
    Subject: 'POSTA CERTIFICATA: Convocazione',
    'X-Riferimento-Message-ID': `<${id}@ufficio.pec.example>`,
    'MIME-Version': '1.0',
  }
  return envelopeOf(inside, { id: `opec.${id}@gestore.pec.example`, headers })
}

function italian({ day, month, year }: Temporal.PlainDate): string {
  return [String(day).padStart(2, '0'), String(month).padStart(2, '0'), year].join('/')
}
