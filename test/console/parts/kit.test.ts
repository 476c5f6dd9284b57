import { describe, expect, it } from 'vitest'
import { guideOf } from '../../../src/console/pages/guide-text.ts'
import { barChart } from '../../../src/console/parts/chart.ts'
import {
  changed,
  chips,
  chosenColumns,
  columnChooser,
  pageSize,
  sizeChooser,
  total,
} from '../../../src/console/parts/filter.ts'
import { live, progressBar } from '../../../src/console/parts/live.ts'
import { stepper, tabs, timeline } from '../../../src/console/parts/way.ts'

const hostile = '"><img src=x onerror=alert(1)>'

describe('a chart', () => {
  const chart = {
    ...{ caption: 'Inviati', what: 'Mese', series: ['Inviati', 'Letti'], language: 'it' as const },
    bars: [
      { label: 'gennaio', values: [1200, 0], hrefs: ['/comune/messages?month=1', '/nowhere'] },
      { label: hostile, values: [3, 1] },
    ],
  }

  it('has the same figures in a table, each leading to its list', () => {
    const text = barChart(chart)?.text ?? ''
    expect(text).toContain('<a href="/comune/messages?month=1">1.200</a>')
    expect(text).not.toContain('/nowhere')
    expect(text).toContain('aria-hidden="true"')
    expect(text).toMatch(/<caption>Inviati<\/caption>/)
  })

  it('draws by attributes alone, and escapes its labels', () => {
    const text = barChart(chart)?.text ?? ''
    expect(text).not.toContain('style=')
    expect(text).not.toContain('<img')
  })

  it('of nothing is nothing', () => {
    expect(barChart({ ...chart, bars: [] })).toBeNull()
  })
})

describe('filters', () => {
  const query = new URLSearchParams('state=sent&after=12&size=100')

  it('change an address and begin its pages anew', () => {
    expect(changed(query, { state: null, service: 'tari' })).toBe('?size=100&service=tari')
    expect(changed(new URLSearchParams('after=1'), {})).toBe('?')
  })

  it('that hold are chips that can be taken away', () => {
    const text = chips([{ text: `Stato: ${hostile}`, without: '?' }], '/flows', 'it')?.text ?? ''
    expect(text).toContain('Azzera filtri')
    expect(text).not.toContain('<img')
    expect(chips([], '/flows', 'it')).toBeNull()
  })

  it('say how many rows a page has, of those that may be chosen', () => {
    expect([pageSize(query), pageSize(new URLSearchParams('size=7'))]).toEqual([100, 50])
    expect(sizeChooser({ query, language: 'it' }).text).toContain('<strong aria-current="true">100')
  })

  it('choose columns, all where nothing sensible is asked', () => {
    const all = [
      { key: 'sent', title: 'Inviato' },
      { key: 'due', title: 'Scadenza' },
    ]
    expect([...chosenColumns(new URLSearchParams('columns=due'), all)]).toEqual(['due'])
    expect([...chosenColumns(new URLSearchParams('columns=x'), all)]).toEqual(['sent', 'due'])
    const text = columnChooser({ query, language: 'it' }, all).text
    expect(text).toContain('<input type="hidden" name="state" value="sent">')
  })

  it('say a total, and that it is not exact', () => {
    const visit = { language: 'it' as const }
    expect(total(visit, { rows: 1204, isAbout: false }).text).toContain('<strong>1.204</strong>')
    const about = total(visit, { rows: 10_000, isAbout: true, exactly: '?count=exact' }).text
    expect(about).toContain('circa <strong>10.000</strong>')
    expect(about).toContain('conta esattamente')
  })
})

describe('the way', () => {
  it('says in words which tab and which step is at hand', () => {
    expect(tabs('Flusso', [{ title: 'Esiti', href: '/x', current: true }]).text).toContain(
      'aria-current="page"',
    )
    const text = stepper('Passi', [{ title: 'Prova', state: 'wrong', note: hostile }], 'it').text
    expect(text).toContain('aria-current="step"')
    expect(text).toContain(': da risolvere')
    expect(text).not.toContain('<img')
    expect(timeline('Storia', [{ at: null, text: hostile }]).text).not.toContain('<img')
  })

  it('renews itself no more than once in two seconds', () => {
    expect(live('/x', 0.1, 'it', 'a').text).toContain('every 2s')
    expect(progressBar('Invio', 5, 0, '5 di 0').text).toContain('max="1" value="1"')
  })
})

describe('a guide', () => {
  const imageAt = (name: string) => (name === 'a.png' ? '/comune/guide/images/a.png' : null)
  const shown = (markdown: string) => guideOf(markdown, imageAt).content.text

  it('has a title, chapters with anchors, tables and pictures of this console', () => {
    const { title, chapters, content } = guideOf(
      '# Guida\n\n## L’approvazione\n\n| A | B |\n|---|---|\n| **x** | `y|z` |\n\n![p](../images/a.png)',
      imageAt,
    )
    expect([title, chapters]).toEqual([
      'Guida',
      [{ title: 'L’approvazione', anchor: 'lapprovazione' }],
    ])
    expect(content.text).toContain(
      '<th scope="row"><strong>x</strong></th><td><code>y|z</code></td>',
    )
    expect(content.text).toContain('<img src="/comune/guide/images/a.png" alt="p"')
  })

  it('shows no markup of its own, follows nothing outside, loads nothing', () => {
    const text = shown(
      `a <script>x</script> ${hostile}\n\n[b](javascript:alert(1)) [c](https://x.example) ![d](https://x.example/e.png)`,
    )
    expect(text).not.toMatch(/<script|<img|javascript:|href=/)
  })
})
