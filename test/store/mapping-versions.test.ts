import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comune, type GivenStore, givenStore, now } from './given.ts'

describe('a version of a mapping', () => {
  let given: GivenStore
  beforeAll(async () => {
    given = await givenStore()
  })
  afterAll(() => given.close())

  const later = now.add({ hours: 24 })
  const version = (name: string, byte: string, spec: object = { key: ['a'] }) => ({
    name,
    sha256: byte.repeat(64),
    spec,
  })

  test('has one id, whoever uses it and however often', async () => {
    const { versions } = given.store
    const other = given.another().store.versions
    const mapping = version('tari', 'a')
    const ids = await Promise.all(
      Array.from({ length: 10 }, (_, n) => (n % 2 ? versions : other).idOf(comune, mapping, now)),
    )
    expect(new Set(ids).size).toBe(1)
    expect(await versions.idOf(comune, mapping, later)).toBe(ids[0])
  })

  test('is another for other content, another name or another institution', async () => {
    const { versions } = given.store
    const ids = [
      await versions.idOf(comune, version('imu', 'a'), now),
      await versions.idOf(comune, version('imu', 'b'), now),
      await versions.idOf(comune, version('imu-2', 'a'), now),
      await versions.idOf('altro-comune', version('imu', 'a'), now),
    ]
    expect(new Set(ids).size).toBe(4)
  })

  test('is kept as it was when it was first used', async () => {
    const { versions } = given.store
    const spec = { notice: { subject: { it: '«Città» {{ a }}\n' } }, list: [1, null, true] }
    const id = await versions.idOf(comune, version('kept', 'c', spec), now)
    await versions.idOf(comune, version('kept', 'c', { other: true }), later)
    expect(await versions.get(id)).toEqual({ name: 'kept', spec })
    const first = 'select extract(epoch from first_used_at) from mapping_versions where id = $1'
    expect(await given.count(first, id)).toBe(now.epochMilliseconds / 1000)
  })

  test('is named when it is not there', async () => {
    await expect(given.store.versions.get(4711)).rejects.toThrow('there is no mapping version 4711')
  })
})
