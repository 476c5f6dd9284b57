// The receipt of an approval, which prints on a page: who approved what, when, to how many, with
// the digests by which it can be proved years later. Figures and hashes; nobody’s data.
import type { Words } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { listTable } from '../parts/list.ts'
import { count, euro, facts, time } from '../parts/show.ts'
import type { PageRoute, Visit } from '../visit.ts'
import { missing } from '../visit.ts'
import { fileOf, findFlow, flowCrumbs, type ShownFlow, titleOf, wayTo } from './flow.ts'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/flows/:flow/certificate',
    permission: 'flows',
    async handle(visit) {
      const flow = await findFlow(visit)
      if (flow === null) return missing
      const { language } = visit
      return {
        kind: 'page',
        title: `${words.title[language]} – ${titleOf(flow, language)}`,
        section: 'flows',
        crumbs: flowCrumbs(visit, flow),
        content: await certificate(visit, flow),
      }
    },
  },
]

async function certificate(visit: Visit, flow: ShownFlow): Promise<Html> {
  const { language, app, place } = visit
  const approvals = await app.store.approvals.ofFlow(flow.id)
  const report = await app.store.flowChecks.report(flow.id)
  const { amounts = null, recipients = null, messages = null, test = null } = report?.facts ?? {}
  const rows: [string, Piece][] = [
    [words.institution[language], place.name],
    [words.service[language], flow.service],
    [words.flow[language], flow.id],
    [words.file[language], fileOf(flow.dropKey)],
    ['SHA-256', flow.drop && html`<code class="digest">${flow.drop.sha256}</code>`],
    [words.mapping[language], flow.mappingName],
    [
      words.mappingHash[language],
      flow.mappingHash && html`<code class="digest">${flow.mappingHash}</code>`,
    ],
    [words.messages[language], messages === null ? null : count(visit, messages)],
    [words.recipients[language], recipients === null ? null : count(visit, recipients)],
    [words.total[language], amounts && euro(visit, amounts.totalCents)],
    [words.test[language], test && `${test.confirmed}/${test.messages}`],
    [words.prepared[language], flow.preparedBy.join(', ') || '–'],
    [words.released[language], time(visit, flow.releasedAt ?? flow.releaseAt)],
  ]
  const given = approvals.map(({ actor, at, digest, note, voidedAt, expiresAt }) => ({
    href: null,
    cells: [
      actor,
      time(visit, at),
      html`<code class="digest">${digest}</code>`,
      voidedAt === null
        ? html`${words.holds[language]} ${time(visit, expiresAt)}`
        : html`${words.ended[language]} ${time(visit, voidedAt)}`,
      note ?? '',
    ] as Piece[],
  }))
  const columns = words.columns[language].map((title) => ({ title }))
  const caption = words.approvals[language]
  const table = listTable({ caption, columns, rows: given, empty: words.none[language] })
  const back = wayTo(visit.to(`/flows/${flow.id}`), words.back[language])
  const print = words.print[language]
  return html`<article class="certificate">
${facts(rows)}
${table}
<p>${words.meaning[language]}</p>
<p class="reason">${words.printed[language]} ${time(visit, visit.now)}, ${visit.visitor.name}</p>
</article>
<div class="actions"><button type="button" class="btn btn-outline-primary" data-print>${print}</button>
${back}</div>`
}

const words = {
  title: { it: 'Certificato di approvazione', en: 'Certificate of approval' },
  institution: { it: 'Ente', en: 'Institution' },
  service: { it: 'Servizio', en: 'Service' },
  flow: { it: 'Flusso', en: 'Flow' },
  file: { it: 'File', en: 'File' },
  mapping: { it: 'Modello', en: 'Mapping' },
  mappingHash: { it: 'Impronta del modello', en: 'Digest of the mapping' },
  messages: { it: 'Messaggi all’ultimo controllo', en: 'Messages at the last check' },
  recipients: { it: 'Destinatari', en: 'Recipients' },
  total: { it: 'Totale', en: 'Total' },
  test: { it: 'Messaggi di prova confermati', en: 'Test messages confirmed' },
  prepared: { it: 'Preparato da', en: 'Prepared by' },
  released: { it: 'Lasciato partire il', en: 'Let go at' },
  approvals: { it: 'Approvazioni', en: 'Approvals' },
  columns: {
    it: ['Chi', 'Quando', 'Impronta di ciò che ha approvato', 'Validità', 'Nota'],
    en: ['Who', 'When', 'Digest of what they approved', 'Validity', 'Note'],
  },
  holds: { it: 'valida fino al', en: 'holds until' },
  ended: { it: 'decaduta il', en: 'ended at' },
  none: { it: 'Nessuno l’ha approvato.', en: 'Nobody has approved it.' },
  meaning: {
    it: 'L’impronta è lo SHA-256 dei testi di tutti i messaggi del flusso, promemoria compresi: se uno cambia, l’approvazione non vale più. Attesta che cosa è stato approvato e da chi; non è una notifica legale.',
    en: 'The digest is the SHA-256 over the texts of all messages of the flow, reminders too: if one changes, the approval holds no more. It attests what was approved and by whom; it is no legal service.',
  },
  printed: { it: 'Rilasciato il', en: 'Issued at' },
  print: { it: 'Stampa', en: 'Print' },
  back: { it: 'Torna al flusso', en: 'Back to the flow' },
} satisfies Record<string, Words | Record<'it' | 'en', readonly string[]>>
