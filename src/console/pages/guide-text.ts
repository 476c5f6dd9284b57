// A guide of the documentation as a page: its Markdown node by node, tables too. What is not named
// here is not shown. Invariants: HTML in it is text; links lead within the guide, or are text with
// their address beside; pictures come from this console alone.
import { fromMarkdown } from 'mdast-util-from-markdown'
import { type Html, html, type Piece } from '../../html.ts'

type Node = ReturnType<typeof fromMarkdown>['children'][number]

export interface Guide {
  title: string
  /** Chapters, with the anchors that lead to them. */
  chapters: readonly { title: string; anchor: string }[]
  content: Html
}

/** `imageAt` gives the address of a picture by the name of its file; null: it is not shown. */
export function guideOf(markdown: string, imageAt: (name: string) => string | null): Guide {
  const { children } = fromMarkdown(markdown)
  const [first] = children
  const title = first?.type === 'heading' && first.depth === 1 ? textOf(first) : ''
  const rest = title === '' ? children : children.slice(1)
  const chapters = rest
    .filter((node) => node.type === 'heading' && node.depth === 2)
    .map((node) => ({ title: textOf(node), anchor: anchorOf(textOf(node)) }))
  return { title, chapters, content: html`${rest.map((node) => blockOf(node, imageAt))}` }
}

type ImageAt = (name: string) => string | null

function blocks(children: readonly Node[], imageAt: ImageAt): Piece[] {
  return children.map((child) => blockOf(child, imageAt))
}

function blockOf(node: Node, imageAt: ImageAt): Piece {
  switch (node.type) {
    case 'paragraph': {
      const table = tableIn(node, imageAt)
      return (
        table ??
        html`<p>${inlines(node.children, imageAt)}</p>
`
      )
    }
    case 'heading':
      return headingOf(node, imageAt)
    case 'list': {
      const items = node.children.map(
        (item) => html`<li>${tightly(item.children, item.spread ?? false, imageAt)}</li>
`,
      )
      return node.ordered ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`
    }
    case 'blockquote':
      return html`<blockquote>${blocks(node.children, imageAt)}</blockquote>`
    case 'code':
      return html`<pre tabindex="0"><code>${node.value}</code></pre>`
    case 'thematicBreak':
      return html`<hr>`
    default:
      return null
  }
}

/** An item of one paragraph needs none. */
function tightly(children: readonly Node[], isLoose: boolean, imageAt: ImageAt): Piece[] {
  if (isLoose) return blocks(children, imageAt)
  return children.map((child) =>
    child.type === 'paragraph' ? inlines(child.children, imageAt) : blockOf(child, imageAt),
  )
}

function headingOf(node: Node & { type: 'heading' }, imageAt: ImageAt): Html {
  const text = inlines(node.children, imageAt)
  const anchor = anchorOf(textOf(node))
  if (node.depth <= 2) return html`<h2 id="${anchor}">${text}</h2>`
  return node.depth === 3
    ? html`<h3 id="${anchor}">${text}</h3>`
    : html`<h4 id="${anchor}">${text}</h4>`
}

function inlines(children: readonly Node[], imageAt: ImageAt): Piece[] {
  return children.map((child) => inlineOf(child, imageAt))
}

function inlineOf(node: Node, imageAt: ImageAt): Piece {
  switch (node.type) {
    case 'text':
    case 'html':
      return node.value
    case 'strong':
      return html`<strong>${inlines(node.children, imageAt)}</strong>`
    case 'emphasis':
      return html`<em>${inlines(node.children, imageAt)}</em>`
    case 'inlineCode':
      return html`<code>${node.value}</code>`
    case 'break':
      return html`<br>`
    case 'link': {
      const text = inlines(node.children, imageAt)
      return node.url.startsWith('#') ? html`<a href="${node.url}">${text}</a>` : text
    }
    case 'image': {
      const address = imageAt(node.url.split('/').at(-1) ?? '')
      const alt = node.alt ?? ''
      return address === null ? alt : html`<img src="${address}" alt="${alt}" loading="lazy">`
    }
    default:
      return null
  }
}

/** Lines of `|`: the parser knows no tables. Null where it is none. */
function tableIn(node: Node & { type: 'paragraph' }, imageAt: ImageAt): Html | null {
  const { start, end } = node.position ?? {}
  if (start === undefined || end === undefined || !isTable(node)) return null
  const lines = sourceOf(node).split('\n').map(cellsOf)
  const [head = [], , ...rows] = lines
  const cell = (text: string) => inlineText(text, imageAt)
  return html`<div class="table-responsive" tabindex="0"><table class="table"><thead><tr>${head.map(
    (text) => html`<th scope="col">${cell(text)}</th>`,
  )}</tr></thead>
<tbody>${rows.map(
    ([first = '', ...others]) => html`<tr><th scope="row">${cell(first)}</th>${others.map(
      (text) => html`<td>${cell(text)}</td>`,
    )}</tr>
`,
  )}</tbody></table></div>`
}

function isTable(node: Node & { type: 'paragraph' }): boolean {
  return /^\|.*\|[ \t]*\n\|[-:| \t]+\|/.test(sourceOf(node))
}

/** What the parser took apart, written again as it was. */
function sourceOf(node: Node): string {
  switch (node.type) {
    case 'text':
    case 'html':
      return node.value
    case 'inlineCode':
      return `\`${node.value}\``
    case 'strong':
      return `**${node.children.map(sourceOf).join('')}**`
    case 'emphasis':
      return `*${node.children.map(sourceOf).join('')}*`
    case 'link':
      return `[${node.children.map(sourceOf).join('')}](${node.url})`
    case 'image':
      return `![${node.alt ?? ''}](${node.url})`
    default:
      return 'children' in node ? (node.children as Node[]).map(sourceOf).join('') : ''
  }
}

/** A `|` that is escaped, or stands in code, is of the cell. */
function cellsOf(line: string): string[] {
  const cells = line.trim().replace(/^\|/, '').replace(/\|$/, '')
  const parts = cells.match(/(?:`[^`]*`|\\\||[^|])+/g) ?? []
  return parts.map((part) => part.trim().replaceAll('\\|', '|'))
}

function inlineText(text: string, imageAt: ImageAt): Piece {
  const [first] = fromMarkdown(text).children
  return first?.type === 'paragraph' ? inlines(first.children, imageAt) : text
}

function textOf(node: Node): string {
  if ('value' in node) return node.value
  return 'children' in node ? (node.children as Node[]).map(textOf).join('') : ''
}

/** As readers of the repository get it: `Il freno automatico` → `il-freno-automatico`. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}
