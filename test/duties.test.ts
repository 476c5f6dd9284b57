import { expect, it } from 'vitest'
import { createDuties } from '../src/duties.ts'
import type { Log } from '../src/log.ts'

/** A log that keeps what went wrong. */
function keptLog() {
  const failed: object[] = []
  const log: Log = {
    debug() {},
    info() {},
    warn() {},
    error: (fields, message) => void failed.push({ message, ...fields }),
  }
  return { failed, log }
}

const full = new Error('the disk is full')

it('a fault of work that somebody waits for is logged, and is theirs', async () => {
  const { failed, log } = keptLog()
  const duties = createDuties(log)
  expect(await duties.run('map', async () => 7)).toBe(7)
  await expect(duties.run('map', async () => Promise.reject(full))).rejects.toBe(full)
  expect(failed).toMatchObject([{ message: 'work failed', what: 'map', error: 'the disk is full' }])
})

it('a fault of work that nobody waits for is logged once, and harms no other', async () => {
  const { failed, log } = keptLog()
  const duties = createDuties(log)
  let done = 0
  duties.start('map', () => Promise.reject(full))
  duties.start('send', async () => {
    done += 1
  })
  await duties.stop(5)
  expect(done).toBe(1)
  expect(failed).toMatchObject([{ message: 'work failed', what: 'map' }])
})
