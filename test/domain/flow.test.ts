import { describe, expect, test } from 'vitest'
import {
  type FlowState,
  flowReasonWords,
  flowStateWords,
  mayMoveFlow,
} from '../../src/domain/flow.ts'

const states = Object.keys(flowStateWords) as FlowState[]

describe('a flow', () => {
  test('makes exactly the moves that are legal', () => {
    const made = states.flatMap((from) =>
      states.filter((to) => from !== to && mayMoveFlow(from, to)).map((to) => `${from} ${to}`),
    )
    expect(made).toEqual([
      'inactive active',
      'inactive incomplete',
      'active inactive',
      'active sending',
      'active sent',
      'active incomplete',
      'sending sent',
      'sending incomplete',
      'sent sending',
      'sent incomplete',
      'incomplete sending',
      'incomplete sent',
    ])
  })

  test('can reach every state from inactive, through active unless it is stopped', () => {
    const reached = new Set<FlowState>(['inactive'])
    for (const from of reached) for (const to of states) if (mayMoveFlow(from, to)) reached.add(to)
    expect([...reached].sort()).toEqual([...states].sort())
    expect(states.filter((to) => to !== 'inactive' && mayMoveFlow('inactive', to))).toEqual([
      'active',
      'incomplete',
    ])
  })

  test('may be told where it stands already', () => {
    for (const state of states) expect(mayMoveFlow(state, state)).toBe(true)
  })

  test('is called by the five words that the offices know', () => {
    expect(Object.values(flowStateWords).map(({ it }) => it)).toEqual([
      'Inattivo',
      'Attivo',
      'In invio',
      'Inviato',
      'Invio incompleto',
    ])
  })

  test('has a different word for each reason', () => {
    const words = Object.values(flowReasonWords)
    for (const language of ['it', 'en'] as const) {
      expect(new Set(words.map((said) => said[language])).size).toBe(words.length)
    }
  })
})
