// The buttons of one message, compiled: a record → the front matter that the app reads, in Italian
// and in English, whatever the language of the text. Invariants: every label and every action is a
// double-quoted scalar, out of which no value can break; a button that would do nothing refuses the
// record and is never emitted; the same data give the same front matter.
import type { Refusal } from '../../domain/refusal.ts'
import type { ButtonSpec } from '../button-spec.ts'
import type { Faults, YamlPath } from '../fault.ts'
import {
  type ButtonAction,
  isOneField,
  readTarget,
  skeletonOf,
  targetOf,
  targetPlaces,
} from './button-target.ts'
import type { Condition } from './condition.ts'
import type { Fields, Scope } from './scope.ts'
import { compileText, findTest, type TextTemplate } from './text.ts'

/** The languages in which the app looks for buttons. */
const buttonLanguages = ['it', 'en'] as const

/** UTF-16 units of a label; what is longer is cut. */
const MAXIMUM_LABEL = 40

/** One text or address of a button, with its place in the mapping. */
export interface ButtonPart {
  at: YamlPath
  template: TextTemplate
}

export interface Buttons {
  /** With its fences and a line end; empty where the record has no button. */
  render(fields: Fields): string
  /** Buttons that would do nothing; `whose` is the message that has them. */
  refusals(fields: Fields, whose: string): Refusal[]
  /** The paths that they read. */
  uses: string[]
  /** The front matter itself when it depends on no record; null otherwise. */
  constant: string | null
  /** Which of their branches a record takes; empty: they have none. */
  branch(fields: Fields): string
  /** Each label and target. */
  parts: readonly ButtonPart[]
  /** The conditions of the buttons that have one. */
  conditions: readonly { at: YamlPath; source: string; condition: Condition }[]
}

interface Button {
  label: Record<(typeof buttonLanguages)[number], TextTemplate>
  target: TextTemplate
  action: ButtonAction
  source: string
  when: { source: string; condition: Condition } | null
  at: YamlPath
}

/** Compiles the buttons at a place of the mapping; null when there are none, or they are wrong. */
export function compileButtons(
  specs: readonly ButtonSpec[] | undefined,
  scope: Scope,
  at: YamlPath,
  faults: Faults,
): Buttons | null {
  if (specs === undefined) return null
  const buttons = specs.flatMap((spec, index) => {
    const button = compileButton(spec, scope, [...at, index], faults)
    return button === null ? [] : [button]
  })
  return buttons.length < specs.length ? null : asFrontMatter(buttons)
}

/** The text below its buttons. */
export function withButtons(body: TextTemplate, buttons: Buttons | null): TextTemplate {
  if (buttons === null) return body
  const { constant } = buttons
  const isConstant = constant !== null && body.constant !== null
  return {
    ...body,
    render: (fields) => buttons.render(fields) + body.render(fields),
    uses: [...new Set([...body.uses, ...buttons.uses])],
    constant: isConstant ? constant + body.constant : null,
    branch: (fields) => [body.branch(fields), buttons.branch(fields)].filter(Boolean).join(', '),
  }
}

function compileButton(
  spec: ButtonSpec,
  scope: Scope,
  at: YamlPath,
  faults: Faults,
): Button | null {
  const { action, source } = targetOf(spec)
  const it = compileLabel(spec.text.it, scope, [...at, 'text', 'it'], faults)
  const en = compileLabel(spec.text.en, scope, [...at, 'text', 'en'], faults)
  const target = compileTarget(action, source, scope, [...at, action], faults)
  const whenAt = [...at, 'when']
  const condition = spec.when === undefined ? null : findTest(spec.when, scope, whenAt, faults)
  if (!it || !en || !target || (spec.when !== undefined && condition === null)) return null
  const when = condition && { source: String(spec.when), condition }
  return { label: { it, en }, target, action, source, when, at }
}

function compileLabel(source: string, scope: Scope, at: YamlPath, faults: Faults) {
  const { template, fault } = compileText(source, 'subject', scope)
  if (fault !== null) {
    faults.list.push({ code: 'CFG_TEMPLATE', path: [...at], ...fault })
    return null
  }
  const { constant } = template
  if (constant === null || (constant !== '' && constant.length <= MAXIMUM_LABEL)) return template
  const hint = `a button has room for ${MAXIMUM_LABEL}: say in two or three words what it does`
  faults.add('CFG_VALUE', at, `the label is ${constant.length} characters long`, hint)
  return null
}

