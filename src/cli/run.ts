// `staffetta run`: the daemon, until a signal asks it to stop.
// The first signal lets what is in flight end; the app is closed whatever happens.
import { once } from 'node:events'
import { type Command, expectArguments, textOption, UsageError } from './command.ts'

export const command: Command = {
  usage: '[--roles collect,map,send,console]',
  summary: 'the daemon: poll, map, send, follow, report',
  help: `
Runs every stage until SIGINT or SIGTERM; then lets what is in flight end. Logs are JSON lines on
standard error. Several nodes may run on one database: a lease decides who polls a feed and who sends
for an account.

  --roles    the stages of this node, by default all: collect (polls), map, send (sends, follows,
             reports), console (the pages in the browser, if staffetta.yaml has any)`,
  options: { roles: { type: 'string' } },
  async run(given, context) {
    expectArguments(given)
    const typed = textOption(given, 'roles')
    const app = await context.openApp({ logLevel: 'info', sends: true })
    try {
      const daemon = await context.startDaemon(app, typed === null ? null : rolesOf(typed))
      if (!context.stop.aborted) await once(context.stop, 'abort')
      await daemon.stop()
    } finally {
      await app.close()
    }
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
