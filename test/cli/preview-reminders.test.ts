// What a person sees before anything is sent: reminders that are moved, and those that do not
// leave, as the window of the feed and the calendar of the institution have it.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { editYaml } from '../../scripts/playground.ts'
import { getFeed } from '../../src/config/config.ts'
import { readConfig } from '../../src/offline.ts'
import { previewFile } from '../../src/workbench/previewing.ts'
import { runCases } from '../../src/workbench/testing.ts'
import { canteenFile, child } from '../installation.ts'
import { run } from './run-command.ts'

let directory: string
let config: string
let file: string
/** Options of a command that reads the configuration of these tests. */
let here: string[]

/** Due on Sunday the 29th and on Monday the 30th of November 2026. */
const dues = ['2026-11-29', '2026-11-30']
const NOW = '2026-11-02T08:00:00Z'

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staffetta-preview-'))
  config = join(directory, 'config')
  here = ['--config', config]
  file = join(directory, 'mensa.csv')
  await cp('config', config, { recursive: true })
  await writeFile(file, canteenFile(dues.map((due, n) => child(n, { due }))))
  const texts = parseDocument(reminderTexts).toJS()
  const reminders = ['-2d 09:30', '-1d 09:30'].map((at) => ({ at, ...texts }))
  await edit('mappings/mensa.yaml', {
    reminders: [...reminders, { at: '+0d 20:00', whenClosed: 'skip', ...texts }],
  })
  await edit('feeds/mensa.yaml', { window: { from: '08:30', to: '18:00' } })
})
afterAll(() => rm(directory, { recursive: true }))

const reminderTexts = `
subject:
  it: "Mensa scolastica: il conto sta per scadere"
  en: "School canteen: your bill is due soon"
markdown:
  it: |
    Il conto della mensa scolastica di **{{ mese }}** sta per scadere. Se hai già pagato, non
    tenere conto di questo promemoria.
  en: |
    Your school canteen bill for **{{ mese }}** is due soon. If you have already paid it, please
    ignore this reminder.
`

const edit = (name: string, values: Record<string, unknown>) =>
  editYaml(join(config, 'comune-di-esempio', name), values)

const preview = () => run(['preview', 'mensa', file, '--now', NOW, ...here])

/** The records with their messages: as `--json` prints them. */
async function records(now: string) {
  const loaded = await read()
  const target = {
    institution: 'comune-di-esempio',
    mapping: 'mensa',
    feed: getFeed(loaded, 'comune-di-esempio', 'mensa'),
  }
  const given = { target, files: [file], references: new Map(), language: 'it' as const }
  const found = previewFile(loaded, { ...given, now: Temporal.Instant.from(now) })
  return (await Array.fromAsync(found)).map((record) => {
    if (!('messages' in record) || !record.messages) throw new Error(JSON.stringify(record))
    return { messages: record.messages, unplanned: record.unplanned }
  })
}

/** When the messages of each record leave, and what does not. */
async function planned() {
  return (await records(NOW)).map(({ messages, unplanned }) => {
    const at = messages.map(({ sendAt, movedFrom }) =>
      movedFrom ? `${sendAt} from ${movedFrom}` : sendAt,
    )
    return { at, unplanned }
  })
}

const firstsAt = async (now: string) => (await records(now)).map(({ messages }) => messages[0])

async function read() {
  const { config: loaded, problems } = await readConfig(config)
  if (loaded === null) throw new Error(JSON.stringify(problems))
  return loaded
}

