// The mails about reports that need a person: written with the event they tell of, one for each
// report that is troubled. They name feeds, targets and flows, never a person or a record.
import type { DueReport, FailedReport, ReportTarget } from '../pipeline/write-back.ts'
import type { Queryable } from './database.ts'
import { addStaffMail } from './staff-mails.ts'

/** A report that a person must mend, or that is given up. Once for each of the two. */
export async function warnOfReport(
  tx: Queryable,
  { report, target, failure, nextTryAt }: FailedReport,
  now: Temporal.Instant,
): Promise<void> {
  const isOver = nextTryAt === null
  if (!isOver && (failure.retry || !(await isFirstWarning(tx, report, now)))) return
  const name = nameOf(report)
  const body = [
    `Gli esiti del flusso ${report.flowId} non arrivano a ${name}: ${failure.code}.`,
    failure.message,
    '',
    isOver
      ? `Dopo ${target.retryHours} ore Staffetta non riprova più. Rimossa la causa: ` +
        `staffetta receipts retry ${report.flowId} --target ${report.target}`
      : 'Staffetta riprova ogni ora. Rimossa la causa, non serve fare altro.',
    UNTOUCHED,
  ]
  const what = isOver ? 'Riscontro abbandonato' : 'Riscontro fermo'
  await addTo(tx, report, target, `${what}: ${name}`, body, now)
}

/** Receipts that nobody tries again by itself. */
export async function warnOfReceipts(
  tx: Queryable,
  report: DueReport,
  target: ReportTarget,
  state: 'uncertain' | 'given-up',
  now: Temporal.Instant,
): Promise<void> {
  if (!(await isFirstWarning(tx, report, now))) return
  const name = nameOf(report)
  const body = [
    state === 'uncertain'
      ? `Non si sa se ${name} ha ricevuto l’esito di una riga del flusso ${report.flowId}.`
      : `L’esito di una riga del flusso ${report.flowId} non è arrivato a ${name}.`,
    'Altre righe possono seguire. Quali, perché e che cosa fare: ' +
      `staffetta receipts --flow ${report.flowId}`,
    '',
    UNTOUCHED,
  ]
  await addTo(tx, report, target, `Riscontri da decidere: ${name}`, body, now)
}

const UNTOUCHED = 'I messaggi ai cittadini non ne sono toccati.'

/** Remembers that staff hears of this report; false when it has already. */
async function isFirstWarning(tx: Queryable, report: DueReport, now: Temporal.Instant) {
  const { rowCount } = await tx.query(
    `insert into write_backs as w (drop_id, number, target, institution_id, records, final, warned_at)
     select id, $2, $3, institution_id, 0, false, $4 from drops where id = $1
     on conflict (drop_id, target, number) do update set warned_at = excluded.warned_at
       where w.warned_at is null`,
    [report.dropId, report.number, report.target, now.toString()],
  )
  return rowCount === 1
}

function nameOf({ feed, target }: DueReport): string {
  return target === 'source' ? `la fonte di ${feed}` : target
}

async function addTo(
  tx: Queryable,
  { dropId }: DueReport,
  { notify }: ReportTarget,
  subject: string,
  lines: string[],
  now: Temporal.Instant,
): Promise<void> {
  const { rows } = await tx.query<{ institutionId: number }>(
    'select institution_id as "institutionId" from drops where id = $1',
    [dropId],
  )
  const [drop] = rows
  const mail = { recipients: notify, subject, body: lines.join('\n') }
  if (drop) await addStaffMail(tx, drop.institutionId, mail, now)
}
