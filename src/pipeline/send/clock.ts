// The clock, watched while it decides what is due: before each claim it is compared with the
// database's and with the `Date` of IO's last answer. Invariant: nothing is claimed while it is
// wrong by more than a minute; it is said once, and the sending goes on by itself.
import { type ClockReading, type ClockVerdict, judgeClock } from '../../domain/clock.ts'

export interface ClockPorts {
  databaseNow(): Promise<Temporal.Instant>
  /** The staff is told once while it lasts, whoever noticed it. */
  report(reading: ClockReading): Promise<void>
  /** The clock is right again. */
  forget(): Promise<void>
  /** Any answer of IO, for its `Date`. */
  askIo(): Promise<void>
  now(): Temporal.Instant
  monotonic(): number
  log: { warn(fields: object, message: string): void }
}

export interface ClockWatch {
  /** The `Date` of an answer of IO that has just come; anything else is ignored. */
  heard(date: string): void
  isTrusted(): Promise<boolean>
}

/** How old the database's word may be while our own clocks agree with each other. */
const RECHECK_MILLISECONDS = 5000
/** A reading of IO this old is renewed before it is held against our clock. */
const FRESH_MILLISECONDS = 30_000
/** A change of our clock beside the one that never jumps: then everybody is asked at once. */
const JUMP_MILLISECONDS = 2000
/** `Date` has whole seconds: on average half of one is cut off. */
const CUT_OFF_MILLISECONDS = 500

/** Watches the clock of this process for as long as it sends. */
export function watchClock(ports: ClockPorts): ClockWatch {
  let io: { offset: number; at: number } | null = null
  let database: { offset: number; at: number; own: number } | null = null
  let said: ClockVerdict | null = null

  /** Our clock beside the one that never jumps. */
  const ownOffset = () => ports.now().epochMilliseconds - ports.monotonic()

  async function askDatabase(): Promise<void> {
    const before = ports.monotonic()
    const { epochMilliseconds } = await ports.databaseNow()
    const at = ports.monotonic()
    database = { offset: epochMilliseconds - (before + at) / 2, at, own: ownOffset() }
  }

  function readings(): ClockReading[] {
    const ahead = (offset: number) => Math.round(ownOffset() - offset) / 1000
    return [
      ...(database ? [{ witness: 'database' as const, aheadSeconds: ahead(database.offset) }] : []),
      ...(io ? [{ witness: 'io' as const, aheadSeconds: ahead(io.offset) }] : []),
    ]
  }

  async function say(verdict: ClockVerdict, worst: ClockReading | null): Promise<void> {
    if (verdict === said) return
    if (worst && verdict !== 'right') {
      const { witness, aheadSeconds } = worst
      ports.log.warn({ code: 'IO_CLOCK', verdict, witness, aheadSeconds }, 'clock found off')
    }
    if (worst && verdict === 'wrong') await ports.report(worst)
    // At the first look too: an earlier process may have left its word.
    else if (said === null || said === 'wrong') await ports.forget()
    said = verdict
  }

  return {
    heard(date) {
      const milliseconds = Date.parse(date)
      if (Number.isNaN(milliseconds)) return
      const at = ports.monotonic()
      io = { offset: milliseconds + CUT_OFF_MILLISECONDS - at, at }
    },
    async isTrusted() {
      const now = ports.monotonic()
      const hasJumped =
        database === null || Math.abs(ownOffset() - database.own) > JUMP_MILLISECONDS
      if (hasJumped || now - database!.at > RECHECK_MILLISECONDS) await askDatabase()
      let { verdict, worst } = judgeClock(readings())
      // A suspended machine stops the clock that carries an old reading on.
      if (verdict === 'wrong' && io !== null && now - io.at > FRESH_MILLISECONDS) {
        await ports.askIo()
        ;({ verdict, worst } = judgeClock(readings()))
      }
      await say(verdict, worst)
      return verdict !== 'wrong'
    },
  }
}
