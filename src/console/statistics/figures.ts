// The figures of one period: cards, states with their shares, payments, and how each share is
// counted. Every count leads to the list that makes it, where whoever looks may see that list.
import { durationIn } from '../../domain/duration-words.ts'
import { standLooks } from '../../domain/message-words.ts'
import {
  endings,
  errorShare,
  errorsOfIo,
  meanInboxSeconds,
  notOnIo,
  onIoShare,
  paidShare,
  readShare,
  type Share,
  type Statistics,
  totalOf,
} from '../../domain/statistics.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { badge } from '../parts/badge.ts'
import { listTable } from '../parts/list.ts'
import { count, facts, share } from '../parts/show.ts'
import type { Visit } from '../visit.ts'
import { type AskedStatistics, messagesHref, refusedHref } from './asked.ts'
import * as links from './links.ts'
import { endingWords, formulas, words } from './words.ts'

export function figuresOf(visit: Visit, asked: AskedStatistics, all: Statistics): Html {
  const { language } = visit
  const beside = aside(visit, asked, all)
  const title = html`<h2>${words.aside[language]}</h2>`
  return html`${cards(visit, asked, all)}
<h2>${words.states[language]}</h2>
${states(visit, asked, all)}
<div class="panels"><section><h2>${words.payments[language]}</h2>
${payments(visit, asked, all)}</section>
${beside === null ? null : html`<section>${title}${beside}</section>`}</div>`
}

/** A count that leads to its list; 0, and what is not theirs to list, leads nowhere. */
export function linked(visit: Visit, value: number, href: string | null): Piece {
  const text = count(visit, value)
  return value === 0 || href === null ? text : html`<a href="${href}">${text}</a>`
}

const of = (visit: Visit, { part, whole }: Share) => share(visit, part, whole)

function cards(visit: Visit, asked: AskedStatistics, all: Statistics): Html {
  const { language } = visit
  const messages = (said: links.MessagesOf) => messagesHref(visit, asked, said)
  const ofMessages = (part: number) => share(visit, part, all.messages)
  const errors = errorShare(all)
  const figures = {
    messages: linked(visit, all.messages, messages(links.endedLink)),
    refused: linked(visit, all.refused, refusedHref(visit, asked)),
  }
  const [before = '', between = '', after = ''] =
    words.ofTotal[language].split(/\{messages\}|\{refused\}/)
  const parts = html`${before}${figures.messages}${between}${figures.refused}${after}`
  const allErrors = fill(words.allErrors, language, {
    errors: count(visit, errors.part),
    share: of(visit, errors),
  })
  const isOfEmission = asked.emission !== null
  const errorsOfAll = of(visit, { part: errorsOfIo(all), whole: totalOf(all) })
  const available = linked(visit, all.byEnding.available, messages(links.endingLink('available')))
  const beforeSending = of(visit, { part: all.refused, whole: totalOf(all) })
  const shown = [
    card('', words.total[language], count(visit, totalOf(all)), isOfEmission ? null : parts),
    card('green', words.inbox[language], available, ofMessages(all.byEnding.available)),
    card(
      'grey',
      words.notOnIo[language],
      linked(visit, notOnIo(all), messages(links.notOnIoLink)),
      ofMessages(notOnIo(all)),
    ),
    card(
      '',
      words.read[language],
      linked(visit, all.read, messages(links.readLink)),
      of(visit, readShare(all)),
    ),
    isOfEmission ? null : card('orange', words.refused[language], figures.refused, beforeSending),
    card(
      'red',
      words.errors[language],
      linked(visit, errorsOfIo(all), messages(links.errorsLink)),
      html`${errorsOfAll}<br>${allErrors}`,
    ),
  ]
  return html`<ul class="cards">
${shown}
</ul>
${facts([
  [words.onIo[language], of(visit, onIoShare(all))],
  [words.time[language], timeOf(visit, all)],
])}`
}

function timeOf({ language }: Visit, all: Statistics): string | null {
  const seconds = meanInboxSeconds(all)
  return seconds === null ? null : durationIn(language, seconds)
}

type Tone = '' | 'green' | 'grey' | 'orange' | 'red'

function card(tone: Tone, title: string, value: Piece, below: Piece): Html {
  const look = tone === '' ? 'figure' : `figure figure-${tone}`
  const under = below === null ? null : html`<span class="of">${below}</span>`
  return html`<li class="${look}">${title}<span class="value">${value}</span>${under}</li>
`
}

function states(visit: Visit, asked: AskedStatistics, all: Statistics): Html {
  const { language } = visit
  const rows = endings.map((ending) => {
    const n = all.byEnding[ending]
    const href = messagesHref(visit, asked, links.endingLink(ending))
    const { tone, sign, word } = standLooks[ending]
    const state = badge(tone, sign, word[language])
    const figure = linked(visit, n, href)
    return {
      href: null,
      cells: [state, endingWords[ending][language], figure, share(visit, n, all.messages)],
    }
  })
  const sum = linked(visit, all.messages, messagesHref(visit, asked, links.endedLink))
  const last = {
    href: null,
    cells: [words.sum[language], '', sum, share(visit, all.messages, all.messages)],
  }
  return listTable({
    caption: words.states[language],
    columns: [
      { title: words.state[language] },
      { title: words.description[language] },
      { title: words.count[language], isNumber: true },
      { title: words.share[language], isNumber: true },
    ],
    rows: [...rows, last],
    empty: null,
  })
}

function aside(visit: Visit, asked: AskedStatistics, all: Statistics): Html | null {
  const { language } = visit
  if (all.cancelled + all.recorded === 0) return null
  const cancelled = messagesHref(visit, asked, links.cancelledLink)
  const recorded = messagesHref(visit, asked, links.recordedLink)
  return facts([
    [words.cancelled[language], linked(visit, all.cancelled, cancelled)],
    [words.recorded[language], linked(visit, all.recorded, recorded)],
  ])
}

function payments(visit: Visit, asked: AskedStatistics, all: Statistics): Html {
  const { language } = visit
  const href = (said: links.MessagesOf) => messagesHref(visit, asked, said)
  return html`${facts([
    [words.paid[language], linked(visit, all.paid, href(links.paidLink))],
    [
      words.readWithPayment[language],
      linked(visit, all.readWithPayment, href(links.readWithPaymentLink)),
    ],
    [words.paidShare[language], of(visit, paidShare(all))],
  ])}<p class="form-text">${words.premium[language]}</p>`
}

/** How each share is counted: below all figures. */
export function footnotes({ language }: Pick<Visit, 'language'>): Html {
  return html`<details class="more"><summary>${words.formulas[language]}</summary><ul>
${formulas.map(
  (one) => html`<li>${one[language]}</li>
`,
)}</ul></details>`
}
