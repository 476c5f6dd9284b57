import { describe, expect, test } from 'vitest'
import { edited, problemsOf } from './written-config.ts'

const institution = (calendar: string) => ({
  ...edited('comune/institution.yaml', 'services:', `calendar:\n  ${calendar}\nservices:`),
})
const feed = (more: string) => ({
  ...edited('comune/feeds/tari.yaml', 'from: all', `from: all\n${more}`),
})
const quietHours = 'quietHours: { from: "21:00", to: "08:00" }'

describe('a window', () => {
  test('that opens is right', async () => {
    const window = feed('window: { from: "09:00", to: "24:00", days: [sat, sun] }')
    expect(await problemsOf({ ...window, ...institution(quietHours) })).toEqual([])
  })

  test.each([
    ['19:00', '08:00'],
    ['08:00', '08:00'],
  ])('from %s to %s never opens', async (from, to) => {
    expect(await problemsOf(feed(`window: { from: "${from}", to: "${to}" }`))).toEqual([
      `comune/feeds/tari.yaml:6:30 CFG_VALUE the window opens at ${from} and closes at ${to}: it ` +
        'never opens (let `from` come before `to`, which is at most `24:00`)',
    ])
  })

  test('within the quiet hours never opens', async () => {
    const window = feed('window: { from: "21:00", to: "23:30" }')
    expect(await problemsOf({ ...window, ...institution(quietHours) })).toEqual([
      'comune/feeds/tari.yaml:6:9 CFG_VALUE the window from 21:00 to 23:30 is within the quiet ' +
        'hours of the institution (these are 21:00–08:00: change them in institution.yaml, or ' +
        'the window)',
    ])
  })

  test('with a wrong time is that alone', async () => {
    const problems = await problemsOf(feed('window: { from: "25:00", to: "08:00" }'))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain('comune/feeds/tari.yaml:6:17 CFG_VALUE window.from')
  })
})

describe('quiet hours', () => {
  test.each([
    ['13:00', '15:00'],
    ['08:00', '08:00'],
  ])('from %s to %s are not over midnight', async (from, to) => {
    expect(await problemsOf(institution(`quietHours: { from: "${from}", to: "${to}" }`))).toEqual([
      `comune/institution.yaml:5:15 CFG_VALUE the quiet hours from ${from} to ${to} are not over ` +
        'midnight (give the evening first: `{ from: "21:00", to: "08:00" }`; hours of the day ' +
        'are the `window` of a feed)',
    ])
  })

  test.each([
    ['00:00', '07:00'],
    ['22:00', '00:00'],
  ])('may begin or end at midnight: %s to %s', async (from, to) => {
    const hours = institution(`quietHours: { from: "${from}", to: "${to}" }`)
    expect(await problemsOf(hours)).toEqual([])
  })
})

describe('closed days', () => {
  test('end on the day when they begin, or after it', async () => {
    const turned = institution('closed: [{ from: 2026-12-31, to: 2026-12-24 }]')
    expect(await problemsOf(turned)).toEqual([
      'comune/institution.yaml:5:36 CFG_VALUE the last day comes before the first: nothing is ' +
        'closed (turn them round)',
    ])
  })

  test('are not a year, in one span or in several', async () => {
    const spans =
      '{ from: 2026-01-01, to: 2026-06-30 }, 2026-07-01, { from: 2026-07-02, to: 2027-01-31 }'
    expect(await problemsOf(institution(`closed: [${spans}]`))).toEqual([
      'comune/institution.yaml:5:62 CFG_VALUE closed for 396 days in a row, at most 300 can be ' +
        '(a feed that is to send nothing has no `schedule`, its service is in `dry-run`)',
    ])
  })

  test('may be many, with days between them', async () => {
    const spans = '{ from: 2026-01-01, to: 2026-06-30 }, { from: 2026-07-02, to: 2026-12-31 }'
    expect(await problemsOf(institution(`closed: [${spans}]`))).toEqual([])
  })
})

