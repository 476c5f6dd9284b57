// What `check --online` says of a service: whether its WSDL is read, each request is written, and
// the one harmless call is answered.
// Invariant: no call is made but the one that the settings name as harmless.
import { X509Certificate } from 'node:crypto'
import { type CheckLine, type SourceContext, SourceError } from '../../src/connector.ts'
import { openCaller } from './call.ts'
import type { SoapSettings } from './settings.ts'
import { rehearsalsOf } from './try-requests.ts'

/** Fewer days than this left of a certificate are a warning. */
const leastDays = 14

/** Else all that is said would look as if the service had answered. */
const notReached = 'nothing was called: name a harmless call under `check` to have it tried'

export async function checkService(context: SourceContext<SoapSettings>): Promise<CheckLine[]> {
  const { settings } = context
  const lines: CheckLine[] = []
  const attempt = async (what: string, run: () => Promise<void> | void): Promise<void> => {
    try {
      await run()
      lines.push({ ok: true, what })
    } catch (error) {
      if (!(error instanceof SourceError)) throw error
      lines.push({ ok: false, what, remedy: remedyOf(error) })
    }
  }
  const { wsdl } = settings
  const opening =
    wsdl === undefined ? 'read the secrets' : `read the secrets and ${[wsdl].flat().join(', ')}`
  const opened: { caller?: Awaited<ReturnType<typeof openCaller>> } = {}
  await attempt(opening, async () => {
    opened.caller = await openCaller(context)
  })
  if (opened.caller === undefined) return lines
  await using caller = opened.caller
  for (const { what, call, scope } of rehearsalsOf(settings)) {
    await attempt(`write ${what}`, () => caller.tryWriting(call, scope))
  }
  const { check: harmless } = settings
  if (lines.every(({ ok }) => ok)) {
    if (harmless === undefined) lines.push({ ok: true, what: notReached })
    else await attempt(`call ${harmless.operation}`, async () => void (await caller.call(harmless)))
  }
  return [...lines, ...certificateLines(context, caller.certificateEnd())]
}

/** Of the service, where one was shown, and of the client, where it is in PEM. */
function certificateLines(
  { settings, now }: SourceContext<SoapSettings>,
  shown: Temporal.Instant | null,
): CheckLine[] {
  const pem = settings.tls?.certificate?.reveal()
  const own = pem === undefined ? null : new X509Certificate(pem).validToDate
  const certificates = [
    { whose: 'the service', end: shown, remedy: 'Ask who runs the service to renew it' },
    {
      whose: 'the client',
      end: own && Temporal.Instant.fromEpochMilliseconds(own.getTime()),
      remedy: 'Ask for a new one, and put it under `tls`: without it nothing is answered',
    },
  ]
  return certificates.flatMap(({ whose, end, remedy }): CheckLine[] => {
    if (end === null) return []
    const days = Math.floor(end.since(now()).total('days'))
    const what = `certificate of ${whose}: ${days} days left`
    return [days >= leastDays ? { ok: true, what } : { ok: false, what, remedy }]
  })
}

/** What a service refuses it says in words of its own, which name no setting. */
function remedyOf({ code, message }: SourceError): string {
  if (code !== 'SRC_REFUSED') return message
  return `${message}. Correct who asks and what (\`secrets\`, \`args\`), or ask who runs the service`
}
