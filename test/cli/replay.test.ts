import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { maskFiscalCode, namesFiscalCode } from '../../src/domain/fiscal-code.ts'
import {
  child,
  configure,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'
import { call } from './call-command.ts'
import { run } from './run-command.ts'

const MAPPING = `${INSTITUTION}/mappings/mensa.yaml`

let here: Installation
let flow: number
beforeAll(async () => {
  here = await openInstallation()
  flow = await here.drop([child(0), child(1, { cents: 0 }), child(2), child(3, { cents: 100 })])
})
afterAll(() => here[Symbol.asyncDispose]())

/** The configuration from now on, as who edits it and runs a command has it. */
async function edit(values: Record<string, unknown>): Promise<void> {
  await configure(here.playground.configDirectory, { [MAPPING]: values })
  await here.reopen()
}

const cents = { column: 'IMPORTO_CENT', type: 'euro', decimals: 'cents' }
const whole = { column: 'IMPORTO_CENT', type: 'euro', decimals: 'comma', zeros: 'dropped' }
const title = 'notice.subject.it'
const before = 'Mensa scolastica: il conto di {{ mese }}'

describe('staffetta replay', () => {
  it('finds no difference while the configuration is the same', async () => {
    const ran = await call(here, ['replay', '1'])
    expect(ran.code).toBe(0)
    expect(ran.out).toContain('Both are the same version.')
    expect(ran.out).toContain('4 records: 4 equal. Nothing was written or sent.')
    expect(ran.out).toContain('there is nothing to redo')
  })

  it('shows the old and the new line of what differs, and what redoing would send', async () => {
    await edit({ [title]: 'Mensa scolastica: il nuovo conto di {{ mese }}' })
    const ran = await call(here, ['replay', '1'])
    await edit({ [title]: before })
    expect(ran.code).toBe(1)
    expect(ran.out).toContain(
      [
        'line 2  MENSA-0|2026-03  changed',
        '    first message title (it)',
        '      - Mensa scolastica: il conto di 2026-03',
        '      + Mensa scolastica: il nuovo conto di 2026-03',
        '',
      ].join('\n'),
    )
    expect(ran.out).toContain('4 records: 1 equal, 3 changed. Nothing was written or sent.')
    expect(ran.out).toContain('no message would leave again that has left')
    expect(ran.out).toContain(`staffetta flows redo ${flow}`)
  })

  it('says what is refused or skipped now, and what is a message now', async () => {
    await edit({ skip: [{ when: 'importo == 4500', because: 'prova' }] })
    const ran = await call(here, ['replay', '1'])
    await edit({ skip: [{ when: 'importo == 0', because: 'niente da pagare questo mese' }] })
    expect(ran.out).toContain('line 2  MENSA-0|2026-03  skipped now, was a message')
    expect(ran.out).toContain('      + prova')
    // Nothing to pay is refused by what IO takes.
    expect(ran.out).toContain('REFUSED now, was skipped')
    expect(ran.out).toContain('1 equal, 1 REFUSED now, 2 skipped now')
  })

  it('counts what would leave again, since it matters', async () => {
    await edit({ 'record.fields.importo': whole })
    const ran = await call(here, ['replay', '1', '--json'])
    await edit({ 'record.fields.importo': cents })
    const lines = ran.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.at(-1)).toMatchObject({ drop: 1, records: 4, changed: 3, leavesAgain: 3 })
    expect(lines[0].parts).toContainEqual({
      ...{ part: 'amount in cents', before: '4500', after: '450000' },
    })
    expect(ran.out).not.toContain(parent(0))
  })

  it('names no citizen, not by a key and not by a text that does', async () => {
    const { configDirectory, directory } = here.playground
    const text = await readFile(join(configDirectory, MAPPING), 'utf8')
    const path = join(directory, 'mensa-named.yaml')
    const named = text
      .replace(/key: \[ ?pratica/, 'key: [codice_fiscale')
      .replace("Puoi pagare dall'app.", 'Per **{{ codice_fiscale }}**.')
    await writeFile(path, named)
    for (const more of [[], ['--json']]) {
      const { out } = await call(here, ['replay', '1', '--mapping', path, ...more])
      expect(out).toContain(`Per **${maskFiscalCode(parent(0))}**.`)
      expect(out).toContain(`${maskFiscalCode(parent(0))}|2026-03`)
      expect(namesFiscalCode(out)).toBe(false)
    }
  })

  it('tries a mapping that is not the configuration’s yet', async () => {
    const { configDirectory, directory } = here.playground
    const text = await readFile(join(configDirectory, MAPPING), 'utf8')
    const path = join(directory, 'mensa-new.yaml')
    await writeFile(path, text.replace('at: -3d 09:30', 'at: -5d 10:00'))
    const ran = await call(here, ['replay', '1', '--mapping', path])
    expect(ran.out).toContain('beside     mensa-new the file given')
    expect(ran.out).toContain('    reminder 1 leaves\n')
    expect(ran.out).toContain('      - 2099-04-27 09:30\n      + 2099-04-25 10:00\n')

    await writeFile(path, text.replace('dueDate: scadenza', 'dueDate: scadenzza'))
    const wrong = await run([...['replay', '1', '--mapping', path, '--config', configDirectory]])
    expect(wrong.code).toBe(1)
    expect(wrong.err).toMatch(
      /mensa-new\.yaml:\d+:\d+ .*scadenzza[\s\S]*has errors; nothing was read/,
    )
  })

  it('shows twenty records that differ, and all where that is asked for', async () => {
    await here.drop(
      Array.from({ length: 25 }, (_, n) => child(100 + n)),
      'mensa-2026-04.csv',
    )
    await edit({ [title]: 'Mensa scolastica: il nuovo conto di {{ mese }}' })
    const some = await call(here, ['replay', '2'])
    const all = await call(here, ['replay', '2', '--all'])
    await edit({ [title]: before })
    expect(some.out.match(/^line /gm)).toHaveLength(20)
    expect(some.out).toContain('… and 5 more records (--all)')
    expect(all.out.match(/^line /gm)).toHaveLength(25)
  })

  it('says in words why a drop cannot be rendered again, and writes nothing', async () => {
    const state = () =>
      here.query(`select state, map_attempts, mapped_at::text from drops order by id`)
    const standing = await state()
    expect(await call(here, ['replay', '999'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no drop 999'),
    })
    await here.query(`update mapping_versions set spec = '{"mapping": 1}'`)
    await here.reopen()
    expect((await call(here, ['replay', '1'])).err).toContain('cannot be read by this Staffetta')
    await here.query('delete from drop_chunks where drop_id = 1')
    expect((await call(here, ['replay', '1'])).err).toContain('retention has ended')
    await here.query('update flows set mapping_version_id = null')
    expect((await call(here, ['replay', '1'])).err).toContain('No flow came of drop 1')
    expect(await state()).toEqual(standing)
  })
})
