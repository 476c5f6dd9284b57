// The simulated year, played: what the world says happens at its instant, and between two instants
// the replay does whatever is due.
import type { SourceDrop } from '../../src/connector.ts'
import type { Replay } from '../../src/replaying.ts'
import { yearEnds } from './openings.ts'
import type { Happening, World } from './position.ts'
import { awake } from './timeline.ts'

const instant = (at: number) => Temporal.Instant.fromEpochMilliseconds(at)
const act = { actor: 'anna', origin: 'cli', note: 'prova dell’anno' }

/**
 * Lets the year go by; `broken` are the services that IO refuses. `before` may change it before
 * each happening: plants do.
 */
export async function play(
  world: World,
  replay: Replay,
  broken: Set<string>,
  before: (happening: Happening) => Promise<'as usual' | 'not at all'>,
): Promise<void> {
  for (const happening of world.happenings) {
    const at = awake(happening.at)
    if (happening.kind === 'outage') {
      await reach(happening.at, replay)
      replay.skipTo(instant(happening.until))
      continue
    }
    await reach(at, replay)
    if ((await before(happening)) === 'as usual') await happen(happening, replay, broken)
  }
  await replay.advanceTo(instant(yearEnds))
}

/** Up to the instant, without what is due at it: that comes after what happens then. */
async function reach(at: number, replay: Replay): Promise<void> {
  if (at <= replay.now().epochMilliseconds) return
  await replay.advanceTo(instant(at - 1))
  replay.skipTo(instant(at))
}

async function happen(happening: Happening, replay: Replay, broken: Set<string>): Promise<void> {
  const { app, sandbox } = replay
  switch (happening.kind) {
    case 'file': {
      const { institution, feed, name, lines } = happening
      const drop = await replay.receive(institution, feed, dropOf(name, lines()))
      if (drop === null) throw new Error(`the file ${name} of ${feed} was known`)
      return
    }
    case 'poll':
      await replay.receive(happening.institution, happening.feed, null)
      return
    case 'break':
      return void broken.add(happening.service)
    case 'mend':
      return void broken.delete(happening.service)
    case 'pay-on-io':
      return sandbox.pay(happening.notice)
    case 'silence': {
      const { institution, fiscalCode } = happening
      await app.store.doNotContact.block(institution, [fiscalCode], act, replay.now())
      return
    }
    case 'postpone': {
      const { institution, emission, due } = happening
      const name = { by: 'emission' as const, emission }
      const wanted = { on: Temporal.PlainDate.from(due) }
      const filter = { name, institution, series: null }
      await app.postpone({ filter, wanted, mayPass: false, act })
      return
    }
    default:
      throw new Error(`nobody plays ${happening.kind}`)
  }
}

function dropOf(name: string, lines: string[]): SourceDrop {
  async function* bytes() {
    yield Buffer.from(`${lines.join('\n')}\n`)
  }
  return { key: name, parts: [{ name: `${name}.csv`, mediaType: 'text/csv', bytes: bytes() }] }
}
