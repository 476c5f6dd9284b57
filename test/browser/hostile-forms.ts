// Every form that links lead to, sent with what wants to become more than text, over HTTP: a
// browser would take minutes. What comes back is read by a browser’s own parser, which runs
// nothing.
import type { Page } from 'playwright-core'
import type { Visited, Visiting } from '../console/visiting.ts'
import { INSTITUTION } from '../installation.ts'
import { kindOf } from './crawl.ts'

export interface FoundForm {
  /** Of the page that has it. */
  page: string
  /** Below the institution. */
  action: string
  method: 'get' | 'post'
  isUpload: boolean
  fields: FormField[]
}

export interface FormField {
  name: string
  /** People type into it. */
  isText: boolean
  value: string
  /** Characters. */
  most: number
}

interface Read {
  faults: string[]
  links: string[]
  forms: Omit<FoundForm, 'page'>[]
}

/** Characters of a field that says no bound. */
const USUAL_LENGTH = 300
/** Requests of one session, well below what one may make in a minute. */
const REQUESTS = 400
const AT_ONCE = 8

/** Somebody who may do everything; another session whenever one has asked often. */
export function manyOf(visited: Visited, open: () => Promise<Visiting>) {
  let current: Visiting | null = null
  let left = 0
  return {
    visited,
    async next(): Promise<Visiting> {
      if (left <= 0) {
        left = REQUESTS
        current = await open()
      }
      left -= 1
      return current as Visiting
    },
  }
}

export type Many = ReturnType<typeof manyOf>

/** The forms of all pages, one of each kind. */
export async function findForms(many: Many, reader: Page): Promise<FoundForm[]> {
  const forms = new Map<string, FoundForm>()
  const seen = new Set<string>()
  const waiting = ['/']
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const kind = kindOf(`http://x${path}`)
    if (seen.has(kind) || seen.size > 200) continue
    seen.add(kind)
    const { text, headers } = await (await many.next()).get(path)
    if (!headers.get('content-type')?.startsWith('text/html')) continue
    const { links, forms: found } = await readHtml(reader, text)
    for (const form of found) {
      const names = form.fields.map(({ name }) => name).join()
      // Of mappings, services and feeds the name is a place too.
      const action = form.action.replace(/^\/(mappings|services|feeds)\/[^/?]+/, '/$1/:one')
      const key = `${form.method} ${kindOf(`http://x${action}`)} ${names}`
      if (!forms.has(key)) forms.set(key, { ...form, page: path })
    }
    waiting.push(...links)
  }
  return [...forms.values()]
}

/** What a parser finds in a page: what is not ours, and where it leads. */
export async function readHtml(reader: Page, text: string): Promise<Read> {
  const [read] = await readAll(reader, [text])
  if (read === undefined) throw new Error('nothing was read')
  const below = `/${INSTITUTION}`
  const ours = (path: string) => path.startsWith(`${below}/`)
  return {
    faults: read.faults,
    links: read.links.filter(ours).map((path) => path.slice(below.length)),
    forms: read.forms
      .filter(({ action }) => ours(action))
      .map((form) => ({ ...form, action: form.action.slice(below.length) })),
  }
}

function readAll(reader: Page, texts: readonly string[]): Promise<Read[]> {
  return reader.evaluate(`(${READ})(${JSON.stringify(texts)})`)
}

/** As many strings in each field as it takes, until each field has had all of them. */
export function* fillings(form: FoundForm, strings: readonly string[]): Generator<string[][]> {
  const left = form.fields.map(({ isText }) => (isText ? [...strings] : []))
  while (left.some((one) => one.length > 0)) {
    yield form.fields.map(({ name, isText, value, most }, index) => {
      const rest = left[index] ?? []
      if (!isText || rest.length === 0) return [name, value]
      let text = rest.shift() ?? ''
      for (let next = rest[0]; next !== undefined; next = rest[0]) {
        if (text.length + next.length + 1 > most) break
        text += ` ${rest.shift()}`
      }
      return [name, text]
    })
  }
}

