// The simulated year, drawn by a seed: who owes what, and all that happens to it, each at its
// instant. What happens is told twice: as files and acts for Staffetta, and as histories of
// positions for the judge. Invariant: the same seed gives the same year.
import { createRandom } from '../simulate/random.ts'
import { drawPositions, readEmissions, repeatSome } from './debts.ts'
import {
  breakService,
  cancelSome,
  correctSome,
  drawDeaths,
  pay,
  peopleOf,
  postponeSome,
  reportDeaths,
  silenceSome,
} from './fortunes.ts'
import type { World } from './position.ts'
import { outages } from './timeline.ts'

/** `size`: how many positions, about. */
export function drawWorld(size: number, seed: number): World {
  const random = createRandom(seed)
  const positions = drawPositions(size, random.fork('positions'))
  const people = Math.max(...positions.map(({ person }) => person)) + 1
  const world: World = {
    positions,
    happenings: outages.map(({ from, until }) => ({ at: from, kind: 'outage', until })),
    outages,
    news: { 'comune-di-prova': [], 'ente-di-prova': [] },
    polls: { 'comune-di-prova': [], 'ente-di-prova': [] },
    absent: new Set(peopleOf(people, random.fork('absent'), 0.03)),
    silent: new Map(),
  }
  const deaths = drawDeaths(people, random.fork('deaths'))
  readEmissions(world, deaths)
  reportDeaths(world, deaths)
  cancelSome(world, random.fork('cancelled'))
  pay(world, random.fork('payments'))
  correctSome(world, random.fork('corrections'))
  postponeSome(world)
  breakService(world)
  silenceSome(world, people, random.fork('silence'))
  repeatSome(world, random.fork('repeats'))
  world.happenings.sort((a, b) => a.at - b.at)
  return world
}
