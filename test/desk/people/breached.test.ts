import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isBreached } from '../../../src/desk/people/breached.ts'

const hashOf = (password: string) => createHash('sha1').update(password).digest('hex').toUpperCase()

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'staffetta-breached-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('the list of stolen passwords', () => {
  it.each([1, 2, 3, 500])('of %i lines has each of its own, and no other', async (count) => {
    const stolen = Array.from({ length: count }, (_, n) => `rubata numero ${n}`)
    // As public lists have it: a count of any width behind.
    const lines = stolen.map((one, n) => `${hashOf(one)}:${10 ** (n % 7)}`).sort()
    const path = join(folder, `${count}.txt`)
    await writeFile(path, `${lines.join('\r\n')}\r\n`)
    for (const one of stolen) expect(await isBreached(one, path)).toBe(true)
    for (let n = 0; n < 50; n += 1) expect(await isBreached(`mai vista ${n}`, path)).toBe(false)
  })

  it('may have no counts and no end of line', async () => {
    const path = join(folder, 'bare.txt')
    const lines = ['uno', 'due', 'tre'].map(hashOf).sort()
    await writeFile(path, lines.join('\n').toLowerCase())
    expect(
      await Promise.all(['uno', 'due', 'tre', 'sei'].map((one) => isBreached(one, path))),
    ).toEqual([true, true, true, false])
  })

  it('that is empty has none, and what is no list is refused', async () => {
    const empty = join(folder, 'empty.txt')
    await writeFile(empty, '')
    expect(await isBreached('uno', empty)).toBe(false)
    const other = join(folder, 'other.txt')
    await writeFile(other, 'password123\nqwerty\n')
    await expect(isBreached('uno', other)).rejects.toThrow('is none')
  })
})
