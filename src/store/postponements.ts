// Notices whose due date a person moves: their data, what waits with its texts, and their
// reminders, planned anew. All that was chosen is one transaction under the lock of its series,
// written a batch at a time: broken off, nothing of it stands.
// Invariant: a message that has left stays as it is, and no notice gets a first message by this.
import type { NoticeData, NoticeState } from '../domain/notice.ts'
import type { NewDue, NotPostponed } from '../domain/postponement.ts'
import type { PlannedMessage } from '../pipeline/plan.ts'
import type { PersonAct } from './acts.ts'
import { type ChangedMessages, voidApprovals } from './approval-voids.ts'
import type { Client, Pool } from './database.ts'
import { recloseFlows } from './flow-ends.ts'
import { idAllocator } from './lots.ts'
import { openNotice } from './messages.ts'
import { decisive, lockChosen, type NoticeFilter } from './notice-choice.ts'
import { addNoticesAct, detailOf, nameNotices } from './notice-decisions.ts'
import { takeOverOrphans } from './orphan-attempts.ts'
import { type Released, type Revision, type WaitingText, writeRevisions } from './postponed-rows.ts'
import type { Vault } from './vault.ts'
import type { Enqueue } from './wake.ts'

/** A notice that may be postponed, with what of it has not left and is no reminder. */
export interface Postponable {
  id: number
  institutionId: number
  institution: string
  service: string
  flowId: number
  /** Null when no feed brought it. */
  feed: string | null
  account: string
  isReleased: boolean
  /** A person has stopped its flow: nothing more of it leaves. */
  isStopped: boolean
  state: NoticeState
  dueAt: string | null
  mappingVersionId: number
  /** It has, or had, a first message of its own. */
  hasFirst: boolean
  data: NoticeData
  waiting: WaitingText[]
}

/** What a notice becomes; or why it stays as it is. */
export type Revised =
  | Revision
  | { because: NotPostponed | 'no-mapping' | 'refused'; messages?: undefined }

/** Decides about one notice: data, hashes, and the reminders of its new plan. */
export type Revise = (notice: Postponable) => Promise<Revised>

export interface Postponed {
  postponed: number
  /** Of the chosen ones that stay as they are: how many, and why. */
  unchanged: Partial<Record<Exclude<Revised, Revision>['because'], number>>
  /** Reminders that were planned before, and those that are now. */
  cancelled: number
  planned: number
  /** Messages that were held since their due date had passed, and go now. */
  released: number
}

/** Notices opened, rendered and written at a time. */
const AT_ONCE = 1000

export type Postponements = ReturnType<typeof createPostponements>

export function createPostponements(pool: Pool, vault: Vault, enqueue: Enqueue) {
  return {
    /** Postpones what is chosen; `onProgress` hears how many of them have been looked at. */
    postpone(
      filter: NoticeFilter,
      wanted: NewDue,
      act: PersonAct,
      revise: Revise,
      now: Temporal.Instant,
      onProgress: (done: number, all: number) => void = () => {},
    ): Promise<Postponed> {
      return decisive(pool, async (tx) => {
        const chosen = await lockChosen(tx, vault, filter)
        const result: Postponed = {
          ...{ postponed: 0, unchanged: {}, cancelled: 0, planned: 0, released: 0 },
        }
        const changed: ChangedMessages = new Map()
        const context = { tx, vault, now, changed, nextId: idAllocator(tx, 'message_ids') }
        const wakes = createWakes()
        const done: { id: number; institutionId: number }[] = []
        for (let start = 0; start < chosen.length; start += AT_ONCE) {
          const ids = chosen.slice(start, start + AT_ONCE).map(({ id }) => id)
          for (const notice of await postponeSome(context, ids, revise, result, wakes)) {
            done.push({ id: notice.id, institutionId: notice.institutionId })
          }
          onProgress(start + ids.length, chosen.length)
        }
        for (const [institutionId, some] of Map.groupBy(done, (one) => one.institutionId)) {
          const ids = some.map(({ id }) => id)
          const said = { ...detailOf(filter, ids), ...newDueText(wanted) }
          const verb = `postponed ${ids.length} ${ids.length === 1 ? 'notice' : 'notices'}`
          const actId = await addNoticesAct(tx, institutionId, { ...act, verb, detail: said }, now)
          await nameNotices(tx, ids, actId)
        }
        await recloseFlows(tx, wakes.reopened(), now)
        await voidApprovals(tx, enqueue, changed, act.actor, now)
        for (const [account, instants] of wakes.list()) await enqueue(tx, 'send', account, instants)
        return result
      })
    },
  }
}

