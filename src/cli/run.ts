// `staffetta run`: the daemon, until a signal asks it to stop.
// The first signal lets what is in flight end; SIGHUP reads the configuration anew.
import { once } from 'node:events'
import { type Command, expectArguments, textOption, UsageError } from './command.ts'

export const command: Command = {
  usage: '[--roles collect,map,send,console]',
  summary: 'the daemon: poll, map, send, follow, report',
  help: `
Runs every stage until SIGINT or SIGTERM; then lets what is in flight end. Logs are JSON lines on
standard error. Several nodes may run on one database: a lease decides who polls a feed and who sends
for an account.

SIGHUP, or \`staffetta reload\`, reads the configuration anew: it takes over where it has no error and
all of its cases hold; else the old one runs on and the log says why. Flows keep the mapping with which
they were made.

  --roles    the stages of this node, by default all: collect (polls), map, send (sends, follows,
             reports), console (the pages in the browser, if staffetta.yaml has any)`,
  options: { roles: { type: 'string' } },
  async run(given, context) {
    expectArguments(given)
    const typed = textOption(given, 'roles')
    let daemon: Awaited<ReturnType<typeof context.startDaemon>> | null = null
    let isAsked = false
    // Also while it opens: the files may have changed after they were read.
    context.onHangUp(() => {
      isAsked = daemon === null
      daemon?.reload()
    })
    daemon = await context.startDaemon(typed === null ? null : rolesOf(typed))
    if (isAsked) daemon.reload()
    const stopped = context.stop.aborted ? Promise.resolve() : once(context.stop, 'abort')
    await Promise.race([stopped, daemon.failed]).finally(() => daemon?.stop())
    return 0
  },
}

const ROLES = ['collect', 'map', 'send', 'console']

function rolesOf(typed: string): Set<string> {
  const roles = typed.split(',').map((role) => role.trim())
  const unknown = roles.find((role) => !ROLES.includes(role))
  if (unknown !== undefined) {
    throw new UsageError(`there is no role "${unknown}": choose among ${ROLES.join(', ')}`)
  }
  return new Set(roles)
}
