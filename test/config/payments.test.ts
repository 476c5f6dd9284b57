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
    expect(relyingOn(config!, 'comune', 'pagamenti')).toEqual([source])
  })

  it('are of no feed that does not exist, or that is the feed itself', async () => {
    const unknown = await problemsOf({ ...relying('pagamento'), ...bringing() })
    const message = 'there is no other feed "pagamento" (did you mean "pagamenti"?)'
    expect(unknown).toEqual([`${feed}:6:20 CFG_UNKNOWN_NAME ${message}`])
    expect((await problemsOf({ ...relying('tari'), ...bringing() }))[0]).toContain(
      'there is no other feed "tari"',
    )
  })

  it('are of no feed that says nothing of them', async () => {
    const other = bringing('schedule: "0 5 * * *"\nservice: tributi')
    other['comune/feeds/pagamenti.yaml'] = other['comune/feeds/pagamenti.yaml'].replace(
      'pagati',
      'tari',
    )
    const problems = await problemsOf({ ...relying('pagamenti'), ...other })
    expect(problems.filter((one) => one.startsWith(feed))).toEqual([
      `${feed}:6:20 CFG_VALUE the mapping of "pagamenti" is of shape notice: it says nothing of payments (name a feed whose mapping is of shape settlement)`,
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