function newDueText(wanted: NewDue): object {
  return 'on' in wanted ? { to: wanted.on.toString() } : { byDays: wanted.byDays }
}

interface Context {
  tx: Client
  vault: Vault
  now: Temporal.Instant
  changed: ChangedMessages
  nextId(count: number): Promise<number[]>
}

/** Answers those that were postponed. */
async function postponeSome(
  { tx, vault, now, changed, nextId }: Context,
  ids: number[],
  revise: Revise,
  result: Postponed,
  wakes: Wakes,
): Promise<Postponable[]> {
  const revised: { notice: Postponable; revision: Revision }[] = []
  for (const notice of await readPostponable(tx, vault, ids)) {
    const revision = await revise(notice)
    if (revision.messages !== undefined) revised.push({ notice, revision })
    else result.unchanged[revision.because] = (result.unchanged[revision.because] ?? 0) + 1
  }
  if (revised.length === 0) return []
  const count = revised.reduce((sum, { revision }) => sum + revision.messages.length, 0)
  const messageIds = await nextId(count)
  const written = await writeRevisions(tx, vault, revised, messageIds, changed, now)
  await takeOverOrphans(tx, messageIds, now)
  for (const { notice, revision } of revised) wakes.add(notice, revision.messages)
  for (const released of written.released) wakes.reopen(released, now)
  result.postponed += revised.length
  result.cancelled += written.cancelled
  result.planned += count
  result.released += written.released.length
  return revised.map(({ notice }) => notice)
}

interface Wakes {
  add(notice: Postponable, messages: readonly PlannedMessage[]): void
  /** Something of it goes at once, that was held. */
  reopen(released: Released, now: Temporal.Instant): void
  reopened(): number[]
  /** By account. */
  list(): [account: string, instants: Temporal.Instant[]][]
}

/** One wake an account and instant, as the plan of a flow has them. */
function createWakes(): Wakes {
  const accounts = new Map<string, Map<string, Temporal.Instant>>()
  const flows = new Set<number>()
  const wake = (account: string, at: Temporal.Instant) => {
    const instants = accounts.get(account) ?? new Map<string, Temporal.Instant>()
    accounts.set(account, instants.set(at.toString(), at))
  }
  return {
    add({ account, isReleased }, messages) {
      if (isReleased) for (const { sendAt } of messages) wake(account, sendAt)
    },
    reopen({ account, flowId }, now) {
      flows.add(flowId)
      wake(account, now)
    },
    reopened: () => [...flows],
    list: () => [...accounts].map(([account, instants]) => [account, [...instants.values()]]),
  }
}

type PostponableRow = Omit<Postponable, 'data' | 'dueAt'> & {
  sealed: Buffer
  dueAt: Temporal.Instant | null
}

/** What is being sent at this moment says the old date; it is past catching. */
const POSTPONABLE = `
  select n.id, n.institution_id as "institutionId", i.name as institution, n.service,
    n.flow_id as "flowId", f.feed, f.account, f.released_at is not null as "isReleased",
    f.stopped_at is not null as "isStopped", n.state, n.due_at as "dueAt",
    n.mapping_version_id as "mappingVersionId", n.sealed,
    exists (select from messages where notice_id = n.id and purpose = 'first') as "hasFirst",
    coalesce((select jsonb_agg(jsonb_build_object('id', m.id, 'template', m.template,
        'mappingVersionId', m.mapping_version_id)) from messages m
      where m.notice_id = n.id and m.purpose not in ('reminder', 'errata')
        and m.state in ('waiting', 'claimed', 'held', 'uncertain')), '[]') as waiting
  from notices n join institutions i on i.id = n.institution_id join flows f on f.id = n.flow_id
  where n.id = any($1) order by n.id`

async function readPostponable(tx: Client, vault: Vault, ids: number[]): Promise<Postponable[]> {
  const { rows } = await tx.query<PostponableRow>(POSTPONABLE, [ids])
  return rows.map(({ sealed, dueAt, ...row }) => ({
    ...row,
    dueAt: dueAt?.toString() ?? null,
    data: openNotice(vault, { institutionId: row.institutionId, noticeId: row.id }, sealed),
  }))
}
