// `send` as the daemon runs it, without a rate limit, beside a bare loop over undici that makes the
// same two calls with the same payloads to the same sandbox, which is another process.
import { Pool } from 'undici'
import { getFeed } from '../../src/config/config.ts'
import { previewFile } from '../../src/workbench/previewing.ts'
import type { BenchFiles } from './drops.ts'
import {
  INSTITUTION,
  type Installation,
  mapFiles,
  openInstallation,
  seconds,
} from './installation.ts'
import { answerMeasure } from './measure.ts'

export interface SendTask {
  configDirectory: string
  databaseUrl: string
  sandboxUrl: string
  files: BenchFiles
  account: string
  connections: number
}

export interface SendResult {
  bareSeconds: number
  sendSeconds: number
}

/** Different payloads of the bare loop, taken in turn. */
const PAYLOADS = 1000

await answerMeasure(async (task: SendTask): Promise<SendResult> => {
  const installation = await openInstallation(task.configDirectory, task.databaseUrl)
  await mapFiles(installation, task.files)
  const payloads = await payloadsOf(installation, task.files)
  const bareSeconds = await seconds(() => sendBare(task, payloads))
  const sendSeconds = await sendReal(installation, task)
  await installation.close()
  return { bareSeconds, sendSeconds }
})

/** Releases the flow and sends its first messages. Throws unless all of them were accepted. */
async function sendReal({ app }: Installation, task: SendTask): Promise<number> {
  const { store } = app
  const [flowId = 0] = await store.flows.awaitingRelease(1)
  await app.release(flowId)
  const took = await seconds(() => app.send(task.account, new AbortController().signal))
  const { sent } = await store.flows.account(flowId)
  if (sent !== task.files.rows) throw new Error(`${sent} sent instead of ${task.files.rows}`)
  return took
}

interface Calls {
  profile: string
  submit: string
}

async function payloadsOf({ app }: Installation, files: BenchFiles): Promise<Calls[]> {
  const feed = getFeed(app.config, INSTITUTION, 'bollette')
  const references = new Map([['contatti', files.contacts]])
  const now = Temporal.Now.instant()
  const target = { institution: INSTITUTION, mapping: feed.mapping, feed }
  const preview = { target, files: [files.bills], references, now, language: 'it' } as const
  const payloads: Calls[] = []
  for await (const record of previewFile(app.config, preview)) {
    if (!('messages' in record)) throw new Error('a record gave no message')
    const payload = record.messages[0]?.payload
    const profile = JSON.stringify({ fiscal_code: payload?.fiscal_code })
    payloads.push({ profile, submit: JSON.stringify(payload) })
    if (payloads.length === PAYLOADS) break
  }
  return payloads
}

async function sendBare(task: SendTask, payloads: Calls[]): Promise<void> {
  const { origin, pathname } = new URL(task.sandboxUrl)
  const pool = new Pool(origin, { connections: task.connections, pipelining: 1 })
  const headers = {
    'ocp-apim-subscription-key': 'key-of-the-water-service',
    'content-type': 'application/json',
  }
  const call = async (path: string, body: string, expected: number) => {
    const answer = await pool.request({ path: pathname + path, method: 'POST', headers, body })
    await answer.body.json()
    if (answer.statusCode !== expected) throw new Error(`${path} answered ${answer.statusCode}`)
  }
  let next = 0
  const work = async () => {
    while (next < task.files.rows) {
      const { profile, submit } = payloads[next++ % payloads.length] as Calls
      await call('/profiles', profile, 200)
      await call('/messages', submit, 201)
    }
  }
  await Promise.all(Array.from({ length: task.connections }, work))
  await pool.close()
}
