// The documents of a flow: the file as it came, what its source was told, the report of all its
// rows, and the certificate of its approval. Whoever takes away people’s data is written down.
import { fill, type Words } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { button, postForm } from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { count, time } from '../parts/show.ts'
import type { Answer, PageRoute, Visit } from '../visit.ts'
import { missing } from '../visit.ts'
import { findFlow, numberOf, type ShownFlow, wayTo } from './flow.ts'
import { flowPage } from './frame.ts'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/flows/:flow/documents',
    permission: 'flows',
    async handle(visit) {
      const flow = await findFlow(visit)
      if (flow === null) return missing
      return flowPage(visit, flow, 'documents', await documents(visit, flow))
    },
  },
  {
    method: 'POST',
    path: '/flows/:flow/documents/original',
    permission: 'reveal',
    handle: original,
  },
  {
    method: 'POST',
    path: '/flows/:flow/documents/receipts',
    permission: 'reveal',
    handle: receipts,
  },
]

async function documents(visit: Visit, flow: ShownFlow): Promise<Html> {
  const { language } = visit
  return html`<section><h2 class="h4">${words.original[language]}</h2>${originals(visit, flow)}</section>
<section><h2 class="h4">${words.told[language]}</h2>${await told(visit, flow)}</section>
<section><h2 class="h4">${words.report[language]}</h2>${report(visit, flow)}</section>
<section><h2 class="h4">${words.approval[language]}</h2>${certificate(visit, flow)}</section>`
}

function originals(visit: Visit, flow: ShownFlow): Html {
  const { language } = visit
  const { drop } = flow
  if (drop === null) return html`<p>${words.noDrop[language]}</p>`
  if (!drop.isKept) return html`<p>${words.gone[language]}</p>`
  const mayTake = visit.may('reveal', flow.service)
  const rows = drop.parts.map(({ part, name, bytes }) => ({
    href: null,
    cells: [name, count(visit, bytes), mayTake ? takeForm(visit, flow, part) : ''] as Piece[],
  }))
  const columns = words.columns[language].map((title, index) => ({ title, isNumber: index === 1 }))
  return html`${listTable({ caption: words.parts[language], columns, rows, empty: '' })}
${mayTake ? html`<p class="reason">${words.logged[language]}</p>` : null}`
}

function takeForm(visit: Visit, flow: ShownFlow, part: number): Html {
  const action = visit.to(`/flows/${flow.id}/documents/original`)
  return postForm(
    visit,
    action,
    html`<input type="hidden" name="part" value="${part}">
${button(words.take[visit.language], { tone: 'secondary' })}`,
  )
}

/** How far each target has been told how its records ended. */
async function told(visit: Visit, flow: ShownFlow): Promise<Html> {
  const { language, app } = visit
  const standings = await app.standingsOf(flow)
  if (standings.length === 0) return html`<p>${words.nobodyTold[language]}</p>`
  const rows = standings.map(({ target, owed, reports, failing }) => {
    const last = reports.at(-1)
    const state =
      failing !== null
        ? words.failing
        : owed > 0
          ? words.owing
          : reports.length > 0
            ? words.done
            : words.nothingYet
    return {
      href: null,
      cells: [
        target === 'source' ? words.source[language] : target,
        fill(state, language, { owed: count(visit, owed) }),
        last === undefined ? '' : time(visit, last.writtenAt),
        count(
          visit,
          reports.reduce((sum, { records }) => sum + records, 0),
        ),
      ] as Piece[],
    }
  })
  const columns = words.toldColumns[language].map((title, index) => ({
    title,
    isNumber: index === 3,
  }))
  const take = visit.may('reveal', flow.service)
    ? postForm(
        visit,
        visit.to(`/flows/${flow.id}/documents/receipts`),
        button(words.takeReceipts[language], { tone: 'secondary' }),
        { class: 'actions' },
      )
    : null
  return html`${listTable({ caption: words.told[language], columns, rows, empty: '' })}${take}`
}

function report(visit: Visit, flow: ShownFlow): Html {
  const { language } = visit
  const link = (format: string, text: string) =>
    wayTo(visit.to(`/messages/export?flow=${flow.id}&format=${format}`), text, 'small')
  if (!visit.may('messages', flow.service)) return html`<p>${words.notYours[language]}</p>`
  return html`<p class="exports">${link('xlsx', words.excel[language])}${link('csv', 'CSV')}</p>`
}