/** Sends these and answers what was wrong with what came back. */
export async function sendAll(
  many: Many,
  reader: Page,
  form: FoundForm,
  filled: Iterable<string[][]>,
): Promise<string[]> {
  const faults = new Set<string>()
  const all = [...filled]
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const answers = await Promise.all(
      all.slice(from, from + AT_ONCE).map(async (fields) => {
        const visitor = await many.next()
        const page = await sendOne(visitor, form, fields)
        const isShown = page.status === 303 && page.location?.startsWith(`/${INSTITUTION}/`)
        if (!isShown) return { page, sent: fields }
        const next = page.location?.slice(INSTITUTION.length + 1).replace(/#.*/, '') ?? '/'
        return { page: await visitor.get(next), sent: fields }
      }),
    )
    const texts = answers.map(({ page }) => page.text)
    const read = await readAll(reader, texts)
    for (const [index, { page, sent }] of answers.entries()) {
      const about = `${form.method} ${form.action}`
      if (page.status >= 500) faults.add(`${about}: ${page.status} of ${JSON.stringify(sent)}`)
      const isPage = page.headers.get('content-type')?.startsWith('text/html')
      for (const fault of (isPage && read[index]?.faults) || []) faults.add(`${about}: ${fault}`)
    }
  }
  return [...faults]
}

function sendOne(visitor: Visiting, form: FoundForm, fields: readonly string[][]) {
  const pairs = fields as [string, string][]
  if (form.method === 'get') {
    const query = new URLSearchParams(pairs)
    return visitor.get(`${form.action}?${query}`)
  }
  const own = pairs.filter(([name]) => name !== 'csrf')
  if (!form.isUpload) return visitor.post(form.action, Object.fromEntries(own))
  return visitor.upload(form.action, Object.fromEntries(own), {})
}

/**
 * In the browser, of texts: elements and attributes that no page of ours has, and what leads away.
 * `DOMParser` fetches nothing and runs nothing.
 */
const READ = `(texts) => texts.map((text) => {
  const page = new DOMParser().parseFromString(text, 'text/html')
  const faults = []
  const isOurs = (address) => /^((\\.\\.)?\\/(?![\\/\\\\])|#|\\?|$)/.test(address.trim())
  const barred = 'iframe,object,embed,base,style,video,audio,source,applet,frame,math,template'
  for (const one of page.querySelectorAll('*')) {
    const name = one.localName
    const said = one.outerHTML.slice(0, 160)
    if (one.matches(barred) || (name === 'meta' && one.httpEquiv)) faults.push('element ' + said)
    if (name === 'script' && (one.text !== '' || !isOurs(one.getAttribute('src') ?? 'x:')))
      faults.push('script ' + said)
    for (const { name: attribute, value } of one.attributes) {
      if (/^on/i.test(attribute) || attribute === 'style' || attribute === 'srcdoc')
        faults.push('attribute ' + said)
      if (!/^[a-z][a-z0-9:-]*$/i.test(attribute)) faults.push('broken attribute ' + said)
      const isAddress = /^(href|src|action|formaction|srcset|poster|data|xlink:href)$/.test(attribute)
      const isPicture = /^data:image\\/(png|svg\\+xml);base64,/.test(value) && name === 'img'
      if (isAddress && !isOurs(value) && !isPicture) faults.push('leads away ' + said)
      if (/^hx-(get|post|put|patch|delete)$/.test(attribute) && !isOurs(value))
        faults.push('asks elsewhere ' + said)
    }
  }
  const links = [...page.querySelectorAll('a[href]:not([download])')]
    .map((one) => one.getAttribute('href'))
    .filter((path) => !/export|\\.(pdf|xlsx|csv|json|txt|png)$|sign-out/.test(path))
    .map((path) => path.replace(/#.*/, ''))
  const forms = [...page.forms].map((form) => ({
    action: form.getAttribute('action') ?? '',
    method: form.method,
    isUpload: form.enctype === 'multipart/form-data',
    fields: [...form.elements]
      .filter((field) => field.name !== '' && !['file', 'submit'].includes(field.type) || field.localName === 'button' && field.name !== '')
      .filter((field) => !['radio', 'checkbox'].includes(field.type) || field.checked)
      .map((field) => ({
        name: field.name,
        isText: field.localName === 'textarea' || /^(text|search|email|tel|url|number|date|month|datetime-local)$/.test(field.type),
        value: field.value,
        most: field.maxLength > 0 ? field.maxLength : ${USUAL_LENGTH},
      })),
  }))
  return { faults, links, forms }
})`