function compileTarget(
  action: ButtonAction,
  source: string,
  scope: Scope,
  at: YamlPath,
  faults: Faults,
): TextTemplate | null {
  const places = targetPlaces(action, source)
  const { template, fault } = compileText(source, 'subject', scope, places)
  if (fault !== null) {
    faults.list.push({ code: 'CFG_TEMPLATE', path: [...at], ...fault })
    return null
  }
  const isJudged = template.constant !== null || (places !== null && !isOneField(source))
  const words = template.constant ?? skeletonOf(source)
  if (!isJudged || 'action' in readTarget(action, source, words)) return template
  faults.add('CFG_VALUE', at, `the app would not open "${words}"`, targetHints[action])
  return null
}

const targetHints: Record<ButtonAction, string> = {
  page: 'write a whole address that begins with https://, without blanks and accents',
  phone: 'write 3 to 15 digits, with + in front where they begin with the country',
  mail: 'write one e-mail address and nothing else',
  copy: 'write at most 500 characters',
  app: 'write what follows ioit://, for example services/service-detail',
}

function asFrontMatter(buttons: readonly Button[]): Buttons {
  const conditions = buttons.flatMap(({ when, at }) =>
    when === null ? [] : [{ at: [...at, 'when'], ...when }],
  )
  const parts = buttons.flatMap(partsOf)
  const shownOf = (fields: Fields) =>
    buttons.filter(({ when }) => when === null || when.condition.test(fields))
  const render = (fields: Fields) => emit(shownOf(fields), fields)
  const isConstant =
    conditions.length === 0 && parts.every(({ template }) => template.constant !== null)
  const uses = [
    ...parts.flatMap(({ template }) => template.uses),
    ...conditions.flatMap(({ condition }) => condition.uses),
  ]
  return {
    render,
    refusals: (fields, whose) =>
      shownOf(fields).flatMap((button) => refusalsOf(button, fields, whose)),
    uses: [...new Set(uses)],
    constant: isConstant ? render({}) : null,
    branch: (fields) => buttons.flatMap((button) => branchOf(button, fields)).join(', '),
    parts,
    conditions,
  }
}

function partsOf({ label, target, action, at }: Button): ButtonPart[] {
  return [
    { at: [...at, 'text', 'it'], template: label.it },
    { at: [...at, 'text', 'en'], template: label.en },
    { at: [...at, action], template: target },
  ]
}

function branchOf({ when, label, target }: Button, fields: Fields): string[] {
  if (when !== null && !when.condition.test(fields)) return [`not ${when.source}`]
  const within = [label.it, target].map((template) => template.branch(fields))
  return [when?.source ?? '', ...within].filter(Boolean)
}

/** The second takes the place of the first where a record has not that one. */
function emit(shown: readonly Button[], fields: Fields): string {
  const whole = shown.flatMap((button) => {
    const action = actionOf(button, fields)
    return action === null ? [] : [{ button, action }]
  })
  if (whole.length === 0) return ''
  let yaml = ''
  for (const language of buttonLanguages) {
    yaml += `${language}:\n`
    for (const [index, { button, action }] of whole.entries()) {
      const text = cut(button.label[language].render(fields))
      yaml += `  cta_${index + 1}:\n    text: ${quoted(text)}\n    action: ${quoted(action)}\n`
    }
  }
  return `---\n${yaml}---\n`
}

function actionOf({ action, source, target, label }: Button, fields: Fields): string | null {
  if (buttonLanguages.some((language) => label[language].render(fields) === '')) return null
  const read = readTarget(action, source, target.render(fields))
  return 'action' in read ? read.action : null
}

/** JSON's escapes are YAML's too; what YAML takes for unprintable is escaped as well. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function cut(label: string): string {
  if (label.length <= MAXIMUM_LABEL) return label
  const kept = label.slice(0, MAXIMUM_LABEL - 1).replace(/[\ud800-\udbff]$/, '')
  return `${kept.trimEnd()}…`
}

function refusalsOf(button: Button, fields: Fields, whose: string): Refusal[] {
  const { action, source, target, label, when } = button
  const name = label.it.render(fields)
  const faults: string[] = []
  const rendered = target.render(fields)
  const read = readTarget(action, source, rendered)
  if ('fault' in read)
    faults.push(rendered === '' ? read.fault : `${short(rendered)} ${read.fault}`)
  if (buttonLanguages.some((language) => label[language].render(fields) === '')) {
    faults.push('la scritta sarebbe vuota')
  }
  const remedy =
    when === null
      ? 'Correggi il dato alla fonte; se può mancare, scrivi `when` nel pulsante del modello.'
      : 'Correggi il dato alla fonte, o la condizione `when` del pulsante nel modello.'
  return faults.map((fault) => ({
    code: 'REC_BUTTON',
    field: 'buttons',
    detail: `Il pulsante “${cut(name)}” ${whose} non aprirebbe nulla: ${fault}.`,
    remedy,
  }))
}

function short(value: string): string {
  return `“${value.length > 60 ? `${value.slice(0, 60)}…` : value}”`
}
