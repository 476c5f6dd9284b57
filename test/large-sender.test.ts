// The guide for large senders, compared with its own formula: calls for each record over the rate.
// What an operator plans an emission by must not be a figure that somebody once typed.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const guide = readFileSync(join(import.meta.dirname, '../docs/guides/large-sender.md'), 'utf8')
const REACHED = 0.6

/** `18 min` below an hour and a bit, `1.5 h` above: as the guide writes them. */
function written(seconds: number): string {
  const minutes = seconds / 60
  return minutes < 60 ? `${Math.round(minutes)} min` : `${(minutes / 60).toFixed(1)} h`
}

it('has a table of how long an emission takes that is its formula, worked out', () => {
  const rows = [...guide.matchAll(/^\| ([\d,]+) \| (\d+) a second \| (.+) \|$/gm)]
  expect(rows.length).toBeGreaterThan(0)
  for (const [, count = '', rate, cells = ''] of rows) {
    const records = Number(count.replaceAll(',', ''))
    const lasting = (callsPerRecord: number) => written((records * callsPerRecord) / Number(rate))
    const expected = [lasting(1 + REACHED), lasting(1 + 2 * REACHED), lasting(REACHED)]
    expect(cells.split(' | '), `${count} at ${rate}`).toEqual(expected)
  }
})
