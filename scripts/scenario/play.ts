// The simulated year, played: what the world says happens at its instant, and between two instants
// the time lapse does whatever is due.
import type { SourceDrop } from '../../src/connector.ts'
import type { TimeLapse } from '../../src/time-lapse.ts'
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
  lapse: TimeLapse,
  broken: Set<string>,
  before: (happening: Happening) => Promise<'as usual' | 'not at all'>,
): Promise<void> {
  for (const happening of world.happenings) {
    const at = awake(happening.at)
    if (happening.kind === 'outage') {
      await reach(happening.at, lapse)
      lapse.skipTo(instant(happening.until))
      continue
    }
    await reach(at, lapse)
    if ((await before(happening)) === 'as usual') await happen(happening, lapse, broken)
  }
  await lapse.advanceTo(instant(yearEnds))
}

/** Up to the instant, without what is due at it: that comes after what happens then. */
async function reach(at: number, lapse: TimeLapse): Promise<void> {
  if (at <= lapse.now().epochMilliseconds) return
  await lapse.advanceTo(instant(at - 1))
  lapse.skipTo(instant(at))
}

async function happen(happening: Happening, lapse: TimeLapse, broken: Set<string>): Promise<void> {
  const { app, sandbox } = lapse
  switch (happening.kind) {
    case 'file': {
      const { institution, feed, name, lines } = happening
      const drop = await lapse.receive(institution, feed, dropOf(name, lines()))
      if (drop === null) throw new Error(`the file ${name} of ${feed} was known`)
      return
    }
    case 'poll':
      await lapse.receive(happening.institution, happening.feed, null)
      return
    case 'break':
      return void broken.add(happening.service)
    case 'mend':
      return void broken.delete(happening.service)
    case 'pay-on-io':
      return sandbox.pay(happening.notice)
    case 'silence': {
      const { institution, fiscalCode } = happening
      await app.store.doNotContact.block(institution, [fiscalCode], act, lapse.now())
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
