// The end of a snapshot: what it no longer names is closed, unless so much is missing that the
// snapshot itself is in doubt. Then nothing is closed, and people are told and may decide.
import type { SnapshotCode } from '../../domain/codes.ts'
import { refuseMissing, type SnapshotCounts } from '../../domain/missing.ts'
import type { StaffMail } from '../../domain/staff-mail.ts'
import type { NoticeMapping } from '../../mapping/spec.ts'
import type { LotTally } from './filler.ts'
import type { MapLot } from './lot.ts'

/** What a snapshot no longer named, as it is kept with its drop. */
export interface MissingReport {
  as: 'settled' | 'cancelled'
  counts: SnapshotCounts
  /** How many notices were closed. */
  closed: number
  /** Why none was; null when that is not in doubt. */
  problem: { code: SnapshotCode; detail: string; remedy: string } | null
  mail: StaffMail | null
}

/** Where the snapshot came from, and who is told. */
export interface SnapshotOrigin {
  feed: string
  dropId: number
  dropKey: string
  notify: readonly string[]
}

/** To be called once all records have been added; null when nothing is to be closed at all. */
export async function endSnapshot(
  lot: MapLot,
  rule: NoticeMapping['missing'],
  { records, keyless, changed }: LotTally & { records: number },
  origin: SnapshotOrigin,
  now: Temporal.Instant,
): Promise<MissingReport | null> {
  if (rule === undefined) return null
  const { standing, missing } = await lot.countMissing()
  const counts = { records, keyless, standing: standing + changed, missing }
  const { as, atMostPercent } = rule
  const code = refuseMissing(counts, atMostPercent)
  if (code === null) {
    const closed = missing === 0 ? 0 : await lot.closeMissing(as, now)
    return { as, counts, closed, problem: null, mail: null }
  }
  const remedy =
    `Confronta il file con la fonte. Se è giusto così: staffetta drops close-missing ` +
    `${origin.dropId} --because "…"`
  const problem = { code, detail: details[code](counts, atMostPercent), remedy }
  return { as, counts, closed: 0, problem, mail: mailOf(origin, problem) }
}

const details: Record<SnapshotCode, (counts: SnapshotCounts, atMostPercent: number) => string> = {
  SNAP_EMPTY: ({ standing }) =>
    `Il file non ha righe, mentre le comunicazioni aperte sono ${standing}: restano tutte aperte.`,
  SNAP_KEYS: ({ keyless, missing }) =>
    `Mancano ${missing} comunicazioni aperte, ma di ${keyless} righe non si legge la chiave: ` +
    'possono essere le stesse, e restano tutte aperte.',
  SNAP_MISSING: ({ standing, missing }, atMostPercent) =>
    `Nel file mancano ${missing} delle ${standing} comunicazioni aperte, più del ` +
    `${atMostPercent}%: restano tutte aperte.`,
}

function mailOf(
  { feed, dropKey, notify }: SnapshotOrigin,
  { code, detail, remedy }: { code: SnapshotCode; detail: string; remedy: string },
): MissingReport['mail'] {
  return {
    recipients: notify,
    subject: `Da controllare: ${feed}`,
    body: [
      `Il file ${dropKey} del collegamento "${feed}" è stato letto, ma qualcosa non torna (${code}).`,
      detail,
      '',
      remedy,
    ].join('\n'),
  }
}