describe('a preview', () => {
  it('moves reminders to where the feed’s window is open', async () => {
    expect(await planned()).toEqual([
      {
        at: [NOW, '2026-11-27T08:30:00Z from 2026-11-28T09:30'],
        unplanned: [
          { at: '2026-11-27T09:30', because: 'next' },
          { at: '2026-11-29T20:00', because: 'closed' },
        ],
      },
      {
        at: [NOW, '2026-11-30T08:30:00Z from 2026-11-29T09:30'],
        unplanned: [
          { at: '2026-11-28T09:30', because: 'next' },
          { at: '2026-11-30T20:00', because: 'closed' },
        ],
      },
    ])
  })

  it('says in words from when, and what does not leave', async () => {
    const { code, out } = await preview()
    expect(code).toBe(0)
    expect(out).toContain(
      `    at once           Mensa scolastica: il conto di 2026-03
    2026-11-30 09:30  Mensa scolastica: il conto sta per scadere
      moved from 2026-11-29 09:30: nothing leaves then
    2026-11-28 09:30  no reminder: it would come with the next one
    2026-11-30 20:00  no reminder, as its rule says: nothing leaves then
`,
    )
  })

  it('says from when first messages leave, where nothing does now', async () => {
    const [first] = await firstsAt('2026-11-21T08:00:00Z')
    expect(first).toMatchObject({ sendAt: '2026-11-21T08:00:00Z', opensAt: '2026-11-23T08:30' })
    const [open] = await firstsAt('2026-11-23T08:00:00Z')
    expect(open).not.toHaveProperty('opensAt')
    const { out } = await run(['preview', 'mensa', file, '--now', '2026-11-21T08:00:00Z', ...here])
    expect(out).toContain('    2026-11-23 08:30  Mensa scolastica: il conto di 2026-03\n')
  })

  it('says the hours of the institution, whatever its zone', async () => {
    await edit('institution.yaml', { timeZone: 'Atlantic/Azores' })
    try {
      expect((await preview()).out).toContain(
        '    2026-11-30 09:30  Mensa scolastica: il conto sta',
      )
    } finally {
      await edit('institution.yaml', { timeZone: 'Europe/Rome' })
    }
  })

  it('says which reminders are left to IO', async () => {
    await edit('mappings/mensa.yaml', { 'notice.premium': true })
    await edit('institution.yaml', { 'services.mensa.plan': 'premium' })
    await edit('feeds/mensa.yaml', { reminders: 'io' })
    try {
      const [first] = await planned()
      const becauses = first?.unplanned?.map(({ because }) => because)
      expect(first?.at).toEqual([NOW])
      expect(becauses).toEqual(['io', 'io', 'io'])
      expect((await preview()).out).toContain('no reminder: IO’s own count, which may not come')
    } finally {
      await edit('mappings/mensa.yaml', { 'notice.premium': null })
      await edit('feeds/mensa.yaml', { reminders: null })
    }
  })
})

describe('a case', () => {
  /** How many messages a record has that is due on this Monday. */
  const casesOf = async (messages: number) => {
    const record = `{ pratica: P, codice_fiscale: DNTCBB60P17Z999T, mese: M, pasti: "1",
      importo: "100", scadenza: 2026-11-30, avviso: "303202603000000000" }`
    const one = `{ name: caso, now: "${NOW}", record: ${record}, expect: { messages: ${messages} } }`
    const path = join(config, 'comune-di-esempio/mappings/mensa.cases.yaml')
    await writeFile(path, `cases:\n  - ${one}\n`)
    const loaded = await read()
    const mappings = loaded.institutions.flatMap((institution) => institution.mappings)
    const canteen = mappings.filter(({ name }) => name === 'mensa')
    return Array.fromAsync(runCases(loaded, canteen, { update: false }))
  }

  it('is planned with the window of the only feed of its mapping', async () => {
    expect(await casesOf(2)).toMatchObject([{ outcome: 'ok', fault: null }])
  })

  it('is planned at every hour where the mapping has several feeds', async () => {
    const second = join(config, 'comune-di-esempio/feeds/mensa-due.yaml')
    await cp(join(config, 'comune-di-esempio/feeds/mensa.yaml'), second)
    expect(await casesOf(4)).toMatchObject([{ outcome: 'ok', fault: null }])
    await rm(second)
  })
})
