// Ended records → the system that wants to know: for each its steps, in order, such as a protocol
// registration. A call that must not be made twice is begun before and given after.
// Invariants: a record whose call was begun is asked for (`find`) or left to a person, never told
// again; what is wrong with one record keeps no other from being told.
import {
  type OwedReceipt,
  SourceError,
  stopped,
  type WorkContext,
  type WriteBack,
} from '../../src/connector.ts'
import { type Caller, openCaller } from './call.ts'
import type { ReceiptSettings } from './receipt-settings.ts'
import type { SoapSettings } from './settings.ts'
import { type Ending, fitting, leaveToPerson, tellRecord } from './telling.ts'
import { tryTellings } from './try-requests.ts'

type Context = WorkContext<SoapSettings>

/** How long a call that must not be made twice may still take when Staffetta stops. */
const graceSeconds = 10

/** Tells `maximumReceipts` records, and throws `SRC_BUSY` when there are more: they come again. */
export async function writeReceipts(context: Context, report: WriteBack): Promise<void> {
  const { receipt: told } = context.settings
  if (told === undefined) {
    const message = 'the settings have no `receipt`: they do not say how a record is told'
    throw new SourceError('SRC_SETTINGS', message, { retry: false })
  }
  if (context.signal.aborted) throw stopped()
  await using caller = await openCaller({ ...context, signal: endingLater(context.signal) })
  tryTellings(caller, told)
  const run = new Run(context, caller, report, told)
  const lanes = await Promise.allSettled(Array.from({ length: told.parallel }, () => run.work()))
  const broken = lanes.find((one) => one.status === 'rejected')
  const isLast = await run.close()
  if (broken !== undefined) throw broken.reason
  if (context.signal.aborted) throw stopped()
  if (!isLast) {
    const message =
      `${told.maximumReceipts} records were told (\`receipt.maximumReceipts\`); there are more, ` +
      'which follow'
    throw new SourceError('SRC_BUSY', message, { retry: true })
  }
}

/** What the records that are told at once share. */
class Run {
  readonly #context: Context
  readonly #caller: Caller
  readonly #report: WriteBack
  readonly #told: ReceiptSettings
  readonly #receipts: AsyncIterator<OwedReceipt>
  #isOver = false
  #isDone = false
  #records = 0
  #failuresInRow = 0
  #next: Temporal.Instant

  constructor(context: Context, caller: Caller, report: WriteBack, told: ReceiptSettings) {
    this.#context = context
    this.#caller = caller
    this.#report = report
    this.#told = told
    this.#receipts = report.receipts[Symbol.asyncIterator]()
    this.#next = context.now()
  }

  /** Tells one record after the other until there is none, or something is wrong with all. */
  async work(): Promise<void> {
    const { signal } = this.#context
    try {
      while (!this.#isOver && !signal.aborted && this.#records < this.#told.maximumReceipts) {
        const { value: receipt, done } = await this.#receipts.next()
        if (done) {
          this.#isDone = true
          break
        }
        const telling = fitting(this.#told, receipt)
        if (telling === undefined) {
          // Begun under another fate, which it no longer has: it must not pass for told.
          if (receipt.isBegun) await leaveToPerson(this.#report, receipt)
          continue
        }
        this.#records += 1
        await this.#pace()
        this.#count(await tellRecord(this.#caller, this.#report, this.#told, telling, receipt))
      }
    } finally {
      this.#isOver = true
    }
  }

  /** Ends the reading. Whether there was nothing more; what is read here comes again. */
  async close(): Promise<boolean> {
    if (this.#isDone) return true
    const { done } = await this.#receipts.next()
    await this.#receipts.return?.()
    return done === true
  }

  async #pace(): Promise<void> {
    const now = this.#context.now()
    const at = Temporal.Instant.compare(now, this.#next) > 0 ? now : this.#next
    this.#next = at.add({ milliseconds: Math.round(1000 / this.#told.perSecond) })
    const seconds = now.until(at).total('seconds')
    if (seconds > 0) await this.#context.sleep(seconds)
  }

  /** One record may be wrong; many in a row are a sign of wrong settings. */
  #count(ending: Ending): void {
    this.#failuresInRow = ending === 'told' ? 0 : this.#failuresInRow + 1
    if (this.#failuresInRow < this.#told.maximumFailuresInRow) return
    const message =
      `${this.#failuresInRow} records in a row were refused (\`receipt.maximumFailuresInRow\`): ` +
      'look at what is said of them, correct the settings, and have them told again'
    throw new SourceError('SRC_RECEIPT', message, { retry: false })
  }
}

/** A call that is on its way is given time to end: its outcome would have to be found out. */
function endingLater(signal: AbortSignal): AbortSignal {
  const ending = new AbortController()
  const end = () =>
    AbortSignal.timeout(graceSeconds * 1000).addEventListener('abort', () => ending.abort())
  signal.addEventListener('abort', end, { once: true })
  return ending.signal
}
