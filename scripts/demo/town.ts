// What the demo plays on: the playground with its office, the daemon in this process, the console
// on a free port of the loopback, and one more feed whose flows somebody must approve.
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type App, openApp } from '../../src/app.ts'
import { type Daemon, startDaemon } from '../../src/daemon.ts'
import { createMapWorker } from '../../src/map-worker.ts'
import type { SandboxFault } from '../../src/sandbox/fault.ts'
import type { SandboxCall } from '../../src/sandbox/gateway.ts'
import { editYaml, openPlayground } from '../playground.ts'
import type { Stage } from './follow.ts'
import { playBills } from './play-bills.ts'
import { playCanteen } from './play-canteen.ts'
import { playMails } from './play-mails.ts'
import { playRegister } from './play-register.ts'
import { playWaiting } from './play-waiting.ts'
import type { Screen } from './screen.ts'

export interface DemoTown extends Stage {
  /** Where the console answers. */
  consoleUrl: string
  stop(options?: { keepFiles?: boolean }): Promise<void>
}

/** Its flows wait for an approval; its files come into a folder of their own. */
export const APPROVED_FEED = 'mensa-estiva'

/** Throws what opening the parts throws; what was opened by then is closed. */
export async function openDemoTown(screen: Screen): Promise<DemoTown> {
  let fault: (call: SandboxCall) => SandboxFault | null = () => null
  const sandbox = {
    processingDelayMilliseconds: 400,
    fault: (call: SandboxCall) => fault(call),
  }
  const playground = await openPlayground({ sandbox, office: true })
  let app: App | null = null
  let daemon: Daemon | null = null
  const stop: DemoTown['stop'] = async (options) => {
    await daemon?.stop()
    await app?.close()
    await playground.stop(options)
  }
  try {
    const { configDirectory } = playground
    await addApprovedFeed(configDirectory, playground.directory)
    const consoleUrl = `http://127.0.0.1:${await freePort()}`
    await editYaml(join(configDirectory, 'staffetta.yaml'), {
      console: { listen: new URL(consoleUrl).host, url: consoleUrl },
    })
    const options = { configDirectory, logLevel: 'error' }
    app = await openApp({ ...options, sends: true })
    const mapper = createMapWorker({ ...options, connection: app.connection })
    daemon = await startDaemon(app, mapper, new Set(['collect', 'map', 'send', 'console'] as const))
    return {
      ...{ app, playground, screen, consoleUrl, stop },
      loseAnswers: (count) => {
        let left = count
        fault = ({ method, path }) => {
          if (method !== 'POST' || !path.startsWith('/messages') || left === 0) return null
          left -= 1
          return { connection: 'reset-after' }
        }
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** All chapters, whatever one of them says; true when each was right. */
export async function playAll(stage: Stage): Promise<boolean> {
  const { screen } = stage
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
  verdicts.push(await playWaiting(stage))
  return verdicts.every((isRight) => isRight)
}

/** The canteen of the summer: as that of the school year, but that a person approves. */
async function addApprovedFeed(configDirectory: string, directory: string): Promise<void> {
  const feeds = join(configDirectory, 'comune-di-esempio/feeds')
  const folder = join(directory, 'mensa-estiva')
  await mkdir(folder)
  const path = join(feeds, `${APPROVED_FEED}.yaml`)
  await writeFile(path, await readFile(join(feeds, 'mensa.yaml')))
  await editYaml(path, { 'settings.directory': folder, release: { approval: 'one' } })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
