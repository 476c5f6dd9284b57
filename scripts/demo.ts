// The demo: the example municipality alive on this machine alone, from its sources to the
// reconciliation. It stands on the playground, runs the real daemon, and shows each stage with what
// it counts. `--exit` ends after the reconciliation: 0 only if every account closes and every
// source was told what it should be.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { accountTerms, difference } from '../src/domain/flow-account.ts'
import type { Stage } from './demo/follow.ts'
import { createScreen } from './demo/screen.ts'
import { type DemoTown, openDemoTown, playAll } from './demo/town.ts'

const screen = createScreen()

process.exitCode = await main(process.argv.includes('--exit'))

async function main(exits: boolean): Promise<number> {
  screen.title('Staffetta: from the sources of a municipality to the reconciliation')
  let town: DemoTown | null = null
  try {
    town = await openDemoTown(screen)
    showPlaces(town)
    const isRight = (await playAll(town)) && (await reconcile(town))
    await showNext(town, exits)
    if (!exits) await stopSignal()
    return isRight ? 0 : 1
  } catch (error) {
    screen.line(`The demo failed: ${(error as Error).stack}`)
    return 1
  } finally {
    await town?.stop({ keepFiles: true })
  }
}

function showPlaces({ playground, consoleUrl }: DemoTown): void {
  const { sftp, sandbox, office, directory } = playground
  screen.line(`SFTP server   127.0.0.1:${sftp.port}  ${sftp.fingerprint}`)
  if (office) {
    const { register, canteen, mailboxes } = office
    screen.line(`Register      ${register.url}  (SOAP)`)
    screen.line(`Canteen       127.0.0.1:${canteen.port}  (PostgreSQL)`)
    const mail = typeof mailboxes === 'string' ? mailboxes : `127.0.0.1:${mailboxes.port}  (IMAP)`
    screen.line(`Mailboxes     ${mail}`)
  }
  screen.line(`IO sandbox    ${sandbox.url}`)
  screen.line(`Console       ${consoleUrl}`)
  screen.line(`Files         ${directory}`)
}

async function reconcile({ app, playground }: Stage): Promise<boolean> {
  screen.chapter('9', 'The reconciliation: every record that was read is accounted for')
  const all = { institution: null, feed: null, state: null, limit: 50 }
  let closes = true
  for (const flow of (await app.store.flows.list(all)).reverse()) {
    const account = await app.store.flows.account(flow.id)
    const mayWait = flow.reason === 'awaiting-approval'
    closes &&= difference(account) === 0 && (mayWait || account.waiting === 0)
    const terms = accountTerms
      .filter((term) => account[term] > 0)
      .map((term) => `${account[term]} ${term}`)
    const feed = (flow.feed ?? '').padEnd(12)
    screen.line(`flow ${flow.id}  ${feed} ${account.read} read = ${terms.join(' + ')}`)
  }
  screen.line(closes ? 'Every account closes.' : 'AN ACCOUNT DOES NOT CLOSE.')
  screen.line('')
  const { mails } = playground
  screen.line(`Mails to ${mails[0]?.to.join(', ')}: ${mails.length}, such as`)
  for (const { subject } of mails.slice(0, 3)) screen.line(`  ${subject}`)
  return closes
}

async function showNext(town: DemoTown, exits: boolean): Promise<void> {
  const { configDirectory, billing, directory } = town.playground
  screen.chapter('10', 'Where to look next')
  screen.line(`The SFTP folder with the result files stays: ${billing}`)
  await showConsole(town, exits)
  if (exits) {
    screen.line('`npm run demo` without --exit stays up: flows, reports and drops of your own.')
    screen.line('docs/guides/first-feed.md goes from a file of yours to a checked mapping.')
    return
  }
  const config = `--config ${configDirectory}`
  const secrets = join(directory, 'secrets.sh')
  await writeFile(secrets, exportsOf(town.playground.environment), { mode: 0o600 })
  screen.line(`. ${secrets}   # in another shell: the demo’s passwords, for this one`)
  screen.line(`npx staffetta check --online ${config}`)
  screen.line(`npx staffetta flows list ${config}`)
  screen.line(`npx staffetta flows show 2 ${config}`)
  screen.line(`npx staffetta report 2 --format csv ${config}`)
  screen.line(`npx staffetta schedule ${config}`)
  screen.line(`npx staffetta schedule --campaign mensa-non-pagata ${config}`)
  screen.line(
    'Drop a changed ZIP into the SFTP folder and list the flows again. Ctrl-C ends the demo;',
  )
  screen.line(`its files stay in ${directory}.`)
}

/** Where people look, and how the first of them comes in. */
async function showConsole({ app, consoleUrl }: DemoTown, exits: boolean): Promise<void> {
  const token = await app.desk.people.firstRunToken()
  screen.line(`Console       ${consoleUrl}/first-run${exits ? '   (until this process ends)' : ''}`)
  screen.line(`One-time token ${token ?? 'none: somebody has used it'}`)
}

/** For a shell; none of the demo's values has a quote in it. */
function exportsOf(environment: Record<string, string>): string {
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'\n`)
  return lines.join('')
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}
