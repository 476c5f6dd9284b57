import { describe, expect, test } from 'vitest'
import { isClosed, type MessageState, mayMove, messageStates } from '../../src/domain/message.ts'

const legal = new Set([
  ...['waiting claimed', 'waiting sent', 'waiting held', 'waiting cancelled'],
  ...['claimed waiting', 'claimed sending', 'claimed undeliverable', 'claimed rejected'],
  ...['claimed held', 'claimed recorded'],
  ...['sending sent', 'sending undeliverable', 'sending rejected', 'sending waiting'],
  ...['sending held', 'sending uncertain', 'sending cancelled'],
  ...['sent undeliverable', 'claimed cancelled'],
  ...['held waiting', 'held cancelled'],
  ...['uncertain sent', 'uncertain waiting', 'uncertain cancelled'],
])

const moves = messageStates.flatMap((from) => messageStates.map((to) => [from, to] as const))

describe('a message', () => {
  test('makes exactly the moves that are legal', () => {
    const made = moves.filter(([from, to]) => mayMove(from, to)).map((move) => move.join(' '))
    expect(made.sort()).toEqual([...legal].sort())
  })

  test('can reach every state from waiting', () => {
    const reached = new Set<MessageState>(['waiting'])
    for (const from of reached) {
      for (const to of messageStates) if (mayMove(from, to)) reached.add(to)
    }
    expect([...reached].sort()).toEqual([...messageStates].sort())
  })

  test('leaves only through an attempt: sending, or its late answer, makes it sent', () => {
    const ways = messageStates.filter((from) => mayMove(from, 'sent'))
    expect(ways).toEqual(['waiting', 'sending', 'uncertain'])
  })

  test('that was sent, recorded or cancelled never waits again', () => {
    for (const from of ['sent', 'recorded', 'cancelled', 'undeliverable', 'rejected'] as const) {
      expect(mayMove(from, 'waiting')).toBe(false)
      expect(mayMove(from, 'claimed')).toBe(false)
    }
  })

  test('is closed where nothing more happens to its sending', () => {
    const open = messageStates.filter((state) => !isClosed(state))
    expect(open).toEqual(['waiting', 'claimed', 'sending', 'held', 'uncertain'])
  })

  test('that is closed moves no more, but for what IO says later of one that it accepted', () => {
    const late = moves.filter(([from, to]) => isClosed(from) && mayMove(from, to))
    expect(late).toEqual([['sent', 'undeliverable']])
  })
})
