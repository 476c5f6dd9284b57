// The chain over acts, tended and proved: sealing what was done, noting its head down outside of
// the database once a day, and walking it for whoever asks. Invariant: a head is in the file
// before the database says that it was noted down.
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ChainVerdict, headText, readHead } from '../domain/act-chain.ts'
import { dayAt } from '../domain/civil-date.ts'
import type { StaffMail } from '../domain/staff-mail.ts'
import type { Parts } from '../parts.ts'
import type { NotedHead } from '../store/act-chain.ts'

/** How a walk along the chain stands. */
export interface ChainWalk {
  startedAt: Temporal.Instant
  done: number
  all: number
  /** Null: it is under way. */
  ended: { at: Temporal.Instant; verdict: ChainVerdict } | null
  /** It broke off: the database did not answer. */
  isFailed: boolean
}

/** In the data directory: a line a day, `DAY NUMBER:HASH INSTANT`. */
export const HEADS_FILE = 'audit-heads.log'
/** Parts of acts that one tending seals: a hundred thousand acts. */
const PARTS_AT_ONCE = 100
/** Days of heads are those of Rome, whatever the zones of the institutions. */
const ZONE = 'Europe/Rome'

export function openAuditing({ config, store, log, dataDirectory, now }: Parts) {
  const file = join(dataDirectory, HEADS_FILE)
  let walk: ChainWalk | null = null
  let walking: Promise<void> = Promise.resolve()

  async function sealAll(): Promise<number> {
    let sealed = 0
    for (let part = 0; part < PARTS_AT_ONCE; part += 1) {
      const some = await store.actChain.seal()
      if (some === 0) break
      sealed += some
    }
    return sealed
  }

  async function noteHead(): Promise<void> {
    const at = now()
    const today = dayAt(at, ZONE)
    const head = await store.actChain.headDue(today, ZONE)
    if (head === null) return
    const day = today.subtract({ days: 1 })
    await appendFile(file, `${day} ${headText(head)} ${at}\n`, { mode: 0o600, flush: true })
    const mails = config.institutions.map(({ id, name, notify }) => ({
      institution: id,
      mail: headMail(name, day, headText(head), notify),
    }))
    const isNoted = await store.actChain.noteHead(day, head, mails, at)
    if (isNoted) log.info({ day: day.toString(), ...head }, 'head of acts noted down')
  }

  /** Those of the file of this node, which may have none. */
  async function fileHeads(): Promise<NotedHead[]> {
    const text = await readFile(file, 'utf8').catch(() => '')
    return text.split('\n').flatMap((line) => {
      const [, head = '', at = ''] = line.split(' ')
      const read = readHead(head)
      return read === null ? [] : [{ ...read, at: instantOf(at) }]
    })
  }

  async function verify(
    given: readonly NotedHead[] = [],
    tell: (done: number, all: number) => void = () => {},
  ): Promise<ChainVerdict> {
    await sealAll()
    return store.actChain.verify([...(await fileHeads()), ...given], tell)
  }

  return {
    /** For the daemon: one node at a time seals, and notes down. */
    async tend(): Promise<void> {
      await store.leases.hold('acts', async () => {
        await sealAll()
        await noteHead()
      })
    },

    /** `given`: heads that were kept elsewhere. */
    verify,

    exported: store.actChain.exported,

    /** The walk that somebody began here last; null: none since this process started. */
    walk: () => walk,

    /** Begins one, unless one is under way; resolves at its end. */
    begin(): Promise<void> {
      if (walk !== null && walk.ended === null && !walk.isFailed) return walking
      const mine: ChainWalk = { startedAt: now(), done: 0, all: 0, ended: null, isFailed: false }
      walk = mine
      walking = verify([], (done, all) => Object.assign(mine, { done, all })).then(
        (verdict) => void Object.assign(mine, { ended: { at: now(), verdict } }),
        (error) => {
          mine.isFailed = true
          log.error({ error: String(error) }, 'walk along the acts failed')
        },
      )
      return walking
    },
  }
}

function instantOf(text: string): Temporal.Instant | null {
  try {
    return Temporal.Instant.from(text)
  } catch {
    return null
  }
}

function headMail(
  institution: string,
  day: Temporal.PlainDate,
  head: string,
  recipients: readonly string[],
): StaffMail {
  const [year, month, date] = day.toString().split('-')
  return {
    recipients: [...recipients],
    subject: `Registro attività del ${date}/${month}/${year} (${institution})`,
    body: [
      'Impronta del registro attività alla fine della giornata:',
      '',
      `  ${head}`,
      '',
      'Conserva questa mail: se un giorno serve dimostrare che nel registro nessuno ha cambiato o',
      'tolto nulla, si confronta questa impronta con il registro:',
      '',
      `  staffetta audit verify --head ${head}`,
    ].join('\n'),
  }
}
