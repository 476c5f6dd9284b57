// Who owes what in the simulated year, and the files that say so: the first time, and again under
// other names and in another order.
import { contact } from '../samples.ts'
import type { Random } from '../simulate/random.ts'
import { DAY, dateOf, dayOf, MINUTE, rome } from './days.ts'
import { firstOf, institutionOf, type Position, type World } from './position.ts'
import type { FeedName } from './rules.ts'
import { awake } from './timeline.ts'

interface Emission {
  feed: FeedName
  name: string
  /** When its file comes. */
  at: number
  due: string
}

const canteen = [
  ['2028-01-10', '2028-02-15'],
  ['2028-02-07', '2028-03-10'], // ten days before: the 29th of February
  ['2028-03-06', '2028-04-05'], // the night without half past two
  ['2028-04-10', '2028-05-11'], // the first of May
  ['2028-05-08', '2028-06-12'],
  ['2028-06-05', '2028-07-04'],
  ['2028-07-10', '2028-08-16'],
  ['2028-09-04', '2028-10-02'],
  ['2028-10-02', '2028-11-08'], // the night with half past two twice
  ['2028-11-06', '2028-12-15'],
] as const

const emissions: Emission[] = [
  ...canteen.map(([day, due], n) => emission('mensa', n, rome(day), due)),
  ...(['01', '04', '07', '10'] as const).map((month, n) => {
    const day = `2028-${month}-20`
    return emission('acqua', n, rome(day, '07:30'), dateOf(dayOf(day) + 42))
  }),
  ...['2028-02-01', '2028-06-22', '2028-10-11'].map((day, n) =>
    emission('bollo', n, rome(day, '23:30'), dateOf(dayOf(day) + 31)),
  ),
  // Both of its reminders are due in the nine days.
  emission('acqua', 4, rome('2028-05-19', '07:30'), '2028-06-30'),
  emission('sanzioni', 0, rome('2028-03-14', '13:00'), '2028-05-05'),
]

function emission(feed: FeedName, n: number, at: number, due: string): Emission {
  return { feed, name: `${feed}-${n + 1}`, at, due }
}

/** A debt: the whole at the date of its first instalment, and four of these. */
const taxes = [
  {
    name: 'tributi-1',
    at: rome('2028-01-16', '09:00'),
    dues: ['2028-03-20', '2028-05-31', '2028-07-31', '2028-10-02'],
  },
  {
    name: 'tributi-2',
    at: rome('2028-04-13', '18:30'),
    dues: ['2028-06-16', '2028-08-31', '2028-11-16', '2028-12-27'],
  },
]

const emissionTimes = new Map([...emissions, ...taxes].map(({ name, at }) => [name, at]))

/** About so many positions of the recipients, who are a fifth as many. */
export function drawPositions(size: number, random: Random): Position[] {
  const people = Math.max(10, Math.floor(size / 5))
  const positions: Position[] = []
  const add = (
    feed: FeedName,
    emission: string,
    due: number,
    debt: string,
    part: string,
    person: number,
  ) => {
    const n = positions.length
    positions.push({
      ...{ key: `${emission}-${n}`, feed, person, fiscalCode: contact(person).fiscalCode },
      ...{ notice: `3${String(n).padStart(17, '0')}`, cents: 1000 + random.between(0, 90_000) },
      ...{ debt, part, emission, readings: [{ at: Number.NaN, due }], ends: [], paidOnIoAt: null },
    })
  }
  const debts = Math.max(1, Math.floor((size * 0.4) / 5))
  for (let n = 0; n < debts; n++) {
    const { name, dues } = taxes[n % taxes.length] as (typeof taxes)[number]
    const person = random.between(0, people - 1)
    add('tributi', name, dayOf(dues[0] as string), `${name}-${n}`, 'U', person)
    for (const [index, due] of dues.entries()) {
      add('tributi', name, dayOf(due), `${name}-${n}`, String(index + 1), person)
    }
  }
  const shares: Partial<Record<FeedName, number>> = {
    ...{ mensa: 0.35, acqua: 0.13, sanzioni: 0.02, bollo: 0.1 },
  }
  for (const [feed, share] of Object.entries(shares)) {
    const own = emissions.filter((one) => one.feed === feed)
    for (let n = 0; n < size * share; n++) {
      const { name, due } = own[n % own.length] as Emission
      add(feed as FeedName, name, dayOf(due), `${name}-${n}`, '0', random.between(0, people - 1))
    }
  }
  return positions
}

export const HEADER = 'CHIAVE,CF,DEBITO,RATA,EMISSIONE,CENTESIMI,SCADENZA,AVVISO'

export function lineOf(one: Position, due: number): string {
  const { key, fiscalCode, debt, part, emission, cents, notice } = one
  return [key, fiscalCode, debt, part, emission, cents, dateOf(due), notice].join(',')
}

/** Those who have died by then are skipped, and make no notice. */
export function readEmissions(world: World, deaths: Map<number, number>): void {
  for (const [name, at] of emissionTimes) {
    const own = world.positions.filter(({ emission }) => emission === name)
    const [first] = own
    if (first === undefined) continue
    const lines = own.map((one) => lineOf(one, firstOf(one).due))
    for (const one of own) {
      const died = deaths.get(one.person) ?? Infinity
      const isKnown = institutionOf(one) === 'comune-di-prova' && died <= awake(at)
      one.readings = isKnown ? [] : [{ ...firstOf(one), at: awake(at) }]
    }
    const place = { institution: institutionOf(first), feed: first.feed }
    world.happenings.push({ at, kind: 'file', ...place, name, lines: () => [HEADER, ...lines] })
  }
  world.positions = world.positions.filter(({ readings }) => readings.length > 0)
}

/** The same records again, under other names and in another order: nothing comes of them. */
export function repeatSome(world: World, random: Random): void {
  for (const [name, first] of emissionTimes) {
    const own = world.positions.filter(({ emission }) => emission === name)
    const [one] = own
    if (one === undefined) continue
    const at = first + random.between(9, 30) * DAY + random.between(0, 600) * MINUTE
    const lines = () => {
      const known = own.map((position) => lineOf(position, saidDue(position, awake(at))))
      return [HEADER, ...known.toSorted((a, b) => (a.slice(-9) < b.slice(-9) ? 1 : -1))]
    }
    const place = { institution: institutionOf(one), feed: one.feed }
    world.happenings.push({ at, kind: 'file', ...place, name: `ancora-${name}`, lines })
  }
}

/** The due date that the source says by then: it knows of no postponement. */
function saidDue(one: Position, at: number): number {
  const said = one.readings.filter((reading) => reading.at <= at && !reading.isPostponed)
  return (said.at(-1) ?? firstOf(one)).due
}
