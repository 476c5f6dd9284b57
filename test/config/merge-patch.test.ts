// A file over another, by RFC 7396: what each of the two keeps of what the other says.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { mergePatch } from '../../src/config/merge-patch.ts'

const plain = (value: unknown) => JSON.parse(JSON.stringify(value))

it('merges maps by key, takes away what is null, and replaces all else', () => {
  const below = { notice: { subject: { it: 'a', en: 'b' }, premium: true }, reminders: [1, 2] }
  const patch = { notice: { subject: { it: 'c' }, premium: null }, reminders: [3] }
  expect(plain(mergePatch(below, patch))).toEqual({
    notice: { subject: { it: 'c', en: 'b' } },
    reminders: [3],
  })
  expect(below.notice.subject.it).toBe('a')
})

it('keeps a null inside a list, and makes a map of what was none', () => {
  expect(plain(mergePatch({ a: [1] }, { a: [null] }))).toEqual({ a: [null] })
  expect(plain(mergePatch({ a: 'text' }, { a: { b: null, c: 1 } }))).toEqual({ a: { c: 1 } })
})

const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null))
const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor')
const tree = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(key, tie('node'), { maxKeys: 4, noNullPrototype: false }),
  ),
})).node

it('says the same when it is put over its own result, and says all that it says', () => {
  fc.assert(
    fc.property(tree, tree, (below, patch) => {
      const once = mergePatch(below, patch)
      expect(plain(mergePatch(once, patch))).toEqual(plain(once))
    }),
  )
})

it('changes nothing but what it is given, and reaches no prototype', () => {
  fc.assert(
    fc.property(tree, tree, (below, patch) => {
      const before = JSON.stringify([below, patch])
      mergePatch(below, patch)
      expect(JSON.stringify([below, patch])).toBe(before)
      expect(Object.keys(Object.prototype)).toEqual([])
    }),
  )
})
