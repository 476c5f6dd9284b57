// The language in which a citizen is written to, over the real stages and the sandbox: the first
// message and the reminder, by the profile as it is when each leaves, with buttons in both
// languages of the app whatever the text's.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { splitFrontMatter } from '../src/domain/cta.ts'
import {
  child,
  configure,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from './installation.ts'

const local = (text: string) =>
  Temporal.PlainDateTime.from(text).toZonedDateTime('Europe/Rome').toInstant()

const words = 'Per la mensa scolastica di {{ mese }} restano da pagare {{ importo | euro }}.'
const text = (subject: string) => ({
  subject: { it: `${subject} in italiano`, en: `${subject} in English`, de: `${subject} deutsch` },
  markdown: { it: `${words} Paga.`, en: `${words} Please pay.`, de: `${words} Bitte zahlen.` },
})
const buttons = [
  { text: { it: 'Copia', en: 'Copy' }, copy: '{{ avviso }}' },
  { text: { it: 'Scrivi', en: 'Write' }, mail: 'mensa@comune.example' },
]

let here: Installation
let now: Temporal.Instant

beforeEach(async () => {
  now = local('2027-03-01T09:00')
  here = await openInstallation({ now: () => now })
})
afterEach(() => here[Symbol.asyncDispose]())

const titles = new Map<string, string[]>()
const sent: string[] = []

/** Keeps what IO is asked to take, by citizen. */
function listen(): void {
  titles.clear()
  here.answer((call) => {
    const { fiscal_code, content } = JSON.parse(call.body || '{}')
    if (content === undefined) return null
    titles.set(fiscal_code, [...(titles.get(fiscal_code) ?? []), content.subject])
    sent.push(content.markdown)
    return null
  })
}

test('each message leaves in the first language of the profile that the mapping has', async () => {
  const mapping = {
    'notice.subject': text('Il conto').subject,
    'notice.markdown': text('').markdown,
    'notice.buttons': buttons,
    reminders: [{ at: '-3d 09:30', ...text('Promemoria'), buttons: buttons.slice(1) }],
  }
  await configure(here.playground.configDirectory, {
    [`${INSTITUTION}/mappings/mensa.yaml`]: mapping,
  })
  await here.reopen()
  const profiles = [
    ['de_DE'],
    ['en_GB', 'de_DE'],
    ['it_IT', 'en_GB'],
    [],
    ['fr_FR'],
    ['fr_FR', 'de_DE'],
  ]
  profiles.forEach((languages, n) => {
    here.playground.sandbox.stateCitizen(parent(n), { languages })
  })
  listen()
  await here.drop(profiles.map((_, n) => child(n, { due: '2027-03-31' })))
  await here.send()

  // Who changes the language of the app meanwhile is reminded in the new one.
  here.playground.sandbox.stateCitizen(parent(2), { languages: ['en_GB'] })
  now = local('2027-03-28T09:30')
  await here.send()
  expect(profiles.map((_, n) => titles.get(parent(n)))).toEqual([
    ['Il conto deutsch', 'Promemoria deutsch'],
    ['Il conto in English', 'Promemoria in English'],
    ['Il conto in italiano', 'Promemoria in English'],
    ['Il conto in italiano', 'Promemoria in italiano'],
    ['Il conto in italiano', 'Promemoria in italiano'],
    ['Il conto deutsch', 'Promemoria deutsch'],
  ])
  const labels = sent.map((markdown) => {
    const { it, en } = parse(splitFrontMatter(markdown).yaml ?? '')
    return [it.cta_1.text, en.cta_1.text]
  })
  expect(labels).toEqual([
    ...profiles.map(() => ['Copia', 'Copy']),
    ...profiles.map(() => ['Scrivi', 'Write']),
  ])
})
