import { writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  children,
  configure,
  INSTITUTION,
  type Installation,
  openInstallation,
  writeConfigured,
} from '../installation.ts'
import { call } from './call-command.ts'
import { run } from './run-command.ts'

// A campaign from its file to a flow, by the command line alone.

const CAMPAIGN = `mapping: mensa
on: 2099-12-01 09:30
message:
  subject:
    it: "Mensa scolastica: {{ mese }} da saldare"
    en: "School canteen: {{ mese }} to be paid"
  markdown:
    it: |
      Per il mese **{{ mese }}** restano da pagare **{{ importo | euro }}**: puoi farlo da qui.

      Se hai già pagato, non tenerne conto.
    en: |
      For **{{ mese }}** there are **{{ importo | euro }}** to be paid: you can do it from here.

      If you have paid, please ignore this.
`

let here: Installation
let draft: string

beforeAll(async () => {
  here = await openInstallation()
  await here.drop(children(3))
  await here.send()
  draft = join(here.playground.directory, 'bozza.yaml')
  await writeFile(draft, CAMPAIGN)
  await campaign('mensile', CAMPAIGN.replace('on: 2099-12-01 09:30', 'schedule: 30 9 * * 1#1'))
})
/** Puts a campaign into the configuration, of which the open app knows too. */
async function campaign(name: string, text: string): Promise<void> {
  await writeConfigured(here.playground, `campaigns/${name}.yaml`, text)
  await here.reopen()
}

afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const staffetta = (...argv: string[]) => run([...argv, '--config', here.playground.configDirectory])
const look = (...argv: string[]) => call(here, argv)

test('campaigns are listed with their schedules in words', async () => {
  const { code, out } = await staffetta('campaigns')
  expect(code).toBe(0)
  expect(out).toMatch(/mensile +the first Monday of the month at 09:30 .* no run yet/)
  const json = JSON.parse((await look('campaigns', 'list', '--json')).out)
  expect(json).toMatchObject([{ campaign: 'mensile', service: 'mensa', lastRun: null }])
})

test('a file that is not in the configuration is previewed, and nothing is saved', async () => {
  const { code, out } = await staffetta('schedule', '--campaign', draft)
  expect(code).toBe(0)
  expect(out).toContain('once, on 2099-12-01 at 09:30')
  expect(out).toContain('No run of it is to come. If it ran now:')
  expect(out).toMatch(/^told +3 +135,00$/m)
  expect(out).toMatch(/^\w{6}•{6}\w{4} +2099-04-30 +45,00 +Mensa scolastica: 2026-03 da saldare$/m)
  expect(out).toContain('Nothing was saved, and nothing was sent.')
  expect(await here.query('select from campaign_runs')).toEqual([])
})

test('its hours are those of the institution, whatever the zone of who looks', async () => {
  const argv = ['schedule', '--campaign', 'mensile', '--config', here.playground.configDirectory]
  const { out } = await run(argv, { env: { TZ: 'Pacific/Auckland' } })
  expect(out).toMatch(/^Next run \d{4}-\d\d-\d\d 09:30\. If it ran now:$/m)
  const listed = await run(['campaigns', ...argv.slice(-2)], { env: { TZ: 'Pacific/Auckland' } })
  expect(listed.out).toMatch(/mensile +the first Monday .* \d{4}-\d\d-\d\d 09:30 /)
})

test('as JSON it has the same, and as many recipients as are asked for', async () => {
  const typed = ['schedule', '--campaign', draft, '--limit', '2', '--json']
  const json = JSON.parse((await look(...typed)).out)
  expect(json).toMatchObject({
    ...{ institution: INSTITUTION, campaign: 'bozza', chosen: 3, totalCents: 13_500 },
    ...{ refused: 0, leftOut: {}, maximumRecipients: 5000 },
  })
  expect(json.recipients).toHaveLength(2)
})

test('a file with mistakes ends with 78 and says them at their lines', async () => {
  await writeFile(draft, CAMPAIGN.replace('mese }} da', 'mesee }} da'))
  const { code, err } = await staffetta('schedule', '--campaign', draft)
  expect(code).toBe(78)
  expect(err).toMatch(/bozza\.yaml:5:\d+ +CFG_TEMPLATE +unknown name mesee/)
})

test.each([
  [['schedule', '--campaign', 'mensil'], 'did you mean "mensile"?'],
  [['schedule', '--campaign', 'nessuna.yaml'], 'there is no file nessuna.yaml'],
  [['campaigns', 'run'], 'say what: `campaigns list`'],
  [['campaigns', 'list', '--institution', 'comun'], 'there is no institution "comun"'],
  [['campaigns', 'stop', 'mensile'], 'say what: `campaigns list`'],
])('%j is wrong usage, and says what is', async (argv, said) => {
  expect(await look(...argv)).toMatchObject({ code: 2, err: expect.stringContaining(said) })
})

test('a run above its bound makes nothing, and says how to go on', async () => {
  await campaign('piccola', CAMPAIGN.replace('message:', 'maximumRecipients: 2\nmessage:'))
  const asked = await look('schedule', '--campaign', 'piccola')
  expect(asked.out).toContain('(maximumRecipients 2): it makes no flow. Select fewer')
  const ran = await look('campaigns', 'run', 'piccola', '--yes')
  expect(ran).toMatchObject({ code: 1, out: expect.stringContaining('or raise the bound') })
})

test('a run makes a flow that names the campaign, and who ran it', async () => {
  await campaign('solleciti', CAMPAIGN)
  const asked = await staffetta('campaigns', 'run', 'solleciti')
  expect(asked).toMatchObject({ code: 2, err: expect.stringContaining('say --yes') })

  const { code, out } = await staffetta('campaigns', 'run', 'solleciti', '--yes')
  expect(code).toBe(0)
  const [, flow = ''] = /^Flow (\d+): 3 messages for 135,00 €/.exec(out) ?? []
  expect((await look('flows', 'list')).out).toMatch(
    new RegExp(`${flow} .*${INSTITUTION}/solleciti`),
  )
  const shown = await look('campaigns', 'show', 'solleciti')
  expect(shown.out).toContain(`${userInfo().username}: flow ${flow}: 3 messages, 135,00 €`)
})

test('and again there is nobody to tell: it makes nothing, and says who is left out', async () => {
  const again = await look('campaigns', 'run', 'solleciti')
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining('Nothing was made.') })
  expect(again.err).toMatch(/left out +a message of a campaign waits for them +3/)
  expect(await look('campaigns', 'run', 'solleciti', '--yes')).toMatchObject({
    code: 1,
    out: 'No flow was made: nobody to tell.\n',
  })
})

test('who is no operator may not run one', async () => {
  await configure(here.playground.configDirectory, {
    [`${INSTITUTION}/institution.yaml`]: { staff: { [userInfo().username]: 'viewer' } },
  })
  const { code, err } = await staffetta('campaigns', 'run', 'solleciti', '--yes')
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('as operator or more') })
})
