import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  consoleRoles,
  type Grant,
  mayThere,
  permissions,
  servicesFor,
} from '../../src/domain/access.ts'

const grant = (more: Partial<Grant>): Grant => ({
  ...{ institution: 'comune', role: 'viewer', services: null },
  ...more,
})

describe('what grants give', () => {
  it('is nothing in another institution, and nothing by another role', () => {
    const grants = [grant({ role: 'operator' })]
    expect(mayThere(grants, 'comune', 'prepare')).toBe(true)
    expect(mayThere(grants, 'altro', 'prepare')).toBe(false)
    expect(mayThere(grants, 'comune', 'approve')).toBe(false)
  })

  it('is for the services of all grants that give it, and for all where one is for all', () => {
    const few = [grant({ services: ['mensa'] }), grant({ role: 'operator', services: ['tari'] })]
    expect(servicesFor(few, 'comune', 'flows')).toEqual(['mensa', 'tari'])
    expect(servicesFor(few, 'comune', 'prepare')).toEqual(['tari'])
    expect(servicesFor([...few, grant({})], 'comune', 'flows')).toBe(null)
    expect(servicesFor(few, 'comune', 'audit')).toEqual([])
  })
})

it('the guide has the table as it is', () => {
  const page = readFileSync('docs/guides/console.md', 'utf8')
  const cells = Object.entries(permissions).map(([permission, roles]) => {
    const marks = consoleRoles.map((role) =>
      (roles as readonly string[]).includes(role) ? 'x' : '',
    )
    return `| \`${permission}\` | ${marks.join(' | ')} |`
  })
  const table = [
    `| Permission | ${consoleRoles.join(' | ')} |`,
    `|---|${consoleRoles.map(() => ':-:').join('|')}|`,
    ...cells,
  ].join('\n')
  expect(/<!-- roles -->\n([\s\S]*?)\n<!-- \/roles -->/.exec(page)?.[1]).toBe(table)
})
