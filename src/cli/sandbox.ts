// `staffetta sandbox`: a faithful simulator of IO's API, for anyone who integrates with it.
// It listens on loopback only and keeps nothing.
import { once } from 'node:events'
import { type Command, expectArguments, type Given, textOption, UsageError } from './command.ts'

export const command: Command = {
  usage: '[--port N]',
  summary: 'a simulator of IO’s API, on this machine',
  help: `
Serves IO's profiles, messages and statuses on loopback, with IO's own errors, limits and asynchronous
processing; nothing leaves this machine. Any key that is not empty is a service of its own. Citizens
are made up from their fiscal code: some are not on IO, some have the service switched off.

  --port N                  default 0: a free one, printed
  --seed N                  another population
  --calls-per-window N      rate limit of an account in 5 seconds, default 150; 0: none
  --processing-delay-ms N   between the 201 and the end of processing, default 1000

Example:
  staffetta sandbox --port 8080
  curl -H 'Ocp-Apim-Subscription-Key: any' -H 'Content-Type: application/json' \\
    -d '{"fiscal_code":"AAAAAA00A00A000A"}' http://127.0.0.1:8080/api/v1/profiles`,
  options: {
    port: { type: 'string' },
    seed: { type: 'string' },
    'calls-per-window': { type: 'string' },
    'processing-delay-ms': { type: 'string' },
  },
  async run(given, context) {
    expectArguments(given)
    const sandbox = await context.startSandbox({
      anyKey: true,
      port: numberOption(given, 'port', 0, 65_535),
      seed: numberOption(given, 'seed', 1, 2 ** 31),
      callsPerWindow: numberOption(given, 'calls-per-window', 150, 1_000_000),
      processingDelayMilliseconds: numberOption(given, 'processing-delay-ms', 1000, 86_400_000),
    })
    if (context.json) context.out(`${JSON.stringify({ url: sandbox.url })}\n`)
    else context.out(`IO sandbox at ${sandbox.url}\nStop it with Ctrl-C.\n`)
    if (!context.stop.aborted) await once(context.stop, 'abort')
    await sandbox.stop()
    return 0
  },
}

function numberOption(given: Given, name: string, fallback: number, maximum: number): number {
  const typed = textOption(given, name)
  const value = typed === null ? fallback : Number(typed)
  if (Number.isSafeInteger(value) && value >= 0 && value <= maximum) return value
  throw new UsageError(`--${name} is a whole number up to ${maximum}`)
}
