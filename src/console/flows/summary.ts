// The first tab of a flow: what came, how it was read, by which mapping, who prepared and approved
// it, and what has happened so far.
import { fill, type Words } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { count, facts, time } from '../parts/show.ts'
import { type Happening, timeline } from '../parts/way.ts'
import type { PageRoute, Visit } from '../visit.ts'
import { missing } from '../visit.ts'
import { approversText, fileOf, findFlow, originWords, type ShownFlow } from './flow.ts'
import { durationText, sendingOf } from './forecast.ts'
import { countsOf, type FlowCounts, flowPage, standingOf, standingPart } from './frame.ts'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/flows/:flow',
    permission: 'flows',
    async handle(visit) {
      const flow = await findFlow(visit)
      if (flow === null) return missing
      return flowPage(visit, flow, 'summary', await summary(visit, flow))
    },
  },
  {
    method: 'GET',
    path: '/flows/:flow/progress',
    permission: 'flows',
    async handle(visit) {
      const flow = await findFlow(visit)
      if (flow === null) return missing
      const counts = (await countsOf(visit, [flow.id])).get(flow.id) as FlowCounts
      const standing = { flow, counts, ...(await standingOf(visit, flow)) }
      return { kind: 'fragment', html: standingPart(visit, standing) }
    },
  },
]

async function summary(visit: Visit, flow: ShownFlow): Promise<Html> {
  const { language } = visit
  const sending = await sendingOf(visit, flow)
  const duration = sending === null ? null : durationText(sending, language)
  const happened = words.happened[language]
  return html`<div class="panels">
<section><h2 class="h4">${words.what[language]}</h2>${whatFacts(visit, flow, duration)}</section>
<section><h2 class="h4">${happened}</h2>${timeline(happened, happenings(visit, flow))}</section>
</div>
${await reminders(visit, flow)}`
}

function whatFacts(visit: Visit, flow: ShownFlow, duration: string | null): Html {
  const { language } = visit
  const { drop, mappingName, mappingHash } = flow
  const version = mappingHash === null ? null : ` (${mappingHash.slice(0, 12)})`
  const { mappings = [] } =
    visit.app.config.institutions.find(({ id }) => id === visit.place.id) ?? {}
  const isConfigured = mappings.some(({ name }) => name === mappingName)
  // A mapping that was composed for one lot has no page of its own.
  const mapping =
    mappingName === null || !isConfigured
      ? mappingName
      : html`<a href="${visit.to(`/mappings/${encodeURIComponent(mappingName)}`)}">${mappingName}</a>${version}`
  const origin = flow.isUploaded ? originWords.upload : originWords[flow.origin]
  const rows: [Words, Piece][] = [
    [words.origin, origin[language]],
    [words.feed, flow.feed],
    [words.campaign, flow.campaign],
    [words.file, flow.origin === 'operator' ? null : fileOf(flow.dropKey)],
    [words.size, drop && `${count(visit, drop.bytes)} byte`],
    ['SHA-256', drop?.sha256 ? html`<code class="digest">${drop.sha256}</code>` : null],
    [words.records, drop && drop.state === 'mapped' ? count(visit, drop.records) : null],
    [words.encoding, flow.encoding],
    [words.mapping, mapping],
    [words.prepared, flow.preparedBy.join(', ')],
    [words.approved, approversText(flow.approvedBy, language)],
    [words.releaseAt, flow.releasedAt === null ? time(visit, flow.releaseAt) : null],
    [words.duration, flow.state === 'sending' ? null : duration],
  ].map(([title, value]) => [
    typeof title === 'string' ? { it: title, en: title } : title,
    value,
  ]) as [Words, Piece][]
  return facts(rows.map(([title, value]) => [title[language], value]))
}

function happenings(visit: Visit, flow: ShownFlow): Happening[] {
  const { language } = visit
  const { drop } = flow
  const at = (instant: Temporal.Instant | null, text: Words, isWrong = false): Happening[] =>
    instant === null
      ? []
      : [
          {
            at: time(visit, instant),
            text: text[language],
            ...(isWrong && { tone: 'wrong' as const }),
          },
        ]
  const isSending = flow.state === 'active' || flow.state === 'inactive'
  return [
    ...at(drop?.receivedAt ?? flow.createdAt, drop === null ? words.made : words.came),
    ...at(
      drop?.mappedAt ?? null,
      drop?.state === 'failed' ? words.unread : words.read,
      drop?.state === 'failed',
    ),
    ...at(flow.releasedAt, words.released),
    ...at(flow.sendingAt, words.began),
    ...at(flow.suspendedAt, words.suspended, true),
    ...at(flow.stoppedAt, words.stopped, true),
    ...at(flow.stoppedAt === null ? flow.endedAt : null, words.ended),
    ...(isSending && flow.stoppedAt === null && flow.replacedBy === null
      ? [{ at: null, text: words.toCome[language], tone: 'to-come' as const }]
      : []),
  ]
}

/** Its reminders, which leave later and have an account of their own. */
async function reminders(visit: Visit, flow: ShownFlow): Promise<Html | null> {
  const { language } = visit
  const counts = (await countsOf(visit, [flow.id])).get(flow.id)?.reminders ?? {}
  const all = Object.values(counts).reduce((sum, n) => sum + n, 0)
  if (all === 0) return null
  const { sent = 0, waiting = 0, cancelled = 0 } = counts
  const figures = {
    ...{ all: count(visit, all), sent: count(visit, sent) },
    ...{ waiting: count(visit, waiting), cancelled: count(visit, cancelled) },
  }
  return html`<section><h2 class="h4">${words.reminders[language]}</h2>
<p>${fill(words.remindersText, language, figures)}</p></section>`
}

const words = {
  what: { it: 'Che cos’è', en: 'What it is' },
  happened: { it: 'Che cosa è successo', en: 'What has happened' },
  origin: { it: 'Origine', en: 'Origin' },
  feed: { it: 'Fonte', en: 'Source' },
  campaign: { it: 'Campagna', en: 'Campaign' },
  file: { it: 'File', en: 'File' },
  size: { it: 'Dimensione', en: 'Size' },
  records: { it: 'Righe', en: 'Records' },
  encoding: { it: 'Codifica del testo', en: 'Encoding' },
  mapping: { it: 'Modello (versione)', en: 'Mapping (version)' },
  prepared: { it: 'Preparato da', en: 'Prepared by' },
  approved: { it: 'Approvato da', en: 'Approved by' },
  releaseAt: { it: 'Parte non prima del', en: 'Leaves not before' },
  duration: { it: 'Durata prevista dell’invio', en: 'Sending will take' },
  made: { it: 'Flusso creato', en: 'Flow made' },
  came: { it: 'File ricevuto', en: 'File received' },
  read: { it: 'File letto e messaggi preparati', en: 'File read, messages prepared' },
  unread: { it: 'Il file non si è potuto leggere', en: 'The file could not be read' },
  released: { it: 'Lasciato partire', en: 'Let go' },
  began: { it: 'Invio cominciato', en: 'Sending began' },
  suspended: { it: 'Sospeso', en: 'Suspended' },
  stopped: { it: 'Interrotto', en: 'Stopped' },
  ended: { it: 'Invio finito', en: 'Sending ended' },
  toCome: { it: 'Invio', en: 'Sending' },
  reminders: { it: 'Promemoria', en: 'Reminders' },
  remindersText: {
    it: '{all} promemoria: {sent} inviati, {waiting} in attesa, {cancelled} annullati.',
    en: '{all} reminders: {sent} sent, {waiting} waiting, {cancelled} cancelled.',
  },
} satisfies Record<string, Words>
