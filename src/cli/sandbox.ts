// `staffetta sandbox`: a faithful simulator of IO's API, for anyone who integrates with it.
// It listens on loopback only and keeps nothing.
import { once } from 'node:events'
import {
  type Command,
  type CommandContext,
  expectArguments,
  type Given,
  textOption,
  UsageError,
} from './command.ts'

export const command: Command = {
  usage: '[--port N] [--population FILE]',
  summary: 'a simulator of IO’s API, on this machine',
  help: `
Serves IO's profiles, messages, statuses, activations and subscriptions feed on loopback, with IO's
own errors, limits and asynchronous processing; nothing leaves this machine. Any key that is not
empty is a service of its own, all of one account. Citizens are made up from their fiscal code: some
are not on IO, some have the service switched off; AAAAAA00A00A000A is always reachable.

  --port N                  default 0: a free one, printed
  --seed N                  another population
  --population FILE         citizens of your own, CSV or YAML: fiscal_code, on_io, mode, preference,
                            languages, pays_after_minutes; those not in it are made up
  --calls-per-window N      rate limit of an account in a window, default 150; 0: none
  --window-seconds N        length of the window, default 5
  --processing-delay-ms N   between the 201 and the end of processing, default 1000
  --settling-ms N           between content, PROCESSED and the end of pending, default 20
  --stuck-share S           share of the messages that stay ACCEPTED for ever, default 0
  --failed-share S          share of the messages that end FAILED, default 0

Examples, with --port 8899 (the guide docs/guides/sandbox.md has more):
  curl -H 'Ocp-Apim-Subscription-Key: any' -H 'Content-Type: application/json' \\
    -d '{"fiscal_code":"AAAAAA00A00A000A"}' http://127.0.0.1:8899/api/v1/profiles
  curl -X PUT -d '{"profile":null}' http://127.0.0.1:8899/_sandbox/scenario
  curl -X PUT -d '{"reset_after":{"share":0.1,"seed":1}}' http://127.0.0.1:8899/_sandbox/faults
  curl http://127.0.0.1:8899/_sandbox/truth`,
  options: {
    port: { type: 'string' },
    seed: { type: 'string' },
    population: { type: 'string' },
    'calls-per-window': { type: 'string' },
    'window-seconds': { type: 'string' },
    'processing-delay-ms': { type: 'string' },
    'settling-ms': { type: 'string' },
    'stuck-share': { type: 'string' },
    'failed-share': { type: 'string' },
  },
  async run(given, context) {
    expectArguments(given)
    const sandbox = await startFrom(given, context)
    if (context.json) context.out(`${JSON.stringify({ url: sandbox.url })}\n`)
    else context.out(`IO sandbox at ${sandbox.url}\nStop it with Ctrl-C.\n`)
    if (!context.stop.aborted) await once(context.stop, 'abort')
    await sandbox.stop()
    return 0
  },
}

const dayMilliseconds = 86_400_000

async function startFrom(given: Given, context: CommandContext) {
  const stuckShare = shareOption(given, 'stuck-share')
  const failedShare = shareOption(given, 'failed-share')
  if (stuckShare + failedShare > 1) {
    throw new UsageError('--stuck-share and --failed-share are more than 1 together')
  }
  try {
    return await context.startSandbox({
      anyKey: true,
      port: numberOption(given, 'port', 0, 65_535),
      seed: numberOption(given, 'seed', 1, 2 ** 31),
      populationFile: textOption(given, 'population'),
      callsPerWindow: numberOption(given, 'calls-per-window', 150, 1_000_000),
      windowSeconds: numberOption(given, 'window-seconds', 5, 3_600, 1),
      processingDelayMilliseconds: numberOption(
        given,
        'processing-delay-ms',
        1_000,
        dayMilliseconds,
      ),
      settlingMilliseconds: numberOption(given, 'settling-ms', 20, dayMilliseconds),
      stuckShare,
      failedShare,
    })
  } catch (error) {
    // A file that is not what it should be is a wrong call; it may just not be there.
    const { name, code, message } = error as NodeJS.ErrnoException
    if (name === 'ShapeError') throw new UsageError(`--population ${message}`)
    if (code === 'ENOENT') throw new UsageError(`--population: ${message}`)
    throw error
  }
}

function numberOption(
  given: Given,
  name: string,
  fallback: number,
  maximum: number,
  minimum = 0,
): number {
  const typed = textOption(given, name)
  const value = typed === null ? fallback : Number(typed)
  if (Number.isSafeInteger(value) && value >= minimum && value <= maximum) return value
  const range = minimum === 0 ? `up to ${maximum}` : `from ${minimum} to ${maximum}`
  throw new UsageError(`--${name} is a whole number ${range}`)
}

function shareOption(given: Given, name: string): number {
  const typed = textOption(given, name)
  const value = typed === null ? 0 : Number(typed)
  if (value >= 0 && value <= 1) return value
  throw new UsageError(`--${name} is a number from 0 to 1`)
}
