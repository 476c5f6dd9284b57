// E-mail addresses as IO's validator takes them.
import { expect, test } from 'vitest'
import { isEmailOfIo } from '../../src/domain/email-address.ts'

test.each([
  'a@b.it',
  'A.b+c@B.IT',
  '"a b"@c.it',
  'a@sub.a-b.it',
  "o'neill@città.example",
  `${'a'.repeat(64)}@b.it`,
])('%s is one', (address) => {
  expect(isEmailOfIo(address)).toBe(true)
})

test.each([
  '',
  'nobody',
  '@b.it',
  'a@b',
  'a@b.c',
  'a@b.co1',
  'a..b@c.it',
  '.a@c.it',
  'a.@c.it',
  'è@c.it',
  'a b@c.it',
  'a@-b.it',
  'a@b-.it',
  'a@b_c.it',
  'a@[1.2.3.4]',
  'a@b.it ',
  `${'a'.repeat(65)}@b.it`,
  `a@${'b'.repeat(64)}.it`,
  `a@${'b.'.repeat(130)}it`,
])('%s is none', (address) => {
  expect(isEmailOfIo(address)).toBe(false)
})
