// Names in statements: where a value goes, and which value. Property-based where keys are made.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { receiptOf } from '../../test/contract/report.ts'
import { bindKeys, bindNames } from './named-values.ts'
import { partsOf, unknownNames, valuesOf } from './receipt-values.ts'

const place = (position: number) => `$${position}`
const toldOf = (key: string) => ({
  receipt: receiptOf({ key }),
  drop: 'drop',
  notice: null,
  instant: String,
})

describe('named values', () => {
  it('leave strings, quoted names, comments and casts as they are', () => {
    const sql = `update "a:b" set x = ':key', y = :fate::text /* :code */ where id = :key -- :line`
    expect(bindNames(sql, place)).toBe(
      `update "a:b" set x = ':key', y = $1::text /* :code */ where id = $2 -- :line`,
    )
    expect(valuesOf(sql, toldOf('7'))).toEqual(['sent', '7'])
  })

  it('are known, or the settings are refused', () => {
    expect(unknownNames('update t set a = :fate, b = :other, c = :key9')).toEqual(['other', 'key9'])
    const known =
      'select :id, :key, :key8, :at, :drop, :line, :messageId, :detail, :values_anno, :dueAt'
    expect(unknownNames(known)).toEqual([])
    expect(unknownNames('select :toString, :constructor')).toEqual(['toString', 'constructor'])
  })

  it('give the parts of a key as the mapping joined them', () => {
    const part = fc.string({ minLength: 1 })
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 8 }), (parts) => {
        const key = parts.map((one) => one.replace(/[\\|]/g, '\\$&')).join('|')
        expect(partsOf(key)).toEqual(parts)
        const values = valuesOf(':key2 :key1 :key8', toldOf(key))
        expect(values).toEqual([parts[1], parts[0], parts[7] ?? null])
      }),
    )
  })

  it('give keys a place each, wherever they stand', () => {
    const statement = `select ':keys' from t where a in (:keys) or b in (:keys)`
    expect(bindKeys(statement, ['x', 'y'], place)).toEqual({
      sql: `select ':keys' from t where a in ($1, $2) or b in ($3, $4)`,
      values: ['x', 'y', 'x', 'y'],
    })
    expect(bindKeys('select 1 where a = :key', ['x'], place).values).toEqual(['x'])
  })
})
