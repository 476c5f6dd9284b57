// `staffetta new mapping --from-govio`: a template and its placeholders become a mapping that
// `check`, `test` and `preview` take; what could not be turned is said, and its exit code with it.
// Once as people run it, else in this process.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { bodyOf, placeholder, templateOf } from '../mapping/govio/turned.ts'
import { callOffline } from './call-offline.ts'
import { run } from './run-command.ts'

let folder: string
const placeholders = [
  placeholder('anno', 1),
  placeholder('immobile', 2, 'STRING', { mandatory: false }),
]
const shown = '$' + '{anno}, $' + '{amount_currency}<#if immobile??>, $' + '{immobile}</#if>'

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'staffetta-govio-'))
  await cp(join(import.meta.dirname, '../../config'), join(folder, 'config'), { recursive: true })
})
afterEach(() => rm(folder, { recursive: true }))

const staffetta = (...argv: string[]) => callOffline(join(folder, 'config'), argv)
const mapping = (file: string) => join(folder, 'config/comune-di-esempio/mappings', file)

async function leave(name: string, data: object): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, JSON.stringify(data))
  return path
}

const importOf = (file: string) => [
  ...['new', 'mapping', 'importato', '--from-govio', file, '--institution', 'comune-di-esempio'],
]

function importing(file: string, ...more: string[]) {
  return staffetta(...importOf(file), ...more)
}

it('makes a mapping of a template and its placeholders, which reads a file of GovIO', async () => {
  const { placeholders: _, ...template } = templateOf({
    body: bodyOf(shown),
    due: true,
    payment: true,
  }) as Record<string, unknown>
  const file = await leave('template.json', template)
  const beside = await leave('placeholders.json', { items: placeholders })
  const config = ['--config', join(folder, 'config')]
  const made = await run([...importOf(file), '--placeholders', beside, ...config])
  expect(made).toMatchObject({ code: 0, err: '' })
  expect(made.out).toContain('Of 9 columns 8 are read, by their place.')
  expect(made.out).toContain('expedition_date plans nothing here')
  expect(made.out).toContain('Next: read the mapping, then: staffetta preview importato FILE.csv')
  expect((await staffetta('check')).code).toBe(0)
  expect(await staffetta('test', 'importato')).toMatchObject({ code: 0 })

  const csv = join(folder, 'avvisi.csv')
  const rows = [
    'taxcode,expedition_date,due_date,notice_number,amount,invalid_after_due_date,payee,anno,immobile',
    'SMPCRN75B41Z999W,2027-01-10T09:00,2027-06-30T23:59,302000000000000121,999,true,,2027,"Via ""A"", 3"',
    'SMPCRN75B41Z999W,,2027-06-30T23:59:59+02:00,302000000000000222,14550,,,2027,',
    'SMPCRN75B41Z999W,,2027-06-30T23:59:59,302000000000000323,14550,,,,',
  ]
  await writeFile(csv, `${rows.join('\r\n')}\r\n`)
  const previewed = await staffetta('preview', 'importato', csv, '--json')
  const [first, second, third] = previewed.out.split('\n').map((line) => JSON.parse(line || '{}'))
  expect(first.messages[0].payload.content).toMatchObject({
    due_date: '2027-06-30T21:59:59Z',
    payment_data: { amount: 999, invalid_after_due_date: true },
  })
  expect(first.messages[0].payload.content.markdown).toContain('2027, 9,99 €, Via "A", 3')
  expect(second.messages[0].payload.content.payment_data.invalid_after_due_date).toBe(false)
  expect(third.refused).toMatchObject({ code: 'REC_FIELD_MISSING', field: 'anno' })

  const again = await importing(file, '--placeholders', beside)
  expect(again.code).toBe(2)
  expect(again.err).toContain('importato.yaml is there already')
})

it('ends with 1 and writes the files where something was left out, each thing named', async () => {
  const body = bodyOf(`$${'{'}anno?foo}`)
  const made = await importing(await leave('t.json', templateOf({ body, placeholders })), '--json')
  expect(made.code).toBe(1)
  const said = JSON.parse(made.out)
  expect(said.notTurned).toMatchObject([{ where: 'message_body', line: 1, column: 81 }])
  expect(said.files).toEqual([mapping('importato.yaml'), mapping('importato.cases.yaml')])
  expect(await readFile(mapping('importato.yaml'), 'utf8')).toContain('# to do: message_body 1:81')
})

it('writes nothing of what would not compile, of no template, and with --dry-run', async () => {
  const code = bodyOf(`\`$${'{'}anno}\``)
  const refused = await importing(await leave('t.json', templateOf({ body: code, placeholders })))
  expect(refused.code).toBe(1)
  expect(refused.out).toContain('a value inside code: use bold instead of `code`')
  expect(refused.out).toContain('Nothing was written. Next: change this in the template file')
  const none = await importing(await leave('none.json', { items: [] }))
  expect(none).toMatchObject({ code: 1, out: '' })
  expect(none.err).toContain('this is no GovIO template')
  const empty = await leave('e.json', templateOf({ subject: `$${'{'}boh}`, placeholders }))
  expect((await importing(empty)).err).toContain('nothing is left of a text: subject 1:1')
  const good = await leave(
    'good.json',
    templateOf({ body: bodyOf(shown), payment: true, placeholders }),
  )
  const dry = await importing(good, '--dry-run')
  expect(dry.code).toBe(0)
  expect(dry.out).toContain('series: importato')
  await expect(readFile(mapping('importato.yaml'))).rejects.toThrow('ENOENT')
})
