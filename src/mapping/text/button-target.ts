// What a button does with its value: the action that the app reads, or why there is none.
// Invariant: whatever a record holds, the action is the one that the mapping names, and the site of
// a page is that of the template, unless the whole address is a field.
// Source: io-app `components/ui/Markdown/handlers/link.ts`, which drops each `iohandledlink://`.
import { isEmailOfIo } from '../../domain/email-address.ts'
import type { ButtonSpec, buttonActions } from '../button-spec.ts'
import { TemplateError } from './expression.ts'
import type { Places } from './placement.ts'

export type ButtonAction = (typeof buttonActions)[number]

/** The rendered target → what stands in `action`; `fault` says in Italian what it is not. */
type Read = { action: string } | { fault: string }

/** UTF-16 units. */
const MAXIMUM_ADDRESS = 2_000
const MAXIMUM_COPIED = 500

/** The only action that a button has, with its template. */
export function targetOf(button: ButtonSpec): { action: ButtonAction; source: string } {
  for (const action of Object.keys(readers) as ButtonAction[]) {
    const source = button[action]
    if (source !== undefined) return { action, source: source.trim() }
  }
  throw new Error('a button without an action')
}

/** What the app is told to do. */
export function readTarget(action: ButtonAction, source: string, rendered: string): Read {
  if (rendered === '') return { fault: 'non c’è nessun valore' }
  if (/iohandledlink:\/\//i.test(rendered)) return { fault: 'contiene `iohandledlink://`' }
  return readers[action](rendered, source)
}

/** Where the values of a target may stand; null for targets in which they may stand anywhere. */
export function targetPlaces(action: ButtonAction, source: string): Places | null {
  if (action === 'page') return isOneField(source) ? onlyPlain : addressPlaces(site, 'the site')
  return action === 'app' ? addressPlaces(firstPart, 'the page of the app') : null
}

/** A template of a target with a letter for each value: what can be judged before any record. */
export function skeletonOf(source: string): string {
  return source.replace(/\{%[\s\S]*?%\}/g, '').replace(/\{\{[\s\S]*?\}\}/g, 'x')
}

/** Whether a target is nothing but one output. */
export function isOneField(source: string): boolean {
  return /^\{\{[^{}]*\}\}$/.test(source)
}

const readers: Record<ButtonAction, (rendered: string, source: string) => Read> = {
  page: readPage,
  phone(rendered) {
    const number = rendered.replace(/[\s()./-]/g, '')
    if (/^\+?\d{3,15}$/.test(number)) return { action: `iohandledlink://tel:${number}` }
    return { fault: 'non è un numero di telefono' }
  },
  mail(rendered) {
    const isPlain = /^[a-z0-9][\w.+-]*@[a-z0-9.-]+$/i.test(rendered)
    if (isPlain && isEmailOfIo(rendered)) return { action: `iohandledlink://mailto:${rendered}` }
    return { fault: 'non è un indirizzo e-mail' }
  },
  copy(rendered) {
    if (rendered.length > MAXIMUM_COPIED) return { fault: `supera ${MAXIMUM_COPIED} caratteri` }
    return { action: `iohandledlink://copy:${rendered}` }
  },
  app(rendered) {
    if (/^[a-z0-9][\w/?&=.%~-]*$/i.test(rendered)) return { action: `ioit://${rendered}` }
    return { fault: 'non è una pagina dell’app' }
  },
}

function readPage(rendered: string, source: string): Read {
  const url = /^https:\/\/[^/]/i.test(rendered) ? URL.parse(rendered) : null
  const isSite = url?.protocol === 'https:' && url.username === '' && url.password === ''
  if (!isSite || !/^[^.]+(?:\.[^.]+)+$/.test(url.hostname)) {
    return { fault: 'non è un indirizzo `https://`' }
  }
  if (url.href.length > MAXIMUM_ADDRESS) return { fault: `supera ${MAXIMUM_ADDRESS} caratteri` }
  if (isOneField(source)) return { action: `iohandledlink://${url.href}` }
  const expected = site.exec(source)?.[1]
  const isAscii = /^[!#-;=?-[\]_a-z~]+$/i.test(rendered)
  const isSame = expected === undefined || expected.toLowerCase() === url.host
  if (isAscii && isSame) return { action: `iohandledlink://${rendered}` }
  return { fault: 'non è un indirizzo scritto come vuole il web' }
}

/** Stands for an output in the text so far. */
const VALUE = '\u0000'

const site = /^https:\/\/([^/?#\s\0{}]+)[/?#]/i
const firstPart = /^[a-z0-9][\w-]*[/?]/i

const onlyPlain: Places = {
  passText() {},
  passTag() {},
  passOutput(token, lastFilter) {
    if (lastFilter !== 'url_encode') return
    const hint = 'write the field alone: its value is checked, and is a whole address'
    throw new TemplateError('a whole address that is encoded', hint, token)
  },
}

function addressPlaces(start: RegExp, what: string): Places {
  let before = ''
  const hint = `write ${what} out, then the value with | url_encode`
  return {
    passText(text) {
      before += text
    },
    passTag(token) {
      if (token.name === '#' || token.name === 'comment' || start.test(before)) return
      throw new TemplateError(`a tag before ${what}`, hint, token)
    },
    passOutput(token, lastFilter) {
      const isThere = start.test(before)
      if (!isThere) throw new TemplateError(`a value in place of ${what}`, hint, token)
      if (lastFilter !== 'url_encode') {
        throw new TemplateError('a value inside an address', 'end it with | url_encode', token)
      }
      before += VALUE
    },
  }
}
