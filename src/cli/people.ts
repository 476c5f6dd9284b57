// `staffetta people`: who signs in to the console, for who has the shell: the way back in of a town
// that has locked itself out. It prints a link that serves once; it never sees a password.
import { consoleRoles } from '../domain/access.ts'
import { demandAdministrator, systemUser } from './actor.ts'
import {
  type App,
  type Command,
  type CommandContext,
  type Given,
  listOption,
  textOption,
  UsageError,
  withApp,
} from './command.ts'
import { formatInstant, formatTable, printable } from './table.ts'

export const command: Command = {
  usage: '[list | add LOGIN | reset LOGIN | disable LOGIN]',
  summary: 'who signs in to the console; a way back in for who is locked out',
  help: `
  list            who there is, as what, and when they came last
  add LOGIN       somebody new: an administrator of every institution, unless said otherwise; one who is
                  there already in another institution gets the same here
  reset LOGIN     their password, codes and provider serve no more: a link lets them choose anew
  disable LOGIN   nobody comes in as them, and their sessions end

\`add\` and \`reset\` print a link that serves once, for a day or more: hand it over by a safe way. What is
done is written down in the acts of the institution.

  --name NAME          of whom is added; absent: the LOGIN
  --role ROLE          ${consoleRoles.join(', ')}; may be repeated
  --institution ID     of this one alone; may be repeated
  --service NAME       for this service alone; may be repeated
  --json               one JSON object

Example: staffetta people reset ragioneria
Exit code 1 where the person is not there, or an institution would have no administrator left.`,
  options: {
    name: { type: 'string' },
    role: { type: 'string', multiple: true },
    institution: { type: 'string', multiple: true },
    service: { type: 'string', multiple: true },
  },
  async run(given, context) {
    const [verb = 'list', login, extra] = given.positionals
    if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
    const work = works[verb]
    if (!work) throw new UsageError(`there is no verb "${verb}": list, add, reset, disable`)
    if (verb !== 'list' && login === undefined) throw new UsageError('missing argument: LOGIN')
    return withApp(context, (app) => {
      const actor = systemUser()
      demandAdministrator(app.config, actor)
      return work({ app, actor, login: login ?? '', given, context })
    })
  },
}

interface Work {
  app: App
  actor: string
  login: string
  given: Given
  context: CommandContext
}

const works: Record<string, (work: Work) => Promise<number>> = { list, add, reset, disable }

/** Who acts from the shell: the right is the shell's. */
function administrator({ actor }: Work, institution: string) {
  return { login: actor, grants: [], institution, origin: 'cli' } as const
}

async function list({ app, context }: Work): Promise<number> {
  const people = await app.store.people.all()
  if (context.json) {
    await context.out(`${JSON.stringify({ people }, null, 2)}\n`)
    return 0
  }
  if (people.length === 0) {
    context.out(
      'Nobody can sign in yet: open the console and give the first-run token, whose file\n',
    )
    context.out('the log of the daemon names.\n')
    return 0
  }
  const titles = ['login', 'name', 'grants', 'second factor', 'last sign-in', 'state']
  const rows = people.map((one) => [
    ...[one.login, printable(one.name)],
    one.grants
      .map(({ institution, role, services }) => {
        return `${institution} ${role}${services === null ? '' : ` (${services.join(', ')})`}`
      })
      .join('; ') || '–',
    one.hasSecondFactor ? 'code' : one.hasProvider ? 'provider' : '–',
    one.signedInAt === null ? 'never' : formatInstant(one.signedInAt),
    one.disabledAt === null ? 'active' : 'disabled',
  ])
  await context.out(
    formatTable(
      titles.map((title) => ({ title })),
      rows,
    ),
  )
  return 0
}

async function add(work: Work): Promise<number> {
  const { app, login, given, context } = work
  const { administering } = app.desk.people
  const known = app.config.institutions.map(({ id }) => id)
  const typed = listOption(given, 'institution')
  const unknown = typed.find((id) => !known.includes(id))
  if (unknown !== undefined) throw new UsageError(`there is no institution "${unknown}"`)
  const services = listOption(given, 'service')
  const asked = listOption(given, 'role')
  const wrong = asked.find((role) => !consoleRoles.some((one) => one === role))
  if (wrong !== undefined) throw new UsageError(`there is no role "${wrong}"`)
  const roles = consoleRoles.filter((role) => asked.includes(role))
  const grants = (roles.length > 0 ? roles : (['administrator'] as const)).map((role) => {
    return { role, services: services.length > 0 ? services : null }
  })
  const person = { login, name: textOption(given, 'name') ?? login, email: null, grants }
  let link: string | null = null
  for (const institution of typed.length > 0 ? typed : known) {
    const by = administrator(work, institution)
    const done = await administering.invite(by, person, 'en', false)
    if (done.kind === 'faulty') return say(work, `${login} was not added: ${done.fault}`, 1)
    if (done.kind === 'invited') link = done.given.link
  }
  if (link === null)
    return say(work, `${login} was there already, and has these rights now too.`, 0)
  return tellLink(link, context)
}

async function reset(work: Work): Promise<number> {
  const { app, login, context } = work
  const person = await app.store.people.findByLogin(login)
  if (person === null) return say(work, `there is no ${login}`, 1)
  const place = person.grants[0]?.institution ?? app.config.institutions[0]?.id ?? ''
  const by = administrator(work, place)
  const given = await app.desk.people.administering.reset(by, person, 'en', false)
  return tellLink(given?.link ?? '', context)
}

async function disable(work: Work): Promise<number> {
  const { app, login } = work
  const person = await app.store.people.findByLogin(login)
  if (person === null) return say(work, `there is no ${login}`, 1)
  const place = person.grants[0]?.institution ?? ''
  const by = administrator(work, place)
  const done = await app.desk.people.administering.disable(by, person)
  if (done) return say(work, `${login} is disabled.`, 0)
  return say(work, `${login} is the last administrator of an institution: add another first`, 1)
}

function tellLink(link: string, context: CommandContext): number {
  if (context.json) context.out(`${JSON.stringify({ link })}\n`)
  else context.out(`A link that serves once:\n  ${link}\n`)
  return 0
}

function say({ context }: Work, text: string, code: number): number {
  if (context.json) context.out(`${JSON.stringify({ done: code === 0, said: text })}\n`)
  else if (code === 0) context.out(`${text}\n`)
  else context.note(`${text}\n`)
  return code
}
