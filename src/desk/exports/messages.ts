// Messages as a sheet: what their list shows, one a row; with the recipient and the numbers of
// their papers only where it may hold people's data.
import { messageCause, purposeWords, standText } from '../../domain/message-words.ts'
import type { MessageFilter } from '../../store/message-filter.ts'
import { exportMessages } from '../../store/message-list.ts'
import type { ExportSource } from './source.ts'

export const source: ExportSource<MessageFilter> = {
  columns: [
    { title: { it: 'N. messaggio', en: 'Message' }, kind: 'count' },
    { title: { it: 'Servizio', en: 'Service' }, kind: 'text' },
    { title: { it: 'Flusso', en: 'Flow' }, kind: 'count' },
    { title: { it: 'Comunicazione', en: 'Notice' }, kind: 'count' },
    { title: { it: 'Tipo', en: 'Kind' }, kind: 'text' },
    { title: { it: 'Codice fiscale', en: 'Fiscal code' }, kind: 'text', isPersonal: true },
    { title: { it: 'Numero di avviso', en: 'Notice number' }, kind: 'text', isPersonal: true },
    { title: { it: 'Documento', en: 'Document' }, kind: 'text', isPersonal: true },
    { title: { it: 'Codice anagrafico', en: 'Customer code' }, kind: 'text', isPersonal: true },
    { title: { it: 'Emissione', en: 'Emission' }, kind: 'text' },
    { title: { it: 'Importo', en: 'Amount' }, kind: 'cents' },
    { title: { it: 'Scadenza', en: 'Due' }, kind: 'day' },
    { title: { it: 'Previsto il', en: 'Planned' }, kind: 'time' },
    { title: { it: 'Inviato il', en: 'Sent' }, kind: 'time' },
    { title: { it: 'Stato', en: 'State' }, kind: 'text' },
    { title: { it: 'Causa', en: 'Cause' }, kind: 'text' },
    { title: { it: 'Codice della causa', en: 'Code' }, kind: 'text' },
    { title: { it: 'Letto il', en: 'Read' }, kind: 'time' },
    { title: { it: 'Pagato il', en: 'Paid' }, kind: 'time' },
    { title: { it: 'Id su IO', en: 'IO id' }, kind: 'text' },
  ],
  async *rows({ client, vault }, { institution, services, filter, language, isPersonal }) {
    const scope = { institution, services }
    for await (const one of exportMessages(client, vault, scope, filter, isPersonal)) {
      const { data } = one
      yield [
        ...[one.id, one.service, one.flowId, one.noticeId, purposeWords[one.purpose][language]],
        data?.fiscalCode ?? null,
        data?.payment?.noticeNumber ?? null,
        ...[data?.facets.document ?? null, data?.facets.customer ?? null],
        ...[one.emission, one.amountCents, one.dueDays, one.plannedSeconds, one.sentSeconds],
        standText(one, language),
        one.code === null ? null : messageCause(one.code, language),
        ...[one.code, one.readSeconds, one.paidSeconds, one.ioId],
      ]
    }
  },
}
