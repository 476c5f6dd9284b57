// What happens to the debts of the simulated year: payments, withdrawals, deaths, corrections, a
// postponement, people who want to hear nothing more. Each is told as a file or an act, and written
// into the histories that the judge reads.
import { contact } from '../samples.ts'
import type { Random } from '../simulate/random.ts'
import { DAY, dateOf, dayOf, HOUR, rome } from './days.ts'
import { HEADER, lineOf } from './debts.ts'
import { yearEnds } from './openings.ts'
import {
  type EndCause,
  end,
  endOf,
  firstOf,
  institutionOf,
  type Position,
  type World,
} from './position.ts'
import { type FeedName, type InstitutionName, institutions, rulesOf } from './rules.ts'
import { awake, brokenService, isNewsDay, isPollDay, postponements } from './timeline.ts'

/** So many of the people, drawn. */
export function peopleOf(people: number, random: Random, share: number): number[] {
  return Array.from({ length: people }, (_, n) => n).filter(() => random.isBelow(share))
}

/** Person → when the register says so. */
export function drawDeaths(people: number, random: Random): Map<number, number> {
  return new Map(
    peopleOf(people, random, 0.015).map((person) => {
      const day = dayOf('2028-01-20') + random.between(0, 330)
      return [person, awake(rome(day, '05:00'))]
    }),
  )
}

export function reportDeaths(world: World, deaths: Map<number, number>): void {
  for (const [person, at] of deaths) {
    const lines = () => ['CF', contact(person).fiscalCode]
    for (const feed of ['decessi', 'anagrafe']) {
      const institution = 'comune-di-prova' as const
      world.happenings.push({
        at,
        kind: 'file',
        institution,
        feed,
        name: `${feed}-${person}`,
        lines,
      })
    }
    for (const one of world.positions) {
      if (one.person !== person || institutionOf(one) !== 'comune-di-prova') continue
      if (firstOf(one).at <= at) end(one, at, 'dead')
    }
  }
}

/** Some are withdrawn by their office. */
export function cancelSome(world: World, random: Random): void {
  const byFile = new Map<string, { institution: InstitutionName; at: number; keys: string[] }>()
  for (const one of world.positions) {
    if (!random.isBelow(0.02)) continue
    const institution = institutionOf(one)
    const day = Math.floor(firstOf(one).at / DAY) + random.between(2, 40)
    const at = rome(day, '12:00')
    const name = `annullamenti-${institution}-${dateOf(day)}`
    const file = byFile.get(name) ?? { institution, at, keys: [] }
    byFile.set(name, { ...file, keys: [...file.keys, one.key] })
    end(one, awake(at), 'cancelled')
  }
  for (const [name, { institution, at, keys }] of byFile) {
    const lines = () => ['CHIAVE', ...keys]
    world.happenings.push({ at, kind: 'file', institution, feed: 'annullamenti', name, lines })
  }
}

/** Six in ten pay, at some time before or after the due date; news come in the morning. */
export function pay(world: World, random: Random): void {
  const paid = new Map<string, string[]>()
  const payByNotice = (one: Position, at: number, cause: EndCause = 'paid') => {
    const institution = institutionOf(one)
    let day = Math.floor(at / DAY) + 1
    while (!isNewsDay[institution](day)) day += 1
    const name = `${institution}/${day}`
    paid.set(name, [...(paid.get(name) ?? []), one.notice])
    const heardAt = awake(rome(day, '06:30'))
    end(one, heardAt, cause)
    return heardAt
  }
  const debts = Map.groupBy(world.positions, ({ debt }) => debt)
  for (const parts of debts.values()) payDebt(parts, random, payByNotice, world)
  for (const institution of Object.keys(institutions) as InstitutionName[]) {
    for (let day = dayOf('2028-01-01'); rome(day) < yearEnds; day++) {
      const at = rome(day, '06:30')
      const isPolled = isPollDay[institution](day)
      if (isPolled || isNewsDay[institution](day)) world.polls[institution].push(awake(at))
      if (!isNewsDay[institution](day)) {
        if (isPolled) world.happenings.push({ at, kind: 'poll', institution, feed: 'incassi' })
        continue
      }
      const lines = () => [
        'AVVISO',
        ...(paid.get(`${institution}/${day}`) ?? ['309999999999999999']),
      ]
      const name = `incassi-${dateOf(day)}`
      world.happenings.push({ at, kind: 'file', institution, feed: 'incassi', name, lines })
      world.news[institution].push(awake(at))
    }
  }
}

