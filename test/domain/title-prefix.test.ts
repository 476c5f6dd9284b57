import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NewMessage } from '../../src/domain/new-message.ts'
import { prefixed, withTitle } from '../../src/domain/title-prefix.ts'

const payload = (subject: string): NewMessage => ({
  fiscal_code: 'AAAAAA00A00A000A',
  content: { subject, markdown: 'Testo '.repeat(20), due_date: '2026-12-16T22:59:59Z' },
})

const errata = 'Errata corrige: '

/** Titles of letters, spaces, accents, emoji of several code points and lone surrogates. */
const titles = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }) },
      fc.constantFrom(
        ' ',
        '  ',
        '👨‍👩‍👧‍👦',
        '🇮🇹',
        'é',
        'à',
        '\u{1F600}',
        'Errata corrige: ',
        '\ud83d',
      ),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''))

const graphemes = (text: string) =>
  [...new Intl.Segmenter('it').segment(text)].map(({ segment }) => segment)

describe('a title with its prefix', () => {
  it('says what the message is, in each of its languages', () => {
    const message = {
      it: payload('Saldo TARI 2026'),
      en: payload('Waste tax'),
      de: payload('Müll 2026'),
    }
    const test = withTitle(message, 'test')
    expect(test.it?.content.subject).toBe('[PROVA] Saldo TARI 2026')
    expect(test.en?.content.subject).toBe('[TEST] Waste tax')
    const corrected = withTitle(message, 'errata')
    expect(corrected.it?.content.subject).toBe('Errata corrige: Saldo TARI 2026')
    expect(corrected.en?.content.subject).toBe('Correction: Waste tax')
    expect(corrected.de?.content.subject).toBe('Berichtigung: Müll 2026')
  })

  it('leaves every other message as it is', () => {
    const message = { it: payload('x'.repeat(200)) }
    for (const purpose of ['first', 'reminder', 'campaign'] as const) {
      expect(withTitle(message, purpose)).toBe(message)
    }
  })

  it('keeps the order of keys, so that equal messages are equal JSON', () => {
    const before = payload('Saldo TARI 2026')
    const after = withTitle({ it: before }, 'errata').it as NewMessage
    expect(JSON.stringify(after)).toBe(
      JSON.stringify(before).replace('Saldo TARI', 'Errata corrige: Saldo TARI'),
    )
  })

  it('is cut after a word, with a mark', () => {
    const title = `${'parola '.repeat(20)}fine`
    const cut = prefixed(title, errata)
    expect(cut.length).toBeLessThanOrEqual(120)
    expect(cut).toMatch(/ parola…$/)
  })

  it('is cut within a word that is longer than a line', () => {
    expect(prefixed('x'.repeat(200), errata)).toBe(`${errata}${'x'.repeat(103)}…`)
  })

  it('has its prefix once, however often it is put there', () => {
    fc.assert(
      fc.property(titles, fc.constantFrom(errata, '[PROVA] '), (title, prefix) => {
        const once = prefixed(title, prefix)
        expect(prefixed(once, prefix)).toBe(once)
        expect(once.toLowerCase().startsWith(prefix.trim().toLowerCase())).toBe(true)
      }),
    )
  })

  it('never has more than IO takes, and never a part of a character', () => {
    fc.assert(
      fc.property(titles, (title) => {
        const cut = prefixed(title, errata)
        expect(cut.length).toBeLessThanOrEqual(120)
        const whole = title.startsWith('Errata corrige:') ? title : errata + title
        if (whole.length <= 120) {
          expect(cut).toBe(whole)
          return
        }
        const kept = graphemes(cut.slice(0, -1))
        expect(cut.endsWith('…')).toBe(true)
        expect(graphemes(whole).slice(0, kept.length)).toEqual(kept)
      }),
      { numRuns: 1000 },
    )
  })

  it('does not split a pair of surrogates even in one endless character', () => {
    const endless = `e${'\u{1F3FB}\u200d'.repeat(100)}`
    const cut = prefixed(endless, errata)
    expect(cut.length).toBeLessThanOrEqual(120)
    expect(cut.isWellFormed()).toBe(true)
  })
})
