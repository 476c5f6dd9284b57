import { describe, expect, it } from 'vitest'
import { ioCodes } from '../../src/domain/codes.ts'
import { mayMove, messageStates } from '../../src/domain/message.ts'
import { adviceOn, type OpenQuestion, resolutions, resolve } from '../../src/domain/resolution.ts'

const question = (changes: Partial<OpenQuestion>): OpenQuestion => ({
  state: 'uncertain',
  code: 'IO_ANSWER_LOST',
  flowStopped: false,
  noticeOver: false,
  ...changes,
})

describe('a decision', () => {
  it('about an uncertain message may be any of the three', () => {
    expect(resolutions.map((as) => resolve(question({}), as).to)).toEqual([
      'sent',
      'waiting',
      'cancelled',
    ])
  })

  it('about a held message cannot be that it was sent: nothing of it has left', () => {
    const held = question({ state: 'held', code: 'HOLD_SERVICE' })
    expect(resolutions.map((as) => resolve(held, as).to)).toEqual([null, 'waiting', 'cancelled'])
  })

  it('sends nothing of a flow that was stopped, nor of a notice that is over', () => {
    for (const over of [{ flowStopped: true }, { noticeOver: true }]) {
      const tos = resolutions.map((as) => resolve(question(over), as).to)
      expect(tos).toEqual(['sent', null, 'cancelled'])
    }
  })

  it('moves only what is open, by legal moves, and says why it moves nothing', () => {
    for (const state of messageStates) {
      for (const as of resolutions) {
        const { to, because } = resolve(question({ state }), as)
        if (to === null) expect(because).toMatch(/^\w+ .{10,}/)
        else expect([because, mayMove(state, to)]).toEqual([null, true])
        if (state !== 'held' && state !== 'uncertain') expect(to).toBeNull()
      }
    }
  })
})

it('every reason to hold has advice', () => {
  for (const code of Object.keys(ioCodes)) {
    for (const state of ['held', 'uncertain'] as const) {
      expect(adviceOn(state, code)).toMatch(/`(sent|resend|cancelled)`|resume/)
    }
  }
})