type PayByNotice = (one: Position, at: number, cause?: EndCause) => number

function payDebt(parts: Position[], random: Random, payByNotice: PayByNotice, world: World): void {
  const about = (one: Position) => {
    const { at, due } = firstOf(one)
    const latest = rome(due) + 20 * DAY
    return at + HOUR + Math.floor(random.share() * (latest - at))
  }
  const [first] = parts
  if (first === undefined) return
  if (rulesOf(first.feed).isPremium) {
    if (!random.isBelow(0.5)) return
    first.paidOnIoAt = about(first)
    world.happenings.push({ at: first.paidOnIoAt, kind: 'pay-on-io', notice: first.notice })
    return
  }
  if (parts.length === 1) {
    if (random.isBelow(0.6)) payByNotice(first, about(first))
    return
  }
  const whole = parts.find(({ part }) => part === 'U') as Position
  const instalments = parts.filter(({ part }) => part !== 'U')
  const how = random.share()
  if (how < 0.35) {
    const at = payByNotice(whole, about(whole))
    for (const one of instalments) end(one, at, 'paid-whole')
  } else if (how < 0.75) {
    for (const one of instalments) {
      if (!random.isBelow(0.7)) continue
      end(whole, payByNotice(one, about(one)), 'paid-part')
    }
  }
}

/** A new due date, while it is open: a new first message, and reminders of their own. */
export function correctSome(world: World, random: Random): void {
  const files = new Map<string, { at: number; feed: FeedName; rows: [Position, number][] }>()
  for (const one of world.positions) {
    const isLeftAlone = one.feed === 'tributi' || rulesOf(one.feed).isPremium
    if (isLeftAlone || !random.isBelow(0.05)) continue
    const { at: read, due } = firstOf(one)
    const day = Math.floor(read / DAY) + random.between(2, 8)
    const at = rome(day, '11:00')
    const ended = endOf(one)
    if (ended !== null && ended.at <= awake(at)) continue
    const later = due + random.between(4, 21)
    const name = `correzioni-${one.feed}-${dateOf(day)}`
    const file = files.get(name) ?? { at, feed: one.feed, rows: [] }
    files.set(name, { ...file, rows: [...file.rows, [one, later]] })
    one.readings.push({ at: awake(at), due: later })
  }
  for (const [name, { at, feed, rows }] of files) {
    const lines = () => [HEADER, ...rows.map(([one, due]) => lineOf(one, due))]
    const { institution } = rulesOf(feed)
    world.happenings.push({ at, kind: 'file', institution, feed, name, lines })
  }
}

/** In their order, since each takes the due date from the one before. */
export function postponeSome(world: World): void {
  for (const { emission, at, due } of postponements) {
    for (const one of world.positions.filter((position) => position.emission === emission)) {
      const ended = endOf(one)
      const isOpen = ended === null || ended.at > at
      const isOther = one.readings.at(-1)?.due !== due
      if (isOpen && isOther) one.readings.push({ at, due, isPostponed: true })
    }
    const institution = 'comune-di-prova'
    world.happenings.push({ at, kind: 'postpone', institution, emission, due: dateOf(due) })
  }
}

/** For some hours IO refuses the key of a service. */
export function breakService(world: World): void {
  const { feed, from, until } = brokenService
  const service = `${rulesOf(feed).institution}/${feed}`
  world.happenings.push({ at: from, kind: 'break', service }, { at: until, kind: 'mend', service })
}

/** People whom an institution may not write to any more. */
export function silenceSome(world: World, people: number, random: Random): void {
  for (const person of peopleOf(people, random, 0.01)) {
    const institution = random.pick(Object.keys(institutions) as InstitutionName[])
    const at = rome(dayOf('2028-01-10') + random.between(0, 330), '15:00')
    const { fiscalCode } = contact(person)
    world.silent.set(`${institution}/${fiscalCode}`, awake(at))
    world.happenings.push({ at, kind: 'silence', institution, fiscalCode, person })
  }
}
