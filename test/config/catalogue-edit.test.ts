// A service switched in `institution.yaml`: one place changes, whatever the layout of the file.
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { withSwitch } from '../../src/config/catalogue-edit.ts'

const head = '# ours\nname: Comune # as people say\n\nfiscalCode: "00000000000"\n'

it('adds the key below a file that has none, and leaves the rest as it is', () => {
  const written = withSwitch(head, 'tari', true)
  expect(written.startsWith(head)).toBe(true)
  expect(parse(written).catalogue).toEqual({ tari: true })
})

it.each([
  [
    'catalogue:\n  tari: true # since 2027\n',
    'catalogue:\n  tari: true # since 2027\n  mensa: true\n',
  ],
  ['catalogue:\n    tari: true\n# end\n', 'catalogue:\n    tari: true\n    mensa: true\n# end\n'],
  ['catalogue: { tari: true } # ours\n', 'catalogue: { tari: true, mensa: true } # ours\n'],
  ['catalogue: {}\n', 'catalogue: { mensa: true }\n'],
  ['catalogue:\n', 'catalogue: { mensa: true }\n'],
  ['catalogue: # none yet\n', 'catalogue: { mensa: true } # none yet\n'],
  ['catalogue:\n  mensa: # later\n', 'catalogue:\n  mensa: true # later\n'],
  ['catalogue:\n  mensa:\n    - mensa-saldo\n', 'catalogue:\n  mensa: true\n'],
  ['catalogue:\n  mensa: false # not yet\n', 'catalogue:\n  mensa: true # not yet\n'],
  ['catalogue:\n  mensa: [mensa-saldo]\nstaff: {}\n', 'catalogue:\n  mensa: true\nstaff: {}\n'],
  [
    'catalogue:\n  tari:\n    - tari-avviso\n',
    'catalogue:\n  tari:\n    - tari-avviso\n  mensa: true\n',
  ],
])('changes %j by one place', (before, after) => {
  expect(withSwitch(head + before, 'mensa', true)).toBe(head + after)
})

it('lists some mappings, or none', () => {
  const some = withSwitch(head, 'mensa', ['mensa-conto', 'mensa-saldo'])
  expect(parse(some).catalogue).toEqual({ mensa: ['mensa-conto', 'mensa-saldo'] })
  expect(parse(withSwitch(some, 'mensa', false)).catalogue).toEqual({ mensa: false })
})

it('keeps the line ends of a file from Windows', () => {
  const there = withSwitch('name: x\r\ncatalogue:\r\n  tari: true\r\n', 'mensa', true)
  expect(there).toBe('name: x\r\ncatalogue:\r\n  tari: true\r\n  mensa: true\r\n')
  expect(withSwitch('name: x\r\n', 'mensa', true)).not.toMatch(/(?<!\r)\n/)
})

it('writes a file anew whose layout has no place for a line, with its comments', () => {
  expect(withSwitch('{ name: x } # ours\n', 'mensa', true)).toBe(
    '{ name: x, catalogue: { mensa: true } } # ours\n',
  )
})

it('leaves to people what would change more than that', () => {
  const shared = 'catalogue: &on { tari: true }\nother: *on\n'
  expect(() => withSwitch(shared, 'mensa', true)).toThrow('into the file by hand')
})
