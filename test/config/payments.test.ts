// What a feed says of the payments that its reminders rely on, beside the feeds that bring them.
import { describe, expect, it } from 'vitest'
import { paymentsOf, relyingOn } from '../../src/config/timing-views.ts'
import { edited, loadWritten, problemsOf } from './written-config.ts'

const feed = 'comune/feeds/tari.yaml'
const relying = (name: string) =>
  edited(feed, 'from: all', `from: all\npayments: [{ feed: ${name} }]`)
const bringing = (changes = 'schedule: "0 5 * * *"') => ({
  'comune/feeds/pagamenti.yaml': `
connector: box
settings: { directory: /srv/pagamenti }
from: all
mapping: pagati
${changes}
`,
  'comune/mappings/pagati.yaml': `
shape: settlement
series: tari
record: { format: csv, fields: { numero: { column: NUMERO, type: text } } }
key: [numero]
as: settled
`,
})

describe('payments that reminders rely on', () => {
  it('are those of a feed that settles the same series', async () => {
    const { config, problems } = await loadWritten({ ...relying('pagamenti'), ...bringing() })
    expect(problems).toEqual([])
    const origin = { institution: 'comune', feed: 'tari', campaign: null }
    const source = { feed: 'pagamenti', maximumAgeHours: 26, by: 'drops' }
    expect(paymentsOf(config!, origin)).toEqual([source])
    expect(paymentsOf(config!, { ...origin, feed: 'pagamenti' })).toEqual([])
    expect(paymentsOf(config!, { ...origin, feed: null })).toEqual([])
    expect(relyingOn(config!, 'comune', 'pagamenti')).toEqual([source])
  })

  it('are all there are for a feed or a campaign that is configured no more', async () => {
    const { config } = await loadWritten({ ...relying('pagamenti'), ...bringing() })
    const source = { feed: 'pagamenti', maximumAgeHours: 26, by: 'drops' }
    for (const gone of [
      { feed: 'tari-2025', campaign: null },
      { feed: null, campaign: 'solleciti' },
    ]) {
      expect(paymentsOf(config!, { institution: 'comune', ...gone })).toEqual([source])
    }
  })

  it('are of no feed that does not exist, nor of this one if it says nothing of them', async () => {
    const unknown = await problemsOf({ ...relying('pagamento'), ...bringing() })
    const message = 'there is no feed "pagamento" (did you mean "pagamenti"?)'
    expect(unknown).toEqual([`${feed}:6:20 CFG_UNKNOWN_NAME ${message}`])
    expect((await problemsOf({ ...relying('tari'), ...bringing() }))[0]).toContain(
      'the mapping of "tari" is of shape notice: it says nothing of payments',
    )
  })

  it('may be said by the feed itself, as a snapshot of what is still to be paid does', async () => {
    const snapshot = edited(
      'comune/mappings/tari.yaml',
      'series: tari',
      'series: tari\ndelivery: snapshot\nmissing: { as: settled }',
    )
    const own = edited(
      feed,
      'from: all',
      'from: all\nschedule: "0 6 * * *"\npayments: [{ feed: tari, by: polls }]',
    )
    const { config, problems } = await loadWritten({ ...snapshot, ...own })
    expect(problems).toEqual([])
    const origin = { institution: 'comune', feed: 'tari', campaign: null }
    expect(paymentsOf(config!, origin)).toEqual([
      { feed: 'tari', maximumAgeHours: 26, by: 'polls' },
    ])
  })

  it('are of no feed that says nothing of them', async () => {
    const other = bringing('schedule: "0 5 * * *"\nservice: tributi')
    other['comune/feeds/pagamenti.yaml'] = other['comune/feeds/pagamenti.yaml'].replace(
      'pagati',
      'tari',
    )
    const problems = await problemsOf({ ...relying('pagamenti'), ...other })
    expect(problems.filter((one) => one.startsWith(feed))).toEqual([
      `${feed}:6:20 CFG_VALUE the mapping of "pagamenti" is of shape notice: it says nothing of payments (name a feed of settlements; or one whose own records say it, by \`missing\` or \`action\`)`,
    ])
    const series = bringing()
    series['comune/mappings/pagati.yaml'] = series['comune/mappings/pagati.yaml'].replace(
      'series: tari',
      'series: manual',
    )
    expect(await problemsOf({ ...relying('pagamenti'), ...series })).toEqual([
      `${feed}:6:20 CFG_VALUE "pagamenti" settles nothing of the series "tari", whose reminders rely on it (add the series to mappings/pagati.yaml, or name another feed)`,
    ])
  })

  it('grow old where their feed has no schedule, which is said', async () => {
    expect(await problemsOf({ ...relying('pagamenti'), ...bringing('') })).toEqual([
      `${feed}:6:20 warning CFG_VALUE "pagamenti" has no schedule: its payments grow old, and reminders are held (give it a schedule, or collect it by hand in time)`,
    ])
  })
})