function certificate(visit: Visit, flow: ShownFlow): Html {
  const { language } = visit
  const isApproved = flow.approvedBy.length > 0 || flow.reason === 'approved'
  if (!isApproved) return html`<p>${words.notApproved[language]}</p>`
  const href = visit.to(`/flows/${flow.id}/certificate`)
  return html`<p>${wayTo(href, words.certificate[language], 'small')}</p>`
}

/** A part of the drop, byte for byte. */
async function original(visit: Visit): Promise<Answer> {
  const flow = await findFlow(visit, 'reveal')
  const typed = visit.form.get('part')
  const part = typed === '0' ? 0 : numberOf(typed)
  if (flow === null || flow.dropId === null || part === null) return missing
  const { drops, acts } = visit.app.store
  const found = (await drops.parts(flow.dropId)).find((one) => one.part === part)
  if (found === undefined || flow.drop?.isKept !== true) return missing
  const act = { verb: 'exported the original file', subject: `flow/${flow.id}`, detail: { part } }
  await acts.add(visit.place.id, { ...visit.asked(null), ...act }, visit.now)
  const { name } = found
  const bytes = buffersOf(drops.open(flow.dropId, found).stream())
  return { kind: 'file', name, type: 'application/octet-stream', bytes }
}

async function* buffersOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece)
}

/** What the source is told, record by record, as of now. */
async function receipts(visit: Visit): Promise<Answer> {
  const flow = await findFlow(visit, 'reveal')
  if (flow === null) return missing
  const act = { verb: 'exported the receipts', subject: `flow/${flow.id}` }
  await visit.app.store.acts.add(visit.place.id, { ...visit.asked(null), ...act }, visit.now)
  const name = `${words.receiptsFile[visit.language]}-${flow.id}.csv`
  const bytes = visit.app.reportOf(flow.id, 'csv')
  return { kind: 'file', name, type: 'text/csv; charset=utf-8', bytes }
}

const words = {
  original: { it: 'Il file ricevuto', en: 'The file as it came' },
  noDrop: { it: 'Questo flusso non viene da un file.', en: 'This flow came of no file.' },
  gone: {
    it: 'Il file non è più conservato: il suo tempo è finito.',
    en: 'The file is kept no more: its time is over.',
  },
  parts: { it: 'Parti del file ricevuto', en: 'Parts of the file' },
  columns: { it: ['Nome', 'Byte', 'Scarica'], en: ['Name', 'Bytes', 'Download'] },
  logged: {
    it: 'Contiene dati personali: resta scritto chi lo scarica.',
    en: 'It has personal data: who downloads it is written down.',
  },
  take: { it: 'Scarica', en: 'Download' },
  told: { it: 'Riscontro alla fonte', en: 'What the source was told' },
  nobodyTold: {
    it: 'La fonte non chiede un riscontro.',
    en: 'The source does not ask to be told.',
  },
  toldColumns: {
    it: ['A chi', 'Stato', 'Ultimo', 'Righe dette'],
    en: ['To whom', 'State', 'Last', 'Records told'],
  },
  source: { it: 'fonte', en: 'source' },
  failing: { it: 'non riesce; mancano {owed} righe', en: 'fails; {owed} records are owed' },
  owing: { it: 'mancano {owed} righe', en: '{owed} records are owed' },
  done: { it: 'tutto detto', en: 'all told' },
  nothingYet: { it: 'nulla da dire finora', en: 'nothing to tell so far' },
  takeReceipts: { it: 'Scarica i riscontri (CSV)', en: 'Download what is told (CSV)' },
  receiptsFile: { it: 'riscontri-flusso', en: 'receipts-flow' },
  report: { it: 'Elenco dei messaggi', en: 'List of the messages' },
  excel: { it: 'Esporta Excel', en: 'Export to Excel' },
  notYours: { it: 'Il tuo ruolo non lo prevede.', en: 'Your role does not have it.' },
  approval: { it: 'Approvazione', en: 'Approval' },
  notApproved: { it: 'Nessuno l’ha approvato.', en: 'Nobody has approved it.' },
  certificate: { it: 'Certificato di approvazione', en: 'Certificate of the approval' },
} satisfies Record<string, Words | Record<'it' | 'en', readonly string[]>>
