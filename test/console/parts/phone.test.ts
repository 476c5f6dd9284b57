import { expect, it } from 'vitest'
import { appText } from '../../../src/console/parts/markdown.ts'
import { type PhoneMessage, phone, phoneOfPayload } from '../../../src/console/parts/phone.ts'

// The message as the app shows it, and nothing that can be followed, loaded or run.

const visit = {
  language: 'it' as const,
  place: { id: 'comune', name: 'Comune di Esempio', timeZone: 'Europe/Rome' },
  now: Temporal.Instant.from('2026-10-01T08:00:00Z'),
}

const message: PhoneMessage = {
  institution: 'Comune di Esempio',
  service: 'Tributi',
  subject: 'Tari 2026: la tua rata',
  markdown: 'Gentile cittadino,\nla **rata** è di € 145,00.',
  dueDate: '2026-10-31T22:59:59Z',
  payment: { noticeNumber: '302000100000000017', amountCents: 123_450, payee: null },
  language: 'it',
}

const shown = (changes: Partial<PhoneMessage> = {}) => phone(visit, { ...message, ...changes }).text
const text = (markdown: string) => appText(markdown, 'it').text

it('shows who writes, the due date in the zone of the phone, the payment and its button', () => {
  const page = shown()
  expect(page).toContain('<h3>Tari 2026: la tua rata</h3>')
  expect(page).toContain('Scade il 31 ott alle ore 23:59')
  expect(page).toContain('Aggiungi promemoria')
  expect(page).toContain('3020 0010 0000 0000 17')
  expect(page).toContain('1.234,50 €')
  expect(page).toContain('Avvisi pagoPA')
  expect(page).toContain('<p class="phone-button">Paga</p>')
  expect(page).toContain('Gentile cittadino,<br>la <strong>rata</strong>')
})

it('a due date that has passed is told so, and cannot be kept in mind', () => {
  const page = shown({ dueDate: '2026-09-30T21:59:59Z' })
  expect(page).toContain('Scaduto il 30 set alle ore 23:59')
  expect(page).not.toContain('Aggiungi promemoria')
})

it('the app speaks its own language', () => {
  const english = shown({ language: 'en' })
  expect(english).toContain('Due on 31 Oct at 23:59')
  expect(english).toContain('1,234.50 €')
  expect(english).toContain('lang="en"')
  expect(shown({ language: 'de' })).toContain('Fällig am 31. Okt. um 23:59 Uhr')
})

const buttons = (languages: readonly string[], action = 'iohandledlink://https://a.example') =>
  `---\n${languages
    .map((one) => `${one}:\n  cta_1:\n    text: "Vai ${one}"\n    action: "${action}"\n`)
    .join('')}---\nTesto sotto i pulsanti.`

it('an app in English shows the English buttons or none, one in German the Italian ones', () => {
  expect(shown({ markdown: buttons(['it', 'en']), language: 'en' })).toContain('Vai en')
  const none = shown({ markdown: buttons(['it']), language: 'en' })
  expect(none).not.toContain('Vai it')
  expect(none).toContain('i pulsanti non si vedono')
  expect(shown({ markdown: buttons(['it']), language: 'de' })).toContain('Vai it')
})

it('buttons that the app drops are not shown, and broken front matter hides the text', () => {
  expect(shown({ markdown: buttons(['it'], 'https://a.example') })).not.toContain('Vai it')
  const broken = shown({ markdown: '---\nit: "a\n---\nTesto che nessuno legge.' })
  expect(broken).toContain('non può essere mostrato')
  expect(broken).not.toContain('Testo che nessuno legge')
})

it('what the app drops is gone, and said below', () => {
  const page = shown({ markdown: 'Prima ~~cancellato~~ dopo\n\n|a|b|\n|-|-|\n|uno|due|\n\nfine' })
  expect(page).toContain('Prima  dopo')
  expect(page).not.toContain('uno')
  expect(page).toContain('<p>fine</p>')
  expect(page).toContain('Le tabelle spariscono')
})

it('headings, lists, quotes and code look as in the app', () => {
  expect(text('# Uno\n## Due\n### Tre\n#### Quattro')).toBe(
    '<h4>Uno</h4>\n<h5>Due</h5>\n<h6>Tre</h6>\n<p>Quattro</p>\n',
  )
  expect(text('3. a\n4. b')).toBe('<ol><li><p>a</p>\n</li>\n<li><p>b</p>\n</li>\n</ol>\n')
  expect(text('> # Titolo\n> **riga**')).toContain('<strong>Titolo</strong><br>**riga**')
  expect(text('```\ncodice\n```')).toBe('<p>```<br>codice<br>```</p>\n')
  expect(text('uno<br>due<b>tre</b>')).toBe('<p>uno<br>duetre</p>\n')
})

it('links and images are text with their address beside', () => {
  expect(text('[qui](https://a.example)')).toBe(
    '<p><span class="phone-link">qui</span> <span class="phone-address">(https://a.example)</span></p>\n',
  )
  expect(text('[qui][a]\n\n[a]: https://a.example')).toContain('(https://a.example)')
  expect(text('![logo](https://a.example/x.png)')).toContain('[immagine: logo]')
})

const hostile = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[a](javascript:alert(1))',
  '![a](https://evil.example/x.png"onload="alert(1))',
  '<https://evil.example>',
  '[a]: javascript:alert(1)\n\n[a]',
  '<svg/onload=alert(1)>',
  '"><script>alert(1)</script>',
  '`</code><script>alert(1)</script>`',
  '> <iframe src=https://evil.example>',
  '```\n<script>alert(1)</script>\n```',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '# <a href="https://evil.example">x</a>',
]

it.each(hostile)('nothing of %s becomes an element, a link or a request', (line) => {
  const inAll = { subject: line, markdown: line, institution: line, service: line }
  const page = shown({ ...inAll, payment: { noticeNumber: line, amountCents: 1, payee: line } })
  const elements = [...page.matchAll(/<([a-z0-9]+)([^>]*)>/g)]
  const allowed =
    /^(?:section|div|label|input|p|strong|br|h[2-6]|span|dl|dt|dd|details|summary|small|ul|ol|li|em|code|hr)$/
  expect(elements.map(([, name]) => name).filter((name) => !allowed.test(name!))).toEqual([])
  const attributes = /\s(?:href|src|style|on\w+|action)=/i
  expect(elements.map(([, , rest]) => rest).filter((rest) => attributes.test(rest!))).toEqual([])
})

it('buttons with hostile words stay words', () => {
  const page = shown({ markdown: buttons(['it'], 'iohandledlink://https://a.example/<script>') })
  expect(page).toContain('apre iohandledlink://https://a.example/&lt;script&gt;')
})

it('texts nested beyond any sense do not fell the page', () => {
  for (const mark of ['>', '- ', '* ', '1. ', '[', '**', '`', '![', '<a ', '_', '\\']) {
    expect(typeof text(mark.repeat(10_000 / mark.length))).toBe('string')
  }
})

it('what would be POSTed is shown as it is', () => {
  const content = {
    subject: 'Oggetto di prova',
    markdown: 'Testo',
    due_date: '2026-10-31T22:59:59Z',
  }
  const names = { institution: 'Comune', service: 'Tributi', language: 'it' as const }
  expect(phoneOfPayload(visit, names, { content })).toEqual(
    phone(visit, {
      ...names,
      ...{ subject: 'Oggetto di prova', markdown: 'Testo' },
      ...{ dueDate: '2026-10-31T22:59:59Z', payment: null },
    }),
  )
})
