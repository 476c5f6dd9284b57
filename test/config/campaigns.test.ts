import { describe, expect, test } from 'vitest'
import { loadWritten, problemsOf } from './written-config.ts'

const campaign = `mapping: tari
schedule: "30 9 * * 1#1"
message:
  subject:
    it: "Tari: la rata {{ numero }} è da pagare"
  markdown:
    it: |
      La rata **{{ numero }}** della Tari, di {{ importo | euro }}, risulta ancora da pagare.

      Se hai già pagato, non tenerne conto.
`

const file = 'comune/campaigns/solleciti.yaml'
const written = (text: string) => problemsOf({ [file]: text })
const changed = (from: string, to: string) => {
  if (!campaign.includes(from)) throw new Error(`it does not contain ${from}`)
  return written(campaign.replace(from, to))
}

const premium = (text: string) => campaign.replace('mapping: tari', `mapping: tari\n${text}`)

test('a good campaign is part of its institution, with its feeds, service and times', async () => {
  const { config, problems } = await loadWritten({ [file]: campaign })
  expect(problems).toEqual([])
  const [read] = config?.institutions[0]?.campaigns ?? []
  expect(read).toMatchObject({
    ...{ institution: 'comune', id: 'solleciti', feeds: ['tari'], service: 'tributi' },
    ...{ late: { policy: 'skip', afterDays: 3 }, againAfterDays: 7, maximumRecipients: 5000 },
  })
  expect(String(read?.times.time)).toBe('09:30:00')
})

test('its version is another when its text is, and when its mapping is', async () => {
  const versionOf = async (changes: Record<string, string>) => {
    const { config } = await loadWritten({ [file]: campaign, ...changes })
    return config?.institutions[0]?.campaigns[0]?.compiled.version.sha256
  }
  const first = await versionOf({})
  expect(await versionOf({ [file]: `# a remark\n${campaign}` })).toBe(first)
  expect(await versionOf({ [file]: campaign.replace('30 9', '45 9') })).toBe(first)
  expect(await versionOf({ [file]: campaign.replace('ancora da', 'da') })).not.toBe(first)
})

describe('what is wrong with a campaign is said at its line', () => {
  test.each([
    [
      'numero }}** della',
      'nummero }}** della',
      `${file}:8:20 CFG_TEMPLATE unknown name nummero (did you mean numero?)`,
    ],
    [
      'mapping: tari',
      'mapping: tarsu',
      `${file}:1:10 CFG_UNKNOWN_NAME there is no mapping "tarsu"`,
    ],
    [
      '"30 9 * * 1#1"',
      '"*/5 9 * * *"',
      `${file}:2:11 CFG_VALUE a campaign runs at one time of day`,
    ],
    ['"30 9 * * 1#1"', 'ogni lunedì', `${file}:2:11 CFG_VALUE schedule is "ogni lunedì"`],
    ['schedule: "30 9 * * 1#1"', 'late: { policy: send }', 'one of `schedule` and `on` is needed'],
    [
      'schedule: "30 9 * * 1#1"',
      'on: 2026-02-30 09:30',
      `${file}:2:5 CFG_VALUE on is "2026-02-30 09:30": it is not a day`,
    ],
  ])('%s → %s', async (from, to, said) => {
    expect((await changed(from, to)).join('\n')).toContain(said)
  })

  test.each([
    ['select: { feeds: [tarsu] }', ':2:19 CFG_UNKNOWN_NAME there is no feed "tarsu"'],
    ['select: { due: { to: -1d } }', ':2:16 CFG_VALUE the notices of tari have no due date'],
    ['select: { unpaid: true }', ':2:19 CFG_VALUE the notices of tari ask for no payment'],
    ['select: { emission: "2026" }', ':2:21 CFG_VALUE the notices of tari have no emission'],
    ['select: { unread: true }', 'IO says only of premium messages whether they were read'],
    ['select: { amount: { atLeast: 5 } }', ':2:30 CFG_VALUE'],
    [
      'select: { ageDays: { atLeast: 9, atMost: 3 } }',
      'it begins after it ends: nothing is chosen',
    ],
    ['service: anagrafe', ':2:10 CFG_UNKNOWN_NAME there is no service "anagrafe"'],
    [
      'premium: true',
      ':2:10 CFG_VALUE its messages are premium, and "tributi" has no premium plan',
    ],
    ['recipients: all', ':2:1 CFG_UNKNOWN_KEY'],
  ])('%s', async (line, said) => {
    expect((await written(premium(line))).join('\n')).toContain(said)
  })

  test('a mapping of another shape, or without a feed', async () => {
    const reference = `
shape: reference
record: { format: csv, fields: { cf: { column: CF, type: fiscalCode } } }
key: cf
`
    const shape = { 'comune/mappings/contatti.yaml': reference }
    const text = campaign.replace('mapping: tari', 'mapping: contatti')
    const said = await problemsOf({ ...shape, [file]: text })
    expect(said.join('\n')).toContain('contatti makes no notices: its shape is reference')
  })
})

test('the text may use of what is looked up only what the notices keep', async () => {
  const contacts = `
shape: reference
record:
  format: csv
  fields: { cf: { column: CF, type: fiscalCode }, nome: { column: NOME, type: text } }
key: cf
`
  const tari = `
shape: notice
series: tari
record:
  format: csv
  fields:
    cf: { column: CF, type: fiscalCode }
    numero: { column: NUMERO, type: text }
    importo: { column: IMPORTO, type: euro, decimals: comma }
lookups:
  contatto: { reference: contatti, by: cf }
key: [numero]
notice:
  fiscalCode: cf
  subject: { it: "Tari: la rata numero {{ numero }}" }
  markdown:
    it: |
      È pronta la rata **{{ numero }}** della Tari. Puoi pagarla dall'app IO, in banca o alla posta.
`
  const mappings = { 'comune/mappings/contatti.yaml': contacts, 'comune/mappings/tari.yaml': tari }
  const text = campaign.replace('La rata', 'Gentile {{ contatto.nome }}, la rata')
  const said = await problemsOf({ ...mappings, [file]: text })
  expect(said.filter((one) => one.includes('CFG_VALUE')).join()).toContain(
    'its notices do not keep contatto.nome (add contatto.nome to `keep` of the mapping',
  )
  const kept = `${tari}keep: [contatto.nome]\n`
  const good = await problemsOf({ ...mappings, 'comune/mappings/tari.yaml': kept, [file]: text })
  expect(good.filter((one) => !one.includes('warning'))).toEqual([])
})
