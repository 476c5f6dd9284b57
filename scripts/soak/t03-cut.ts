// T3: the connection is cut after the request has left and before its answer is here, in 5 of 100
// submissions; half of these IO has accepted. Where the feed holds, each cut is uncertain and none
// is sent again; where it resends, the doubles are exactly those that IO had accepted.
import { createRandom, openGround } from './ground.ts'
import { judge } from './judge.ts'
import { type SoakOptions, type SoakResult, type SoakRun, sized } from './run.ts'

const CUT_SHARE = 0.05
const PATIENCE_SECONDS = 300

export const run: SoakRun = {
  name: 'T3',
  title: 'connections cut after the request and before the answer, 5 % of 10,000 submissions',
  plantable: true,
  async run(options) {
    const held = await cutSome(options, options.plant ? 'resend' : 'hold', 'hold')
    const resent = await cutSome(options, 'resend', 'resend')
    return {
      ...held,
      lost: held.lost + resent.lost,
      inFlightMax: Math.max(held.inFlightMax, resent.inFlightMax),
      counts: {
        ...held.counts,
        'resend-cuts': resent.counts['cuts'] ?? 0,
        'chosen-duplicates': resent.counts['chosen-duplicates'] ?? 0,
      },
      failures: [...held.failures, ...resent.failures.map((text) => `resending: ${text}`)],
    }
  },
}

async function cutSome(
  options: SoakOptions,
  configured: 'hold' | 'resend',
  judged: 'hold' | 'resend',
): Promise<SoakResult> {
  const { share, seed, note } = options
  const messages = sized(10_000, share, 300)
  await using ground = await openGround(options, { whenUncertain: configured })
  const { truth } = ground.playground.sandbox
  const random = createRandom(seed + 2)
  const cuts = { before: 0, after: 0 }
  ground.submissions.judge = () => {
    note(`feed ${configured}: ${truth.acceptedCount()} accepted`, truth.acceptedCount() / messages)
    // Each message once, so that what is resent comes through and the doubles can be told.
    const drawn = ground.submissions.begun <= messages ? random() : 1
    if (drawn >= CUT_SHARE) return 'pass'
    const isAccepted = drawn < CUT_SHARE / 2
    cuts[isAccepted ? 'after' : 'before'] += 1
    return isAccepted ? 'cut-after' : 'cut-before'
  }
  await ground.leave(messages)
  const node = ground.start()
  await ground.ended(PATIENCE_SECONDS)
  await node.stop()
  const all = cuts.before + cuts.after
  const duplicatesAreChosen = judged === 'resend'
  const result = await judge(ground, { uncertainMost: all, duplicatesAreChosen })
  if (judged === 'hold' && result.uncertain !== all) {
    result.failures.push(`${all} submissions were cut, ${result.uncertain} are uncertain`)
  }
  if (judged === 'resend' && result.counts['chosen-duplicates'] !== cuts.after) {
    const doubled = result.counts['chosen-duplicates']
    result.failures.push(`${cuts.after} accepted submissions were cut, ${doubled} were doubled`)
  }
  if (judged === 'resend') result.failures.push(...(await riskFailures(ground, all)))
  result.counts['cuts'] = all
  return result
}

/** Each cut must stand in the log of attempts as what it was, also where the message went again. */
async function riskFailures(
  { database }: Awaited<ReturnType<typeof openGround>>,
  cuts: number,
): Promise<string[]> {
  const [told] = await database.query<{ uncertain: number }>(
    `select count(*)::int as uncertain from attempt_outcomes
     where code is not null and http_status is null`,
  )
  return told?.uncertain === cuts ? [] : [`${cuts} cuts, ${told?.uncertain} stand in the log`]
}
