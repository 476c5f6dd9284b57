// `map` and `plan` as the daemon runs them: contacts loaded, the drop saved in chunks, mapped by
// the thread into PostgreSQL; the memory of the whole process watched meanwhile.
import type { BenchFiles } from './drops.ts'
import { type MapTimes, mapFiles, openInstallation } from './installation.ts'
import { answerMeasure } from './measure.ts'
import { watchMemory } from './memory.ts'

export interface MapTask {
  configDirectory: string
  databaseUrl: string
  files: BenchFiles
}

export interface MapResult extends MapTimes {
  peakBytes: number
}

await answerMeasure(async (task: MapTask): Promise<MapResult> => {
  const memory = watchMemory()
  const installation = await openInstallation(task.configDirectory, task.databaseUrl)
  const times = await mapFiles(installation, task.files)
  const peakBytes = memory.peak()
  memory.stop()
  await installation.close()
  return { ...times, peakBytes }
})
