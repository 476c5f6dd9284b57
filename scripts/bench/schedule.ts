// What a year of reminders costs: to plan them, to have them pending, and to send many at once.
// Each figure stands beside what the same machine does without it, in the same run.
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { editYaml, openPlayground } from '../playground.ts'
import { type BenchFiles, writeBenchFiles } from './drops.ts'
import type { MapResult, MapTask } from './map-run.ts'
import { measure } from './measure.ts'
import { FIRST_EMISSION, reminderRules, writeReminderFiles } from './reminder-files.ts'
import type { ScheduleResult, ScheduleTask } from './schedule-run.ts'

export interface PlanReport {
  rows: number
  reminders: number
  /** Of two runs each, the quicker: others may be at work on the machine. */
  bareSeconds: number
  planSeconds: number
}

export interface ScheduleReport extends ScheduleResult {
  idleSeconds: number
  plan: PlanReport
}

interface Ground {
  directory: string
  databaseUrl: string
  signal: AbortSignal
  connections: number
  freshDatabase(): Promise<string>
}

const IDLE_SECONDS = 60
/** As the example's feeds say. */
const SCHEDULE = '*/5 * * * *'
/** Early enough that a plan of bills due in 30 days has them all. */
const PLANNED_RULES = ['-20d 09:30', '-7d 09:30', '-1d 09:30']

/** Measures with about so many reminders. */
export async function benchSchedule(ground: Ground, reminders: number): Promise<ScheduleReport> {
  const playground = await openPlayground({
    databaseUrl: ground.databaseUrl,
    schedule: SCHEDULE,
    sandbox: { callsPerWindow: 0, population: { notOnIo: 0, serviceOff: 0 } },
    account: {
      callsPerWindow: 0,
      connections: ground.connections,
      // Status questions stay out of the measurement: they come an hour later.
      firstStatusCheckSeconds: 3600,
    },
  })
  try {
    const variant = async (name: string, rules: readonly string[], firstWhen?: string) => {
      const directory = join(playground.directory, `config-${name}`)
      await cp(playground.configDirectory, directory, { recursive: true })
      const institution = join(directory, 'comune-di-esempio')
      // What is saved by hand has no file at the source, beside which a result could be written.
      await editYaml(join(institution, 'feeds/bollette.yaml'), { writeBack: null })
      await editYaml(join(institution, 'mappings/bollette.yaml'), {
        reminders: rules.map(reminder),
        ...(firstWhen && { firstWhen }),
      })
      return directory
    }
    const bare = await variant('bare', [])
    const planned = await variant('planned', PLANNED_RULES)
    const year = await variant('year', reminderRules, `emissione == "${FIRST_EMISSION}"`)
    // First, while the server has no other large tables to keep tidy: that would pass for idleness.
    const task = {
      configDirectory: year,
      databaseUrl: await ground.freshDatabase(),
      files: await writeReminderFiles(ground.directory, reminders),
      idleSeconds: IDLE_SECONDS,
    }
    const result = await measure<ScheduleTask, ScheduleResult>('schedule-run', task, ground.signal)
    const rows = Math.ceil(reminders / PLANNED_RULES.length)
    const files = await writeBenchFiles(ground.directory, rows)
    const seconds = { bare: Infinity, planned: Infinity }
    for (const [name, directory] of [
      ['bare', bare],
      ['planned', planned],
      ['planned', planned],
      ['bare', bare],
    ] as const) {
      seconds[name] = Math.min(seconds[name], await mapSeconds(ground, directory, files))
    }
    const plan = { rows, reminders, bareSeconds: seconds.bare, planSeconds: seconds.planned }
    return { ...result, idleSeconds: IDLE_SECONDS, plan }
  } finally {
    await playground.stop()
  }
}

function reminder(at: string) {
  return {
    at,
    subject: { it: 'Acqua: la bolletta {{ emissione }} è in scadenza' },
    markdown: {
      it:
        'Ti ricordiamo che la bolletta **{{ numero_bolletta }}** di **{{ importo | euro }}** ' +
        'scade il **{{ scadenza | date_it }}**. Se è già pagata, non tenere conto del messaggio.',
    },
  }
}

async function mapSeconds(
  { freshDatabase, signal }: Ground,
  configDirectory: string,
  files: BenchFiles,
): Promise<number> {
  const task = { configDirectory, databaseUrl: await freshDatabase(), files }
  return (await measure<MapTask, MapResult>('map-run', task, signal)).mapSeconds
}
