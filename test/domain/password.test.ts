import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LEAST_PASSWORD_CHARACTERS, passwordFault } from '../../src/domain/password.ts'

const about = ['ragioneria', 'Ufficio Ragioneria', 'Comune di Esempio']
const judge = (password: string) => passwordFault(password, about)

describe('a password', () => {
  it.each([
    'il gatto dorme sul tetto',
    'correct horse battery',
    'v7#kQz9!mPw2xL',
    'perché no? domani piove',
  ])('is taken where it is long and not obvious: %s', (password) => {
    expect(judge(password)).toBe(null)
  })

  it.each([
    'Password1234567',
    'P@ssw0rdP@ssw0rd',
    'aaaaaaaaaaaaaaaa',
    'abcabcabcabcabcabc',
    'qwertyuiopasdfgh',
    'poiuytrewqlkjhgf',
    '12345678901234',
    'ComunediEsempio2026',
    'Ragioneria2026!!',
    'ragioneria.ragioneria.1',
  ])('is not taken where anybody would try it: %s', (password) => {
    expect(judge(password)).toBe('obvious')
  })

  it('is counted in characters, whatever they are', () => {
    expect(judge('gatto sul tett')).toBe(null)
    expect(judge('gatto sul tet')).toBe('too-short')
    expect(judge('😀🐈🏠☂️')).toBe('too-short')
    expect(judge('gatto sul tetto '.repeat(13))).toBe('too-long')
  })

  it('has an answer whatever is typed, and never too short for what is long enough', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 220 }), (password) => {
        const isShort = [...password].length < LEAST_PASSWORD_CHARACTERS
        expect(judge(password) === 'too-short').toBe(isShort)
      }),
    )
  })
})
