// `send` as the daemon runs it, under IO's rate limit and with deliveries to follow beside it, for
// so many seconds. What IO saw of it is counted by the sandbox, which is another process.
import type { BenchFiles } from './drops.ts'
import { mapFiles, openInstallation } from './installation.ts'
import { answerMeasure } from './measure.ts'

export interface RateTask {
  configDirectory: string
  databaseUrl: string
  files: BenchFiles
  account: string
  seconds: number
}

export interface RateResult {
  messages: number
  tracked: number
}

await answerMeasure(async (task: RateTask): Promise<RateResult> => {
  const installation = await openInstallation(task.configDirectory, task.databaseUrl)
  const { app } = installation
  await mapFiles(installation, task.files)
  const [flowId = 0] = await app.store.flows.awaitingRelease(1)
  await app.release(flowId)
  const summary = await app.send(task.account, AbortSignal.timeout(task.seconds * 1000))
  await installation.close()
  if (summary === null) throw new Error('another process holds the account')
  return summary
})
