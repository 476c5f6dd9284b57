// What happens to a life from outside: processes die, freeze and lose their database, keys are
// refused, services lose a permission, flows are suspended and stopped, notices are paid.
// `mend` puts right whatever a person would, so that a life can come to its end.
import type { SendService } from '../../src/pipeline/send/one.ts'
import { settle } from './delivery-tables.ts'
import { keyOf } from './draw.ts'
import { decideLife } from './flow-tables.ts'
import type { Judge } from './judge.ts'
import { EPOCH, type NodeWorld, type SimulatedNode } from './node.ts'
import type { Random } from './random.ts'
import { forget, resume } from './service-tables.ts'

export interface Stage {
  world: NodeWorld
  judge: Judge
  services: readonly SendService[]
  nodes: readonly SimulatedNode[]
  /** Another process. */
  start(): void
  note(node: string, what: string): void
}

export interface Mishaps {
  count(): number
  mend(): void
}

/** Draws what happens in the first quarter of an hour, and puts it on the clock. */
export function planMishaps(stage: Stage, random: Random, only: 'clocks' | null): Mishaps {
  const { clock } = stage.world
  let count = 0
  let isOver = false
  const planned = random.between(0, 10)
  for (let n = 0; n < planned; n += 1) {
    const happen = only === 'clocks' ? jumpClock : random.pick(kinds)
    // Most of it while there is much to send.
    const at = random.between(0, random.pick([1_500, 1_500, 15_000, 600_000]))
    clock.after(at + random.share(), () => {
      if (isOver) return
      count += 1
      happen(stage, random)
    })
  }
  return {
    count: () => count,
    mend() {
      isOver = true
      mend(stage)
    },
  }
}

type Mishap = (stage: Stage, random: Random) => void

function victimOf({ nodes }: Stage, random: Random): SimulatedNode | null {
  const alive = nodes.filter((node) => node.isAlive())
  return alive.length === 0 ? null : random.pick(alive)
}

const die: Mishap = (stage, random) => {
  const node = victimOf(stage, random)
  if (node === null) return
  stage.note(node.name, 'DIES')
  stage.judge.disturbed(node.name)
  node.kill()
  stage.world.clock.after(random.between(100, 30_000), stage.start)
}

const freeze: Mishap = (stage, random) => {
  const node = victimOf(stage, random)
  if (node === null) return
  const milliseconds = random.between(500, 40_000)
  stage.note(node.name, `FREEZES for ${milliseconds} ms`)
  stage.judge.disturbed(node.name)
  node.freeze(milliseconds)
}

const cutDatabase: Mishap = (stage, random) => {
  const node = victimOf(stage, random)
  if (node === null) return
  const milliseconds = random.between(10, 30_000)
  stage.note(node.name, `LOSES its database for ${milliseconds} ms`)
  stage.judge.disturbed(node.name)
  node.cutDatabase(milliseconds)
}

const refuseKey: Mishap = ({ world, services, note }, random) => {
  const service = random.pick(services)
  note('io', `refuses the key of ${service.service}`)
  world.io.setKey(service.key.reveal(), null)
  world.clock.after(random.between(1_000, 600_000), () => {
    world.io.setKey(service.key.reveal(), keyOf(service.service))
  })
}

const takePermission: Mishap = ({ world, services, note }, random) => {
  const { key, service } = random.pick(services)
  const whole = keyOf(service)
  const lacking = random.pick([
    { ...whole, maxAllowedPaymentAmount: random.between(0, 30_000) },
    { ...whole, groups: (whole.groups ?? []).filter((group) => group !== 'ApiMessageWrite') },
    {
      ...whole,
      groups: (whole.groups ?? []).filter((group) => group !== 'ApiMessageWriteWithPayee'),
    },
    {
      ...whole,
      groups: (whole.groups ?? []).filter((group) => group !== 'ApiMessageWriteAdvanced'),
    },
    { ...whole, groups: ['ApiLimitedMessageWrite' as const, 'ApiLimitedProfileRead' as const] },
    { ...whole, groups: ['ApiAuthenticationClientCertificate' as const] },
  ])
  note('io', `takes a permission from ${service}`)
  world.io.setKey(key.reveal(), lacking)
}

const moveAway: Mishap = ({ world, note }, random) => {
  note('io', 'is found elsewhere')
  world.io.setMoved(true)
  world.clock.after(random.between(1_000, 60_000), () => world.io.setMoved(false))
}

const suspend: Mishap = ({ world, judge, note }, random) => {
  const flow = random.pick([...world.tables.flows.values()])
  note('person', `suspends flow ${flow.id}`)
  if (decideLife(world.tables, flow, 'suspend') !== null) return
  judge.forbid('flow', String(flow.id))
  world.clock.after(random.between(1_000, 120_000), () => {
    decideLife(world.tables, flow, 'resume')
    if (!flow.isStopped && !world.tables.isHalted) judge.allow('flow', String(flow.id))
  })
}

const stopFlow: Mishap = ({ world, judge, note }, random) => {
  const flow = random.pick([...world.tables.flows.values()])
  note('person', `stops flow ${flow.id}`)
  if (decideLife(world.tables, flow, 'stop') !== null) return
  judge.forbid('flow', String(flow.id))
}

const stopAll: Mishap = (stage, random) => {
  const { world, judge, note } = stage
  note('person', 'stops everything')
  world.tables.isHalted = true
  for (const { id } of world.tables.flows.values()) judge.forbid('flow', String(id))
  world.clock.after(random.between(1_000, 120_000), () => goOn(stage))
}

function goOn({ world, judge }: Stage): void {
  world.tables.isHalted = false
  for (const { id, isStopped, isSuspended } of world.tables.flows.values()) {
    if (!isStopped && !isSuspended) judge.allow('flow', String(id))
  }
}

const pay: Mishap = ({ world, judge, note }, random) => {
  const notice = random.pick([...world.tables.notices.values()])
  note('source', `notice ${notice.id} is paid`)
  settle(world.tables, notice.id, 'settled')
  judge.forbid('notice', String(notice.id))
}

const jumpClock: Mishap = (stage, random) => {
  const node = victimOf(stage, random)
  if (node === null) return
  const seconds = random.pick([-3_600, 86_400, 300, 1, -1])
  stage.note(node.name, `has its clock set ${seconds} s ahead`)
  // Its lease may seem to have run out.
  stage.judge.disturbed(node.name)
  node.jump(seconds * 1000)
  if (random.isBelow(0.5)) {
    stage.world.clock.after(random.between(100, 60_000), () => node.setClockRight())
  }
}

const kinds: Mishap[] = [
  jumpClock,
  die,
  die,
  die,
  freeze,
  freeze,
  cutDatabase,
  cutDatabase,
  refuseKey,
  takePermission,
  moveAway,
  suspend,
  stopFlow,
  stopAll,
  pay,
  pay,
]

function mend(stage: Stage): void {
  const { world, services, nodes, start, note } = stage
  note('person', 'mends everything')
  world.io.setMoved(false)
  for (const { key, institution, service } of services) {
    world.io.setKey(key.reveal(), keyOf(service))
    resume(world.tables, { institution, service }, EPOCH + world.clock.now())
    forget(world.tables, { institution, service }, null)
  }
  for (const node of nodes) node.setClockRight()
  for (const flow of world.tables.flows.values()) decideLife(world.tables, flow, 'resume')
  goOn(stage)
  if (!nodes.some((node) => node.isAlive())) start()
}
