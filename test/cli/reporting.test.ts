import { expect, test } from 'vitest'
import { failingText } from '../../src/cli/reporting.ts'

const at = Temporal.Instant.from('2026-03-02T08:00:00Z')
const failing = {
  ...{ institution: 'comune', feed: 'bollette', flowId: 12, target: 'protocollo', number: 0 },
  ...{
    since: at,
    tries: 2,
    nextTryAt: at,
    code: 'SRC_REFUSED',
    problem: 'chiuso\u001b[2J per lavori',
  },
}

test('what a system says cannot command the terminal on which it is shown', () => {
  const text = failingText(failing, true)
  expect(text).toContain('SRC_REFUSED: chiuso·[2J per lavori')
  expect(text).not.toContain('\u001b')
})
