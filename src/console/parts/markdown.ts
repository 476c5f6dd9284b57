// A message's text as IO's app shows it, as HTML made node by node: what is not named here is not
// shown. Source: io-app `components/IOMarkdown/renderRules.tsx`. Invariants: nothing of it can be
// followed, loaded or run: links are text with their address beside, images a note.
import { fromMarkdown } from 'mdast-util-from-markdown'
import type { Language } from '../../domain/language.ts'
import { withoutDropped } from '../../domain/markdown-advice.ts'
import { type Html, html, type Piece } from '../../html.ts'

type Root = ReturnType<typeof fromMarkdown>
type Node = Root['children'][number]

/** UTF-16 units that are read of a text: twice what IO takes. */
const MAXIMUM_LENGTH = 20_000
/** Lists in lists in quotes: deeper ones are left out. */
const MAXIMUM_DEPTH = 12

/** A text below its front matter. Its headings stand below one of level 3. */
export function appText(body: string, language: Language): Html {
  const text = flattened(withoutDropped(body.slice(0, MAXIMUM_LENGTH).replaceAll('\f', ' ')))
  const { children } = fromMarkdown(text)
  const addresses = new Map(
    children.flatMap((node) => (node.type === 'definition' ? [[node.identifier, node.url]] : [])),
  )
  return html`${nodes(children, { language, addresses, text, depth: 0 })}`
}

interface Context {
  language: Language
  /** Of links that are defined elsewhere in the text. */
  addresses: ReadonlyMap<string, string>
  text: string
  depth: number
}

/** Quotes and lists nested beyond any sense cost the parser its stack. */
function flattened(text: string): string {
  return text.replace(/^(?:[ \t]*(?:[>*+-]|\d{1,9}[.)])){13,}/gm, '')
}

function nodes(children: readonly Node[], context: Context): Piece[] {
  if (context.depth >= MAXIMUM_DEPTH) return []
  const deeper = { ...context, depth: context.depth + 1 }
  return children.map((child) => nodeOf(child, deeper))
}

function nodeOf(node: Node, context: Context): Piece {
  switch (node.type) {
    case 'text':
      return lines(node.value)
    case 'paragraph':
      return html`<p>${nodes(node.children, context)}</p>
`
    case 'strong':
      return html`<strong>${nodes(node.children, context)}</strong>`
    case 'emphasis':
      return html`<em>${nodes(node.children, context)}</em>`
    case 'inlineCode':
      return html`<code>${node.value}</code>`
    case 'break':
      return html`<br>`
    case 'thematicBreak':
      return html`<hr>`
    case 'heading':
      return heading(node.depth, nodes(node.children, context))
    case 'list':
      return list(node.ordered === true, nodes(node.children, context))
    case 'listItem':
      return html`<li>${nodes(node.children, context)}</li>
`
    case 'link':
      return address(nodes(node.children, context), node.url)
    case 'linkReference': {
      const url = context.addresses.get(node.identifier)
      const text = nodes(node.children, context)
      return url === undefined ? text : address(text, url)
    }
    case 'image':
      return image(node.alt ?? '', node.url, context.language)
    default:
      return rawOf(node, context)
  }
}

/** What the app shows as it was written, or not at all. */
function rawOf(node: Node, { text }: Context): Piece {
  const raw = text.slice(node.position?.start.offset ?? 0, node.position?.end.offset ?? 0)
  switch (node.type) {
    // A banner: a heading in it is its title, marks are shown.
    case 'blockquote': {
      const title = /^\s*>\s{0,4}#{1,6}\s+(.+)/m.exec(raw)?.[1] ?? null
      const content = raw
        .replace(/^\s*>\s{0,4}\[!.*?\]/gm, '')
        .replace(/^\s*>\s{0,4}#{1,6}\s+.+/gm, '')
        .replace(/^[ \t]*>+[ \t]?/gm, '')
        .trim()
      return html`<div class="phone-banner">${title === null ? null : html`<strong>${title}</strong><br>`}${lines(content)}</div>
`
    }
    case 'code':
      return html`<p>${lines(raw)}</p>
`
    case 'html':
      return /^<br\s*\/?>$/i.test(node.value.trim()) ? html`<br>` : null
    default:
      return null
  }
}

/** A line end in a paragraph is one on the telephone, too. */
function lines(text: string): Piece[] {
  return text.split('\n').flatMap((line, index) => (index === 0 ? [line] : [html`<br>`, line]))
}

function heading(depth: number, content: Piece): Html {
  if (depth === 1)
    return html`<h4>${content}</h4>
`
  if (depth === 2)
    return html`<h5>${content}</h5>
`
  if (depth === 3)
    return html`<h6>${content}</h6>
`
  return html`<p>${content}</p>
`
}

/** The app counts from 1, whatever was written. */
function list(isOrdered: boolean, items: Piece): Html {
  return isOrdered
    ? html`<ol>${items}</ol>
`
    : html`<ul>${items}</ul>
`
}

function address(text: Piece, url: string): Html {
  return html`<span class="phone-link">${text}</span> <span class="phone-address">(${url})</span>`
}

const imageWords: Record<Language, string> = { it: 'immagine', en: 'image', de: 'Bild' }

function image(alt: string, url: string, language: Language): Html {
  const what = alt === '' ? imageWords[language] : `${imageWords[language]}: ${alt}`
  return html`<span class="phone-image">[${what}]</span> <span class="phone-address">(${url})</span>`
}
