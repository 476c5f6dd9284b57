// Records that a SOAP service answers: settings and calls. What is asked and judged is in
// `call.ts`, how one asks for all there is in `windows.ts`, how answers become drops in `poll.ts`.
// Invariant: nothing but the configured addresses is ever contacted; a WSDL is a local file.
import {
  type CheckLine,
  defineConnector,
  type SourceContext,
  SourceError,
} from '../../src/connector.ts'
import { openCaller } from './call.ts'
import { pollService } from './poll.ts'
import { type CallSettings, type SoapSettings, settings } from './settings.ts'
import type { Scope } from './template.ts'

export default defineConnector<SoapSettings>({
  summary: 'Records that a SOAP service answers, such as a protocol register.',
  settings,
  check,
  poll: pollService,
})

/** What every template may name in some call; only for trying to write requests. */
const sampleScope: Scope = {
  watermark: '',
  page: '1',
  offset: '1',
  size: '1',
  year: '2026',
  from: '2026-01-01',
  to: '2026-01-01',
  job: '',
}

/** The WSDL, each call against it, and the one harmless call that the settings name. */
async function check(context: SourceContext<SoapSettings>): Promise<CheckLine[]> {
  const { settings } = context
  const lines: CheckLine[] = []
  const attempt = async (what: string, run: () => Promise<void> | void): Promise<boolean> => {
    try {
      await run()
      lines.push({ ok: true, what })
      return true
    } catch (error) {
      if (!(error instanceof SourceError)) throw error
      lines.push({ ok: false, what, remedy: error.message })
      return false
    }
  }
  const opening = settings.wsdl === undefined ? 'read the settings' : `read ${settings.wsdl}`
  const opened: { caller?: Awaited<ReturnType<typeof openCaller>> } = {}
  await attempt(opening, async () => {
    opened.caller = await openCaller(context)
  })
  if (opened.caller === undefined) return lines
  await using caller = opened.caller
  for (const call of callsOf(settings)) {
    await attempt(`write ${call.operation}`, () => caller.tryWriting(call, sampleScope))
  }
  const { check: harmless } = settings
  if (lines.every(({ ok }) => ok) && harmless !== undefined) {
    await attempt(`call ${harmless.operation}`, async () => {
      await caller.call(harmless)
    })
  }
  return lines
}

/** What a record says is not known yet: of the calls that name one, only the operation is tried. */
function callsOf(settings: SoapSettings): CallSettings[] {
  const { login, call, job, details, afterCommit, check: harmless } = settings
  const whole = [login, login?.logout, call, job?.status, job?.download, harmless]
  const bare = [details, afterCommit].map((one) => one && { ...one, args: {}, attributes: {} })
  return [...whole, ...bare].filter((one) => one !== undefined)
}
