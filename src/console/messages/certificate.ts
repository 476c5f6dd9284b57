// The certificate of one sending, on one page to be printed: what left when, under which id of IO,
// with which text; what that proves, and what not. It shows people's data: it is written down.
import { createHash } from 'node:crypto'
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { callout, facts } from '../parts/show.ts'
import { type Answer, missing, type Visit } from '../visit.ts'
import { localText, type Viewed, withMessage } from './message.ts'
import { words } from './notice-words.ts'

type Rendered = Awaited<ReturnType<Visit['app']['desk']['messages']['text']>>

export const certificate = (visit: Visit) =>
  withMessage(visit, async (found): Promise<Answer> => {
    if (found.sentAt === null || !visit.may('reveal', found.service)) return missing
    const { app, place, language, to, now } = visit
    const act = { verb: `certified message ${found.id}`, subject: `message/${found.id}` }
    await app.store.acts.add(place.id, { ...visit.asked(null), ...act }, now)
    const text = await app.desk.messages.text(found, null)
    return {
      ...{ kind: 'page', section: 'messages', title: words.certificate[language] },
      crumbs: [
        { title: words.list[language], href: to('/messages') },
        { title: `${found.id}`, href: to(`/messages/${found.id}`) },
      ],
      content: sheet(visit, found, text),
    }
  })

function sheet(visit: Visit, found: Viewed, text: Rendered): Html {
  const { language, place, visitor, now } = visit
  const isSame = text?.isSame === true
  const said = isSame && text ? text.payload.content : null
  const at = (instant: Temporal.Instant | null) =>
    instant === null ? null : `${localText(visit, instant)} (${instant.toString()})`
  const body = said === null ? null : createHash('sha256').update(said.markdown).digest('hex')
  const version = `${found.mapping}, ${found.mappingVersionId}`
  const shown =
    said === null
      ? callout('warning', null, words.textOther[language])
      : html`<pre tabindex="0">${said.markdown}</pre>`
  const print = html`<button type="button" class="btn btn-primary" data-print>
${words.print[language]}</button>`
  const made = { who: visitor.name, at: localText(visit, now) }
  const proves = [words.provesText, ...(isSame ? [words.provesSame] : [])]
    .map((text) => text[language])
    .join(' ')
  return html`<div class="certificate">
${facts([
  [words.institution[language], place.name],
  [words.fiscalCode[language], found.data.fiscalCode],
  [words.service[language], found.service],
  [words.subject[language], said?.subject ?? null],
  [words.number[language], found.data.payment?.noticeNumber ?? null],
  [words.sentAt[language], at(found.sentAt)],
  [words.ioId[language], found.ioId],
  [words.availableAt[language], at(found.processedAt)],
  [words.model[language], version],
  [words.textHash[language], html`<code>${Buffer.from(found.textHash).toString('hex')}</code>`],
  [words.bodyHash[language], body === null ? null : html`<code>${body}</code>`],
])}
<h2>${words.proves[language]}</h2><p>${proves}</p>
<h2>${words.provesNot[language]}</h2><p>${words.provesNotText[language]}</p>
<h2>${words.text[language]}</h2>
${shown}
<p>${fill(words.madeBy, language, made)}</p>
<p>${print}</p></div>`
}