/** The mapping with a due date, a payment and one reminder; `premium` where wanted. */
function mapping(at: string, premium = true): Record<string, string> {
  const [name = '', text = ''] = Object.entries(
    edited('comune/mappings/tari.yaml', 'key: [numero]', 'key: [numero]'),
  )[0] as [string, string]
  const fields = `    scadenza: { column: SCADENZA, type: date, formats: [yyyy-MM-dd] }
    avviso: { column: AVVISO, type: noticeNumber }
`
  const notice = `  dueDate: scadenza
  payment: { noticeNumber: avviso, amount: importo }
  premium: ${premium}
reminders:
  - at: "${at}"
    subject: { it: "Tari: fra poco scade la rata {{ numero }}" }
    markdown:
      it: |
        Fra poco scade la rata {{ numero }} della Tari: se l'hai già pagata, non c'è altro da fare.
`
  return { [name]: text.replace('key: [numero]', `${fields}key: [numero]`) + notice }
}

const premiumService = edited(
  'comune/institution.yaml',
  'account: conto',
  'account: conto\n    plan: premium',
)

describe('a reminder at an hour that its feed never has', () => {
  test('is worth a warning at the reminder', async () => {
    const files = { ...mapping('-7d 20:00', false), ...feed('window: {}') }
    expect(await problemsOf(files)).toEqual([
      expect.stringMatching(
        /^comune\/mappings\/tari\.yaml:\d+:9 warning CFG_VALUE nothing leaves at this hour: each such reminder is moved, or skipped \(messages of .*tari\.yaml leave from 08:00 to 19:00\)$/,
      ),
    ])
  })

  test('is none within the hours', async () => {
    const files = { ...mapping('-7d 18:59', false), ...feed('window: {}') }
    expect(await problemsOf(files)).toEqual([])
  })
})

describe('reminders that are left to IO', () => {
  const leave = feed('reminders: io')

  test('come with a warning that says what IO promises', async () => {
    expect(await problemsOf({ ...mapping('-7d 09:30'), ...premiumService, ...leave })).toEqual([
      'comune/feeds/tari.yaml:6:12 warning CFG_VALUE IO’s own reminders may not come: at most ' +
        'four, 13, 10, 7 and 4 days before the due date, only where that is pagoPA’s own too, ' +
        'and from the third day after the message (with `reminders: ours`, the default, those of the ' +
        'mapping leave)',
    ])
  })

  test('are wrong of messages that are not premium', async () => {
    expect(await problemsOf({ ...mapping('-7d 09:30', false), ...leave })).toEqual([
      'comune/feeds/tari.yaml:6:12 CFG_VALUE IO reminds of premium messages with a payment and a ' +
        'due date alone; its mapping has no `notice.premium` (say `reminders: ours`, or leave it ' +
        'out)',
    ])
  })

  test('are wrong of messages without a payment', async () => {
    const [[name, text] = ['', '']] = Object.entries(mapping('-7d 09:30'))
    const without = { [name]: text.replace(/ {2}payment: .*\n/, '') }
    const problems = await problemsOf({ ...without, ...premiumService, ...leave })
    expect(problems.filter((one) => one.includes(' CFG_VALUE '))).toEqual([
      expect.stringContaining('its mapping has no `notice.payment`'),
    ])
  })
})

describe('the reminders of a mapping', () => {
  const [[name, text] = ['', '']] = Object.entries(mapping('+3d 09:30', false))
  const unpayable = text.replace(
    'amount: importo }',
    'amount: importo, invalidAfterDueDate: true }',
  )

  test('after the due date ask for what IO lets nobody pay then: a warning', async () => {
    expect(await problemsOf({ [name]: unpayable })).toEqual([
      expect.stringMatching(
        /^comune\/mappings\/tari\.yaml:\d+:9 warning CFG_VALUE after the due date IO takes no payment of it: `invalidAfterDueDate` \(take that away if pagoPA still lets it be paid then, or let the text say how to\)$/,
      ),
    ])
    expect(await problemsOf({ [name]: unpayable.replace('+3d', '+0d') })).toEqual([])
    expect(await problemsOf({ [name]: text })).toEqual([])
  })

  test('have times of their own: of two at the same one would never leave', async () => {
    const reminder = text.slice(text.indexOf('  - at:'))
    const twice = { [name]: text + reminder.replace(/^\n/, '') }
    expect(await problemsOf(twice)).toEqual([
      expect.stringMatching(
        /^comune\/mappings\/tari\.yaml:\d+:9 CFG_VALUE two reminders at \+3d 09:30: only one of them would leave /,
      ),
    ])
  })
})
