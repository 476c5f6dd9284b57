// `staffetta resume`: what is paused, since when and why; and lifting it, as an act of a person. A
// cause that still stands pauses again: nothing is burnt by trying.
import { ioMeaning } from '../domain/codes.ts'
import { actorAs, demandAdministrator, systemUser } from './actor.ts'
import { type App, type Command, type CommandContext, UsageError, withApp } from './command.ts'
import { stopText } from './stop-text.ts'
import { formatCount, formatInstant, printable } from './table.ts'

export const command: Command = {
  usage: '[installation | INSTITUTION/SERVICE]',
  summary: 'what is paused; let it go on',
  help: `
  resume                       what is paused, since when and why
  resume installation          lift the pause of everything, after \`stop-all\` or a restore. After a
                               restore start every node first: each compares its own send journal
                               with the database. Other nodes that were stopped go on too
  resume INSTITUTION/SERVICE   lift the pause of a service and forget what IO has taught about its
                               limits: what was held for them is tried again

Messages whose fate is not known stay uncertain: \`staffetta resolve --list\` shows them.

Example: staffetta resume comune-di-esempio/acqua`,
  options: {},
  async run(given, context) {
    const [what, extra] = given.positionals
    if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
    return withApp(context, (app) => {
      if (what === undefined) return show(app, context)
      if (what === 'installation') return resumeInstallation(app, context)
      return resumeService(app, what, context)
    })
  },
}

async function show(app: App, context: CommandContext): Promise<number> {
  const { installation, pauses, limits } = app.store
  const stop = app.stopAll.standing()
  const [status, services, learnt] = await Promise.all([
    installation.status(),
    pauses.list(),
    limits.list(),
  ])
  if (context.json) {
    context.out(
      `${JSON.stringify({ stop, installation: status, services, limits: learnt }, null, 2)}\n`,
    )
    return 0
  }
  const { pausedBecause, pausedSince, lostMessages } = status
  if (stop !== null) context.out(stopText(stop))
  if (pausedBecause !== null) {
    const why = printable(pausedBecause)
    context.out(`installation  paused since ${formatInstant(pausedSince)}\n    ${why}\n`)
  }
  if (lostMessages > 0) {
    context.out(
      `    ${formatCount(lostMessages)} messages were sent that this database never had: when ` +
        'their records come again they are uncertain\n',
    )
  }
  for (const { institution, service, since, code } of services) {
    const meaning = ioMeaning(code) ?? ''
    context.out(
      `${institution}/${service}  paused since ${formatInstant(since)}\n    ${code}: ${meaning}\n`,
    )
  }
  for (const { institution, service, since, feature, maximumCents } of learnt) {
    const what =
      maximumCents === null
        ? `messages that need ${feature} are held`
        : `messages above ${(maximumCents / 100).toFixed(2)} euro are held`
    context.out(`${institution}/${service}  limited since ${formatInstant(since)}\n    ${what}\n`)
  }
  if (stop === null && pausedBecause === null && services.length === 0 && learnt.length === 0) {
    context.out('Nothing is paused.\n')
  }
  return 0
}

async function resumeInstallation(app: App, context: CommandContext): Promise<number> {
  const actor = systemUser()
  demandAdministrator(app.config, actor)
  const resumed = await app.stopAll.resume({ actor, origin: 'cli' })
  if (context.json) context.out(`${JSON.stringify({ resumed })}\n`)
  else if (!resumed) context.out('The installation is not paused.\n')
  else context.out('Resumed. What is uncertain stays so: staffetta resolve --list\n')
  return 0
}

async function resumeService(app: App, typed: string, context: CommandContext): Promise<number> {
  const [institution = '', name = '', extra] = typed.split('/')
  const known = app.config.institutions.find(({ id }) => id === institution)
  const service = known?.services.find((one) => one.name === name)
  if (!known || !service || extra !== undefined) {
    const all = app.config.institutions.flatMap(({ id, services }) =>
      services.map((one) => `${id}/${one.name}`),
    )
    throw new UsageError(`there is no service "${typed}": it is installation, ${all.join(', ')}`)
  }
  const actor = actorAs('operator', app.config, institution)
  const act = { actor, origin: 'cli', at: Temporal.Now.instant() }
  const resumed = await app.store.pauses.resume(institution, name, act)
  const released = await app.store.limits.forget(institution, name, act)
  await app.queue.wake('send', service.account, act.at)
  if (context.json) context.out(`${JSON.stringify({ resumed, released })}\n`)
  else if (resumed || released > 0) {
    context.out(`Resumed; ${formatCount(released)} held messages are tried again.\n`)
  } else context.out(`${typed} is not paused, and nothing of it is held for a limit.\n`)
  return 0
}
