// The texts of a notice mapping: each message in each language, compiled and checked once. Index 0
// is the first message, then one for each reminder. Invariant: every message has every language of
// the mapping; titles that need a person's data warn.
import { type Language, languages } from '../../domain/language.ts'
import { payloadLimits } from '../../domain/message-values.ts'
import type { NoticeData } from '../../domain/notice.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { Faults, YamlPath } from '../fault.ts'
import type { FieldSpec } from '../field/field-spec.ts'
import type { NoticeMapping } from '../spec.ts'
import { type Buttons, compileButtons, withButtons } from './buttons.ts'
import type { Scope } from './scope.ts'
import { compileText, type TextKind, type TextTemplate } from './text.ts'
import { adviseOnReading, adviseOnTemplate } from './text-advice.ts'

/** One message in one language. */
export interface MessageTexts {
  subject: TextTemplate
  /** With the buttons of the message before it. */
  markdown: TextTemplate
}

export interface NoticeTexts {
  /** Those of the first message, Italian first. */
  languages: Language[]
  messages: Partial<Record<Language, MessageTexts>>[]
  /** Those of each message, in the same order; null where it has none. */
  buttons: (Buttons | null)[]
  /** The first message is sent as premium; reminders never are, since each would be billed. */
  premium: boolean
  /** Every path that some text reads. */
  uses: Set<string>
}

type Texts = NoticeMapping['notice']['subject']
type Message = Pick<NoticeMapping['notice'], 'subject' | 'markdown' | 'buttons'>

/** Compiles all texts; what is wrong goes to `faults`, and what is then missing is missing. */
export function compileTexts(spec: NoticeMapping, scope: Scope, faults: Faults): NoticeTexts {
  const wanted = languages.filter((language) => spec.notice.subject[language] !== undefined)
  const uses = new Set<string>()
  const buttons: NoticeTexts['buttons'] = []
  const compileOne = ({ subject, markdown, ...spec }: Message, at: YamlPath) => {
    checkFrontMatter(markdown, spec.buttons, at, faults)
    const under = compileButtons(spec.buttons, scope, [...at, 'buttons'], faults)
    buttons.push(under)
    for (const path of under?.uses ?? []) uses.add(path)
    const message: Partial<Record<Language, MessageTexts>> = {}
    for (const language of languages) {
      const title = compilePart(subject, language, 'subject', wanted, at, scope, faults)
      const body = compilePart(markdown, language, 'markdown', wanted, at, scope, faults)
      if (title) warnOfPerson(title, scope, [...at, 'subject', language], faults)
      if (title && body) {
        message[language] = { subject: title, markdown: withButtons(body, under) }
        checkWhole(message[language].markdown, body, [...at, 'markdown', language], faults)
      }
      for (const path of [...(title?.uses ?? []), ...(body?.uses ?? [])]) uses.add(path)
    }
    return message
  }
  const { notice, reminders } = spec
  const messages = [
    compileOne(notice, ['notice']),
    ...reminders.map((one, index) => compileOne(one, ['reminders', index])),
  ]
  return { languages: wanted, messages, buttons, premium: notice.premium, uses }
}

/** What the buttons of a message would not do with this data. */
export function buttonRefusals(
  { buttons }: NoticeTexts,
  { fields }: Pick<NoticeData, 'fields'>,
): Refusal[] {
  return buttons.flatMap((under, template) => {
    const whose = template === 0 ? 'del messaggio' : `del promemoria ${template}`
    return under?.refusals(fields, whose) ?? []
  })
}

/** Buttons are declared or written into the text, never both. */
function checkFrontMatter(
  markdown: Texts,
  buttons: Message['buttons'],
  at: YamlPath,
  faults: Faults,
): void {
  if (buttons === undefined) return
  for (const language of languages) {
    if (!markdown[language]?.startsWith('---')) continue
    const hint = 'take the front matter out of the text, or take `buttons` away'
    const message = 'buttons both under `buttons` and in the text'
    faults.add('CFG_VALUE', [...at, 'markdown', language], message, hint)
  }
}

/** The bound of a text counts its buttons. */
function checkWhole(whole: TextTemplate, body: TextTemplate, at: YamlPath, faults: Faults): void {
  const { maximum } = payloadLimits.markdownLength
  const length = whole.constant?.length ?? 0
  if (length <= maximum || (body.constant?.length ?? 0) > maximum) return
  const hint = `IO accepts ${maximum}; buttons count in it`
  faults.add('CFG_VALUE', at, `the text is ${length} characters long with its buttons`, hint)
}

function compilePart(
  texts: Texts,
  language: Language,
  kind: TextKind,
  wanted: Language[],
  messageAt: YamlPath,
  scope: Scope,
  faults: Faults,
): TextTemplate | null {
  const source = texts[language]
  const at = [...messageAt, kind]
  if (source === undefined) {
    if (!wanted.includes(language)) return null
    const hint = 'write it, or remove this language from every text'
    faults.add('CFG_VALUE', at, `${kind} is missing in ${language}, which other texts have`, hint)
    return null
  }
  if (!wanted.includes(language)) {
    const hint = 'write `notice.subject` in it too, or remove it here'
    faults.add('CFG_VALUE', [...at, language], `${language} is not a language of the notice`, hint)
    return null
  }
  const { template, fault } = compileText(source, kind, scope)
  if (fault !== null) {
    faults.list.push({ code: 'CFG_TEMPLATE', path: [...at, language], ...fault })
    return null
  }
  checkConstant(template, kind, [...at, language], faults)
  adviseOnTemplate(source, kind, [...at, language], faults)
  if (kind === 'markdown' && language === 'it') adviseOnReading(source, [...at, language], faults)
  return template
}

/** A text that depends on no record has the same length for all: better said now. */
function checkConstant(template: TextTemplate, kind: TextKind, at: YamlPath, faults: Faults): void {
  if (template.constant === null) return
  const { minimum, maximum } =
    kind === 'subject' ? payloadLimits.subjectLength : payloadLimits.markdownLength
  const { length } = template.constant
  if (length >= minimum && length <= maximum) return
  const hint = `IO accepts ${minimum} to ${maximum}`
  faults.add('CFG_VALUE', at, `the ${kind} is ${length} characters long`, hint)
}

function warnOfPerson(title: TextTemplate, scope: Scope, at: YamlPath, faults: Faults): void {
  for (const path of title.uses) {
    const field = scope.get(path)
    if (field === undefined || !isPersonal(field)) continue
    const hint = 'say it in the text: titles show on locked phones, and IO forbids personal data'
    faults.add('CFG_PERSONAL_TITLE', at, `the title uses ${path}`, hint)
  }
}

function isPersonal(field: FieldSpec): boolean {
  if (field.type === 'fiscalCode' || field.type === 'euro') return true
  return field.type === 'text' && field.personal
}
