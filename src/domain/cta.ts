// The buttons of a message, in the front matter of its text, as the app reads them. IO checks none
// of this: a mistake costs the citizen the button, or the whole text.
// Source: io-app `features/messages/utils/ctas.ts` and `types/LocalizedCTAs.ts`; the reader of YAML
// is given, since this layer has none.
import { findingsAt, type MessageFinding } from './message-finding.ts'
import { nearest } from './nearest.ts'

interface FrontMatter {
  /** Between the fences; null without front matter. */
  yaml: string | null
  /** The line of the text on which `yaml` begins, from 1. */
  line: number
  /** What the citizen reads, and what the e-mail quotes. */
  body: string
}

/** Reads YAML into plain data; `fault` says what is wrong, on a line counted from 1. */
export type YamlReader = (
  text: string,
) => { data: unknown } | { fault: string; line: number | null }

/** The languages in which the app looks for buttons. */
const ctaLanguages = ['it', 'en']

const finding = findingsAt('content.markdown')

/**
 * Front matter stands between `---` alone on a line and the next `---` (or `...`) alone on a line;
 * `= yaml =` fences as well. The app looks for it where the first line has such a fence in it, be
 * it among words, and then takes the first block that it finds, wherever that is.
 */
export function splitFrontMatter(markdown: string): FrontMatter {
  const [first = ''] = markdown.split(/\r?\n/, 1)
  const match = /= yaml =|---/.test(first) ? block.exec(markdown) : null
  if (match === null) return { yaml: null, line: 1, body: markdown }
  const between = match[2] as string
  // The app takes the blanks away first, even the indentation of the first line.
  const yaml = between.trim()
  const before = markdown.slice(0, match.index)
  const blank = between.slice(0, between.indexOf(yaml))
  const body = before + markdown.slice(match.index + match[0].length)
  return { yaml, line: `${before}${blank}`.split('\n').length, body }
}

const block = /^\uFEFF?(= yaml =|---)$([\s\S]*?)^(?:\1|\.\.\.)\s*$\n?/m

/** What the app would not show, or would show as an error, of the buttons of a text. */
export function ctaAdvice(
  { yaml, line, body }: FrontMatter,
  readYaml: YamlReader,
): MessageFinding[] {
  if (yaml === null) return /^[ \t]*cta_[12][ \t]*:/m.test(body) ? [misplaced] : []
  const reading = readYaml(yaml)
  if ('fault' in reading) {
    const where = reading.line === null ? '' : ` (line ${line + reading.line - 1})`
    return [
      finding(
        'cta-yaml',
        `The front matter is not valid YAML: ${reading.fault}${where}. The app shows an error ` +
          'instead of the text.',
        'Put every text and action in double quotes; indent with blanks, not tabs.',
      ),
    ]
  }
  const { data } = reading
  if (!isMap(data)) return [noButtons('has no languages, and is not shown')]
  return [...languageAdvice(data), ...ctaLanguages.flatMap((name) => buttonsAdvice(name, data))]
}

/** A button as the app shows it. */
export interface ShownButton {
  text: string
  action: string
  /** Whether it does something. */
  works: boolean
}

/**
 * The buttons that an app in this language shows, of front matter that was read: it looks in `en`
 * where it is in English, else in `it`, and shows none where one is malformed or none works.
 */
export function shownButtons(data: unknown, appLanguage: string): ShownButton[] {
  const block = isMap(data) ? data[appLanguage === 'en' ? 'en' : 'it'] : undefined
  if (!isMap(block) || block['cta_1'] === undefined) return []
  const buttons: ShownButton[] = []
  for (const button of [block['cta_1'], block['cta_2']]) {
    if (button === undefined) continue
    if (!isMap(button)) return []
    const { text, action } = button
    if (typeof text !== 'string' || typeof action !== 'string') return []
    buttons.push({ text, action, works: isSupportedAction(action) })
  }
  return buttons.some(({ works }) => works) ? buttons : []
}

/**
 * Whether the app does something with this action: `ioit://…`, `iosso://` with a URL,
 * `iohandledlink://` with http, https, sms, tel, mailto or copy, a colon and something.
 */
