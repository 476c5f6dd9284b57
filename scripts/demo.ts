// The demo: the example municipality alive on this machine alone, from its sources to the
// reconciliation. It stands on the playground, runs the real daemon, and shows each stage with what
// it counts. `--exit` ends after the reconciliation: 0 only if every account closes and every
// source was told what it should be.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type App, openApp } from '../src/app.ts'
import { type Daemon, startDaemon } from '../src/daemon.ts'
import { accountTerms, difference, type FlowAccount } from '../src/domain/flow-account.ts'
import { createMapWorker } from '../src/map-worker.ts'
import type { Stage } from './demo/follow.ts'
import { playBills } from './demo/play-bills.ts'
import { playCanteen } from './demo/play-canteen.ts'
import { playMails } from './demo/play-mails.ts'
import { playRegister } from './demo/play-register.ts'
import { createScreen } from './demo/screen.ts'
import { openPlayground, type Playground } from './playground.ts'

const screen = createScreen()

process.exitCode = await main(process.argv.includes('--exit'))

async function main(exits: boolean): Promise<number> {
  screen.title('Staffetta: from the sources of a municipality to the reconciliation')
  const sandbox = { processingDelayMilliseconds: 400 }
  const playground = await openPlayground({ sandbox, office: true })
  let app: App | null = null
  let daemon: Daemon | null = null
  try {
    const options = { configDirectory: playground.configDirectory, logLevel: 'error' }
    app = await openApp({ ...options, sends: true })
    const mapper = createMapWorker({ ...options, connection: app.connection })
    daemon = await startDaemon(app, mapper, new Set(['collect', 'map', 'send'] as const))
    showPlaces(playground)
    const isRight = await play({ app, playground, screen })
    await showNext(playground, exits)
    if (!exits) await stopSignal()
    return isRight ? 0 : 1
  } catch (error) {
    screen.line(`The demo failed: ${(error as Error).stack}`)
    return 1
  } finally {
    await daemon?.stop()
    await app?.close()
    await playground.stop({ keepFiles: true })
  }
}

function showPlaces({ sftp, sandbox, office, directory }: Playground): void {
  screen.line(`SFTP server   127.0.0.1:${sftp.port}  ${sftp.fingerprint}`)
  if (office) {
    const { register, canteen, mailboxes } = office
    screen.line(`Register      ${register.url}  (SOAP)`)
    screen.line(`Canteen       127.0.0.1:${canteen.port}  (PostgreSQL)`)
    const mail = typeof mailboxes === 'string' ? mailboxes : `127.0.0.1:${mailboxes.port}  (IMAP)`
    screen.line(`Mailboxes     ${mail}`)
  }
  screen.line(`IO sandbox    ${sandbox.url}`)
  screen.line(`Files         ${directory}`)
}

/** All chapters, whatever one of them says; true when each was right. */
async function play(stage: Stage): Promise<boolean> {
  const { office } = stage.playground
  const verdicts = [await playBills(stage)]
  if (office) {
    verdicts.push(await playCanteen(stage, office.canteen))
    verdicts.push(await playRegister(stage, office.register))
    if (typeof office.mailboxes === 'string') {
      screen.chapter('7', 'The mailboxes')
      screen.line(office.mailboxes)
    } else verdicts.push(await playMails(stage, office.mailboxes, office.register))
  }
  verdicts.push(await reconcile(stage))
  return verdicts.every((isRight) => isRight)
}

async function reconcile({ app, playground }: Stage): Promise<boolean> {
  screen.chapter('8', 'The reconciliation: every record that was read is accounted for')
  const all = { institution: null, feed: null, state: null, limit: 50 }
  const accounts: FlowAccount[] = []
  for (const flow of (await app.store.flows.list(all)).reverse()) {
    const account = await app.store.flows.account(flow.id)
    accounts.push(account)
    const terms = accountTerms
      .filter((term) => account[term] > 0)
      .map((term) => `${account[term]} ${term}`)
    const feed = (flow.feed ?? '').padEnd(12)
    screen.line(`flow ${flow.id}  ${feed} ${account.read} read = ${terms.join(' + ')}`)
  }
  const closes = accounts.every((account) => difference(account) === 0 && account.waiting === 0)
  screen.line(closes ? 'Every account closes.' : 'AN ACCOUNT DOES NOT CLOSE.')
  screen.line('')
  const { mails } = playground
  screen.line(`Mails to ${mails[0]?.to.join(', ')}: ${mails.length}, such as`)
  for (const { subject } of mails.slice(0, 3)) screen.line(`  ${subject}`)
  return closes
}

async function showNext(playground: Playground, exits: boolean): Promise<void> {
  const { configDirectory, billing, directory } = playground
  screen.chapter('9', 'Where to look next')
  screen.line(`The SFTP folder with the result files stays: ${billing}`)
  if (exits) {
    screen.line('`npm run demo` without --exit stays up: flows, reports and drops of your own.')
    screen.line('docs/guides/first-feed.md goes from a file of yours to a checked mapping.')
    return
  }
  const config = `--config ${configDirectory}`
  const secrets = join(directory, 'secrets.sh')
  await writeFile(secrets, exportsOf(playground.environment), { mode: 0o600 })
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
