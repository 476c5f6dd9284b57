import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { actWords } from '../../src/domain/act-words.ts'

const src = join(import.meta.dirname, '../../src')

/** Every phrase that some module writes as the verb of an act; what varies in it as `1`. */
function verbsGiven(): string[] {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  const texts = files
    .filter((file) => file.endsWith('.ts') && !/^(?:cli|io|connector)|words/.test(file))
    .map((file) => readFileSync(join(src, file), 'utf8'))
  const found = texts.flatMap((text) => [
    ...text.matchAll(
      /\bverb(?::| =) (?:[\w.]+(?: [=!<>]+ \w+)? \? )?(['`])(?!\$)([^'`\n]+)\1(?: : (['`])([^'`\n]+)\3)?/g,
    ),
    ...text.matchAll(/\bactOf\(by, (')([^']+)'/g),
  ])
  const phrases = found.flatMap(([, , one, , other]) => [one, other])
  const given = phrases.filter((one) => one !== undefined && !/^[A-Z]+$/.test(one))
  return [...new Set(given as string[])].map((one) =>
    one.replace(/\$\{(?:date|day\.date|to)\}/g, '2026-12-01').replace(/\$\{[^}]*\}/g, '1'),
  )
}

it('has Italian words for every verb that some module gives', () => {
  const verbs = verbsGiven()
  expect(verbs.length).toBeGreaterThan(50)
  expect(verbs).toContain('approved')
  expect(verbs.filter((verb) => actWords(verb, 'it') === verb)).toEqual([])
})

it('keeps the figures of a verb, and shows what it does not know as it stands', () => {
  expect(actWords('exported 12 rows', 'it')).toBe('esportate 12 righe')
  expect(actWords('exported 12 rows', 'en')).toBe('exported 12 rows')
  expect(actWords('postponed 3 notices', 'it')).toBe('spostata la scadenza di 3 comunicazioni')
  expect(actWords('resolved 2 as resend', 'it')).toBe('fatti partire di nuovo: 2')
  expect(actWords('danced', 'it')).toBe('danced')
})
