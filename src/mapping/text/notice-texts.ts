// The texts of a notice mapping: each message in each language, compiled and checked once. Index 0
// is the first message, then one for each reminder. Invariant: every message has every language of
// the mapping; titles that need a person's data warn.
import { type Language, languages } from '../../domain/language.ts'
import { payloadLimits } from '../../domain/message-values.ts'
import type { Faults, YamlPath } from '../fault.ts'
import type { FieldSpec } from '../field/field-spec.ts'
import type { NoticeMapping } from '../spec.ts'
import type { Scope } from './scope.ts'
import { compileText, type TextKind, type TextTemplate } from './text.ts'
import { adviseOnTemplate } from './text-advice.ts'

/** One message in one language. */
export interface MessageTexts {
  subject: TextTemplate
  markdown: TextTemplate
}

export interface NoticeTexts {
  /** Those of the first message, Italian first. */
  languages: Language[]
  messages: Partial<Record<Language, MessageTexts>>[]
  /** The first message is sent as premium; reminders never are, since each would be billed. */
  premium: boolean
  /** Every path that some text reads. */
  uses: Set<string>
}

type Texts = NoticeMapping['notice']['subject']

/** Compiles all texts; what is wrong goes to `faults`, and what is then missing is missing. */
export function compileTexts(spec: NoticeMapping, scope: Scope, faults: Faults): NoticeTexts {
  const wanted = languages.filter((language) => spec.notice.subject[language] !== undefined)
  const uses = new Set<string>()
  const compileOne = (subject: Texts, markdown: Texts, at: YamlPath) => {
    const message: Partial<Record<Language, MessageTexts>> = {}
    for (const language of languages) {
      const title = compilePart(subject, language, 'subject', wanted, at, scope, faults)
      const body = compilePart(markdown, language, 'markdown', wanted, at, scope, faults)
      if (title) warnOfPerson(title, scope, [...at, 'subject', language], faults)
      if (title && body) message[language] = { subject: title, markdown: body }
      for (const path of [...(title?.uses ?? []), ...(body?.uses ?? [])]) uses.add(path)
    }
    return message
  }
  const { notice, reminders } = spec
  const messages = [
    compileOne(notice.subject, notice.markdown, ['notice']),
    ...reminders.map((one, index) => compileOne(one.subject, one.markdown, ['reminders', index])),
  ]
  return { languages: wanted, messages, premium: notice.premium, uses }
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
