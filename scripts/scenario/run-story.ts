// One story of the town, from its opening to the verdict. What breaks a promise on purpose stands
// here too: a story that does not notice it proves nothing.
import { Broken, createStory, type Story } from './story.ts'
import { openTown, type Town } from './town.ts'
import type { Places } from './town-configuration.ts'

export const stories = ['crispiano', 'cesano', 'approval'] as const
export type StoryName = (typeof stories)[number]

export const storyPlants = {
  'checks-off': 'what a check has kept back leaves all the same',
  'sent-twice': 'one message of each flow leaves a second time',
  'approval-off': 'what waits for its approval leaves',
  'suspension-off': 'a suspended flow goes on',
} as const
export type StoryPlant = keyof typeof storyPlants

export interface StoryRun {
  town: Town
  story: Story
  /** Citizens with a bill. */
  records: number
  plant: Planter
}

export interface Planter {
  /** To be called where the promise of its name is on trial; does nothing for other plants. */
  checksOff(flow: number): Promise<void>
  approvalOff(flow: number): Promise<void>
  suspensionOff(flow: number): Promise<void>
  sentTwice(flow: number): Promise<void>
}

export interface StoryOptions {
  databaseUrl: string
  seed: number
  records: number
  plant: StoryPlant | null
  write(line: string): void
  signal?: AbortSignal
}

export interface Told {
  counts: Readonly<Record<string, number>>
  /** Rules that held. */
  kept: number
  /** Null: every promise was kept. */
  broken: string | null
}

/** Plays it to its end, or to the first promise that is not kept. */
export async function runStory(name: StoryName, options: StoryOptions): Promise<Told> {
  const { databaseUrl, seed, records, write, signal = new AbortController().signal } = options
  const story = createStory(write)
  const { title, release, play } = await modules[name]()
  write(title)
  const told = (broken: string | null) => ({ counts: story.counts, kept: story.kept, broken })
  await using town = await openTown({ databaseUrl, seed, release, story, signal })
  try {
    await play({ town, story, records, plant: planter(options.plant, town) })
    story.must('the log names nobody', town.leaks().length === 0, town.leaks().slice(0, 2))
    return told(null)
  } catch (error) {
    if (error instanceof Broken) return told(error.message)
    return told(`${(error as Error).stack}\n  ${town.complaints()}`)
  }
}

interface StoryModule {
  title: string
  release: Places['release']
  play(run: StoryRun): Promise<void>
}

const modules: Record<StoryName, () => Promise<StoryModule>> = {
  crispiano: () => import('./crispiano.ts'),
  cesano: () => import('./cesano.ts'),
  approval: () => import('./approval.ts'),
}

/** Each waits for the whole of what it sets going, however long that takes. */
function planter(plant: StoryPlant | null, town: Town): Planter {
  const when = (name: StoryPlant, sql: string) => async (flow: number) => {
    if (plant !== name) return
    const before = town.citizensTold()
    await town.query(sql, [flow])
    await town.until('the plant has sent something', () => town.citizensTold() > before)
    await town.ended(flow)
  }
  return {
    checksOff: when('checks-off', LET_GO),
    approvalOff: when('approval-off', LET_GO),
    suspensionOff: when('suspension-off', GO_ON),
    sentTwice: when('sent-twice', SEND_AGAIN),
  }
}

const LET_GO = `
  with gone as (
    update flows set reason = 'approved', released_at = now()
    where id = $1 and released_at is null returning id, account)
  insert into flow_wakes (flow_id, account, at) select id, account, now() from gone`

const GO_ON = `
  with gone as (
    update flows set suspended_at = null, suspended_because = null where id = $1
    returning id, account)
  insert into flow_wakes (flow_id, account, at) select id, account, now() from gone`

const SEND_AGAIN = `
  with again as (
    update messages set state = 'waiting', closed_at = null, sent_at = null, send_at = now()
    where id = (select min(id) from messages where flow_id = $1 and state = 'sent')
    returning flow_id),
  gone as (
    update flows set state = 'sending', reason = null from again where flows.id = again.flow_id
    returning id, account)
  insert into flow_wakes (flow_id, account, at) select id, account, now() from gone`
