// account → claimed messages, a second's worth at a time and one claim ahead of the workers, so
// that they never wait for the database and a suspension takes effect soon. Invariant: what was
// claimed and not taken up is given back as soon as the sending stops.
import type { AccountSession, SendAccount, SendPorts } from '../send.ts'
import { watchKeptBack } from './kept-back.ts'
import type { ClaimedMessage, SendLog } from './one.ts'
import { askBefore, type Questioned, type QuestionPorts, sortQuestioned } from './questions.ts'
import { keepTime, takeDays } from './timing.ts'

export interface Supply {
  /** The next message; null when nothing more is due, or the sending stops. */
  next(): Promise<ClaimedMessage | null>
  /** How many messages were claimed. */
  claimed(): number
  /** Gives back what nobody has taken up. */
  close(): Promise<void>
}

const CLAIM_SECONDS = 1
const LARGEST_CLAIM = 1000
/** Claims between two looks at flows that have ended and at services that were refused. */
const CLAIMS_PER_ROUND = 10

/** The due messages of the session's account, until none is left. Throws what the database says. */
export function openSupply(session: AccountSession, log: SendLog, ports: SendPorts): Supply {
  const { account, lease, signal } = session
  const size = claimSize(account)
  const keptBack = watchKeptBack(session, ports)
  let ready: ClaimedMessage[] = []
  let filling: Promise<void> | null = null
  const asking = new Set<Promise<void>>()
  let isOver = false
  let claims = 0
  let total = 0

  async function fill(): Promise<void> {
    const isRound = claims % CLAIMS_PER_ROUND === 0
    if (isRound) await beginRound(claims > 0)
    claims += 1
    const mayClaim = (await ports.mayClaim?.(session)) ?? true
    if (mayClaim && isRound) await deferClosed()
    const claimed = mayClaim
      ? await ports.messages.claim(account.name, lease, size, ports.now())
      : []
    isOver = claimed.length === 0
    total += claimed.length
    const going = signal.aborted ? claimed : await keepTime(claimed, log, ports)
    await takeUp(going)
    if (signal.aborted) return giveBack()
    await ports.flows.sending([...new Set(going.map((message) => message.flowId))], ports.now())
  }

  /** What systems are to be asked about joins the others when they have answered. */
  async function takeUp(going: ClaimedMessage[]): Promise<void> {
    if (!ports.questions) return letGo(going)
    const { free, questioned } = await sortQuestioned(going, ports.questions)
    await letGo(free)
    if (questioned.length === 0) return
    const asked = askAbout(questioned, ports.questions).finally(() => asking.delete(asked))
    asking.add(asked)
    // Whoever waits for it hears of its fault. What it held stays claimed, as after a death: the
    // next holder of the lease finds it.
    asked.catch(() => {})
  }

  async function askAbout(questioned: Questioned[], questions: QuestionPorts): Promise<void> {
    const going = await askBefore(questioned, log, signal, questions).catch((error) => {
      if (!signal.aborted) throw error
      return questioned.map(({ message }) => message)
    })
    await letGo(going)
    if (signal.aborted) await giveBack()
  }

  /** Whatever else is judged of them has been. */
  async function letGo(going: ClaimedMessage[]): Promise<void> {
    const free = signal.aborted ? going : await takeDays(going, log, ports)
    ready = ready.concat(free)
  }

  /** All that is due of what is closed, at once: claimed one by one it would cost a night. */
  async function deferClosed(): Promise<void> {
    const now = ports.now()
    const closed = ports.timing.closed(now)
    if (closed.length > 0) await ports.messages.deferClosed(account.name, lease, closed, now)
  }

  /** What the last round has learnt is in the database by now, and comes with the next claims. */
  async function beginRound(isLater: boolean): Promise<void> {
    session.refused.clear()
    keptBack.forget()
    session.learnt.clear()
    if (isLater) await ports.flows.closeEnded(account.name, ports.now())
  }

  async function giveBack(): Promise<void> {
    const ends = ready.splice(0).map(({ id }) => log.end({ id, ...waiting }))
    await Promise.all(ends)
  }

  /** Nobody may be waiting when it fails; whoever finds no message left asks again. */
  function fillAhead(): void {
    filling = fill().finally(() => {
      filling = null
    })
    filling.catch(() => {})
  }

  let givenBack: Promise<void> = Promise.resolve()
  const onStop = () => {
    givenBack = giveBack()
    // Whoever closes hears of its fault.
    givenBack.catch(() => {})
  }
  signal.addEventListener('abort', onStop, { once: true })

  return {
    async next() {
      for (;;) {
        if (signal.aborted) return null
        if (ready.length <= size / 2 && filling === null && !isOver) fillAhead()
        const message = ready.shift()
        if (message) {
          await keptBack.look(() => [message, ...ready].map(({ flowId }) => flowId))
          return message
        }
        if (filling === null && asking.size === 0) return null
        await Promise.race([...asking, ...(filling ? [filling] : [])])
      }
    },
    claimed: () => total,
    async close() {
      signal.removeEventListener('abort', onStop)
      // A claim may still be on its way; one that failed has claimed nothing.
      await filling?.catch(() => {})
      await Promise.allSettled(asking)
      await Promise.all([givenBack, giveBack()])
    },
  }
}

const waiting = { state: 'waiting', code: null, detail: null, sendAt: null } as const

function claimSize(account: SendAccount): number {
  if (account.callsPerWindow === 0) return LARGEST_CLAIM
  const perSecond = account.callsPerWindow / account.windowSeconds
  const wanted = Math.max(perSecond * CLAIM_SECONDS, account.connections * 2)
  return Math.min(LARGEST_CLAIM, Math.ceil(wanted))
}
