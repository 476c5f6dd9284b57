// Who acts from the command line: who called sudo, where the command runs as Staffetta's own user.
import { userInfo } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { demandRole, systemUser } from '../../src/cli/actor.ts'
import type { Config } from '../../src/cli/command.ts'
import { run } from './run-command.ts'

const before = process.env['SUDO_USER']

afterEach(() => {
  if (before === undefined) delete process.env['SUDO_USER']
  else process.env['SUDO_USER'] = before
})

test('without sudo it is the user of the process', () => {
  delete process.env['SUDO_USER']
  expect(systemUser()).toBe(userInfo().username)
})

test('with sudo it is who called it, so that two people are two', () => {
  process.env['SUDO_USER'] = 'anna'
  expect(systemUser()).toBe('anna')
  process.env['SUDO_USER'] = 'bruno'
  expect(systemUser()).toBe('bruno')
})

test.each(['', 'anna bruno', 'a:b', 'x'.repeat(65), 'anna\u001b[2J'])(
  'what names no user is not heard: %j',
  (name) => {
    process.env['SUDO_USER'] = name
    expect(systemUser()).toBe(userInfo().username)
  },
)

test('what the configuration no longer has is the administrators’', () => {
  const staff = { anna: 'approver', dora: 'administrator' }
  const config = { institutions: [{ id: 'comune', staff }] } as unknown as Config
  expect(() => demandRole(config, 'altro', 'anna', 'viewer')).toThrow('anna may not do this')
  expect(() => demandRole(config, 'altro', 'dora', 'approver')).not.toThrow()
})

test('where the configuration is fixed, nobody brings their own', async () => {
  const env = { STAFFETTA_CONFIG: '/nowhere/staffetta' }
  const own = await run(['flows', 'list', '--config', 'config'], { env })
  expect(own).toMatchObject({ code: 2, out: '' })
  expect(own.err).toContain('the configuration is /nowhere/staffetta here')
  expect((await run(['flows', 'list'], { env })).err).toContain('/nowhere/staffetta')
})

test.each(['due\nrighe', 'un\u001b[2J comando'])(
  'a reason is one line of plain text: %j',
  async (note) => {
    const { code, err } = await run(['flows', 'suspend', '1', '--because', note])
    expect(code).toBe(2)
    expect(err).toContain('one line of plain text')
  },
)
