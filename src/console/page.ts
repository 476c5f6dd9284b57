// The frame of every page: language, title, style, one main region. Invariants: nothing is loaded
// from elsewhere and nothing is a script; links are relative, so that a proxy’s prefix stays.
import type { FastifyReply } from 'fastify'
import type { StaffLanguage } from '../domain/words.ts'
import { type Html, html, type Piece } from '../html.ts'

export interface PageFrame {
  language: StaffLanguage
  title: string
  /** The way back to the root of the pages, such as `../`; empty on a page of the root. */
  toRoot: string
}

/** A whole page; `main` is what it says below its title. */
export function page({ language, title, toRoot }: PageFrame, ...main: Piece[]): Html {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${title}</title>
<link rel="stylesheet" href="${toRoot}console.css">
</head>
<body>
<main>
<h1>${title}</h1>
${main}
</main>
</body>
</html>
`
}

/** One that only says something; it stands at any place, and needs no style. */
export function plainPage(language: StaffLanguage, title: string, text: string): Html {
  return page({ language, title, toRoot: '../' }, html`<p>${text}</p>`)
}

/** Answers with a page, in the language that its reader asked for. */
export function sendPage(
  reply: FastifyReply,
  status: number,
  language: StaffLanguage,
  shown: Html,
): FastifyReply {
  return reply
    .code(status)
    .header('content-language', language)
    .header('vary', 'accept-language')
    .type('text/html; charset=utf-8')
    .send(shown.text)
}
