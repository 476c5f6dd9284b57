// HTML for pages that a command writes or the console answers: text is escaped unless it is HTML
// made here. Tables have a caption and headings that say what they are headings of. Invariant: what
// comes from data never becomes markup, and control characters never reach the page.

/** Markup that was made here, and is not escaped again. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type Piece = string | number | null | Html | readonly Piece[]

/** A template whose values are escaped; null is nothing, and lists are joined. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const texts = strings.map((text, index) => text + textOf(pieces[index] ?? null))
  return new Html(texts.join(''))
}

export interface HtmlColumn {
  title: string
  /** Numbers stand to the right. */
  isNumber?: boolean
}

/** Rows under headings; the first cell of each is its heading. Null where there is no row. */
export function tableOf(
  caption: string,
  columns: readonly HtmlColumn[],
  rows: readonly (readonly Piece[])[],
): Html | null {
  if (rows.length === 0) return null
  const head = columns.map(
    ({ title, isNumber }) => html`<th scope="col"${classOf(isNumber)}>${title}</th>`,
  )
  const body = rows.map((cells) => {
    const [first = null, ...others] = cells
    const others_ = others.map(
      (cell, index) => html`<td${classOf(columns[index + 1]?.isNumber)}>${cell}</td>`,
    )
    return html`<tr><th scope="row">${first}</th>${others_}</tr>
`
  })
  return html`<div class="table"><table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody>
</table></div>`
}

function classOf(isNumber: boolean | undefined): Html | null {
  return isNumber ? new Html(' class="n"') : null
}

function textOf(piece: Piece): string {
  if (piece === null) return ''
  if (piece instanceof Html) return piece.text
  if (typeof piece === 'object') return piece.map(textOf).join('')
  return escaped(String(piece))
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is replaced
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '·')
      .replace(/[&<>"']/g, (letter) => entities[letter] ?? letter)
  )
}
