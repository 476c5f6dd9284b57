import { describe, expect, it } from 'vitest'
import { formatProblems } from '../../src/config/format.ts'
import type { Problem } from '../../src/domain/problem.ts'

const error: Problem = {
  code: 'CFG_VALUE',
  severity: 'error',
  file: 'config/staffetta.yaml',
  line: 3,
  column: 5,
  message: 'mail.smtp.port is 0; expected 1 or more',
  hint: '',
}
const warning: Problem = {
  code: 'CFG_FILE',
  severity: 'warning',
  file: 'config/comune/feeds/a.yml',
  line: null,
  column: null,
  message: 'a file that ends in `.yml` is not read',
  hint: 'rename it to `.yaml`',
}

describe('formatProblems', () => {
  it('groups by file, with the place first and the hint below', () => {
    const second = { ...error, line: 4, hint: 'count again' }
    expect(formatProblems([error, warning, second], { color: false })).toBe(`\
config/staffetta.yaml:3:5  CFG_VALUE  mail.smtp.port is 0; expected 1 or more
config/staffetta.yaml:4:5  CFG_VALUE  mail.smtp.port is 0; expected 1 or more
    count again

config/comune/feeds/a.yml  CFG_FILE (warning)  a file that ends in \`.yml\` is not read
    rename it to \`.yaml\`

2 errors and 1 warning in 2 files.
`)
  })

  it('says when there is nothing to say', () => {
    expect(formatProblems([], { color: false })).toBe('No problems.\n')
  })

  it('colours only when asked', () => {
    expect(formatProblems([error], { color: true })).toContain('\u001b[31mCFG_VALUE\u001b[0m')
    expect(formatProblems([error], { color: false })).not.toContain('\u001b')
  })

  it('lets no control character of a file reach the terminal', () => {
    const hostile = { ...error, message: 'unknown key "\u001b[2Jx\r\n"' }
    expect(formatProblems([hostile], { color: false })).toContain('unknown key " [2Jx "')
  })
})