export function isSupportedAction(action: string): boolean {
  if (/^ioit:\/\//i.test(action)) return true
  if (/^iosso:\/\//i.test(action)) return URL.canParse(action)
  return /^(?:iohandledlink:\/\/)+(?:https?|sms|tel|mailto|copy):./i.test(action.trim())
}

const misplaced = finding(
  'cta-place',
  'Buttons stand in the text: without front matter the app shows them as they are written.',
  'Begin the text with `---` alone on the first line, and close with `---` alone on a line.',
)

function noButtons(why: string): MessageFinding {
  const remedy =
    'Write it: and en:, each with cta_1: {text, action}; or take the front matter away.'
  return finding('cta-shape', `The front matter ${why}: the app shows no buttons.`, remedy)
}

function languageAdvice(data: Fields): MessageFinding[] {
  const advice: MessageFinding[] = []
  for (const name of Object.keys(data)
    .filter((key) => !ctaLanguages.includes(key))
    .slice(0, 5)) {
    const near = nearest(name, ctaLanguages)
    const remedy = near ? `Did you mean ${near}?` : 'The app looks for it and en only.'
    const detail = `The app does not know ${shown(name)} in the front matter.`
    advice.push(finding('cta-unknown-key', detail, remedy))
  }
  const [it, en] = ctaLanguages.map((name) => data[name] !== undefined)
  if (!it && !en) advice.push(noButtons('has neither it nor en'))
  else if (!en) {
    const detail = 'Buttons in Italian only: an app in English shows none.'
    advice.push(finding('cta-language', detail, 'Write the block en: too.'))
  } else if (!it) {
    const detail =
      'Buttons in English only: apps in all other languages look for it: and show none.'
    advice.push(finding('cta-language', detail, 'Write the block it: too.'))
  }
  return advice
}

/** One language: if any button of it is malformed, the app shows none of that language. */
function buttonsAdvice(language: string, data: Fields): MessageFinding[] {
  const block = data[language]
  if (block === undefined) return []
  const none = `an app in this language shows no buttons`
  if (!isMap(block)) return [shape(`${language} has no buttons`, none)]
  const advice: MessageFinding[] = []
  for (const name of Object.keys(block)
    .filter((key) => !/^cta_[12]$/.test(key))
    .slice(0, 5)) {
    const detail = `The app does not know ${shown(name)} in ${language} of the front matter.`
    advice.push(finding('cta-unknown-key', detail, 'There are cta_1 and cta_2.'))
  }
  if (block['cta_1'] === undefined) {
    const alone = block['cta_2'] === undefined ? 'has no cta_1' : 'has cta_2 without cta_1'
    advice.push(shape(`${language} ${alone}`, none))
  }
  for (const name of ['cta_1', 'cta_2']) {
    const button = block[name]
    if (button !== undefined) advice.push(...buttonAdvice(`${language}.${name}`, button, none))
  }
  return advice
}

function buttonAdvice(place: string, button: unknown, none: string): MessageFinding[] {
  if (!isMap(button)) return [shape(`${place} has no text and action`, none)]
  const advice: MessageFinding[] = []
  for (const part of ['text', 'action']) {
    const value = button[part]
    if (typeof value === 'string') continue
    const what = value === undefined ? 'is missing' : 'is not a text'
    advice.push(shape(`${place}.${part} ${what}`, none))
  }
  const { text, action } = button
  if (typeof text === 'string' && text.trim() === '') {
    const detail = `${place}.text is empty: the button has no label.`
    advice.push(finding('cta-text', detail, 'Write what the button does: "Paga ora".'))
  }
  if (typeof action === 'string') advice.push(...actionAdvice(`${place}.action`, action))
  return advice
}

function actionAdvice(place: string, action: string): MessageFinding[] {
  if (isSupportedAction(action)) {
    if (!/^\s*iohandledlink:\/\/http:/i.test(action)) return []
    const detail = `${place} opens a page without encryption.`
    return [finding('plain-http', detail, 'Write https.')]
  }
  const bare = /^\s*(?:https?|sms|tel|mailto):/i.test(action)
  return [
    finding(
      'cta-action',
      `${place} is not an action that the app supports: the button is not shown, or does nothing.`,
      bare
        ? 'Put iohandledlink:// before it: "iohandledlink://https://…".'
        : 'Use iohandledlink:// before http(s):, sms:, tel:, mailto: or copy:; or ioit://, iosso://.',
    ),
  ]
}

function shape(what: string, consequence: string): MessageFinding {
  const remedy = 'Write cta_1 with text and action, both in double quotes; cta_2 only after it.'
  return finding('cta-shape', `In the front matter ${what}: ${consequence}.`, remedy)
}

type Fields = Record<string, unknown>

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A key as it may be shown: quoted, bounded. */
function shown(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key)
}
