// Services of the catalogue switched on and off, and own texts over them, as `check` sees them.
import { expect, it } from 'vitest'
import { edited, loadWritten, problemsOf } from './written-config.ts'

const institution = 'comune/institution.yaml'

/** The good configuration with this below its institution. */
function switched(catalogue: string): Record<string, string> {
  return edited(institution, 'services:', `catalogue: ${catalogue}\nservices:`)
}

async function mappingsOf(changes: Record<string, string | null>) {
  const { config, problems } = await loadWritten(changes)
  if (config === null) throw new Error(JSON.stringify(problems))
  return config.institutions[0]?.mappings ?? []
}

const own = `catalogue: mensa-saldo
notice:
  subject: { it: "Il credito della mensa, detto da noi", en: null }
  markdown: { en: null }
  buttons: null
`
const overlay = { 'comune/mappings/mensa-saldo.yaml': own }

it('has all mappings of a service that is on, those of a list, none where it is off', async () => {
  const names = async (catalogue: string) =>
    (await mappingsOf(switched(catalogue))).map(({ name }) => name)
  expect(await names('{ mensa: true }')).toEqual([
    'mensa-conto',
    'mensa-iscrizione',
    'mensa-saldo',
    'tari',
  ])
  expect(await names('{ mensa: [mensa-conto] }')).toEqual(['mensa-conto', 'tari'])
  expect(await names('{ mensa: false }')).toEqual(['tari'])
})

it('finds nothing to say of services that are on', async () => {
  expect(await problemsOf(switched('{ mensa: true }'))).toEqual([])
})

it('answers a name that the catalogue does not know with the nearest one', async () => {
  expect(await problemsOf(switched('{ menza: true, tari: [tari-aviso] }'))).toEqual([
    'comune/institution.yaml:4:14 CFG_UNKNOWN_NAME the catalogue has no service "menza" (did you mean "mensa"?)',
    'comune/institution.yaml:4:34 CFG_UNKNOWN_NAME the catalogue has no mapping of tari "tari-aviso" (did you mean "tari-avviso"?)',
  ])
})

it('says what to switch on to a feed that uses what is off', async () => {
  const feed = edited('comune/feeds/tari.yaml', 'mapping: tari', 'mapping: tari-avviso')
  const problems = await problemsOf({ ...feed, 'comune/mappings/tari.yaml': null })
  expect(problems).toEqual([
    'comune/feeds/tari.yaml:6:10 CFG_UNKNOWN_NAME the catalogue\'s mapping "tari-avviso" is ' +
      'switched off (write `catalogue: { tari: true }` into institution.yaml)',
  ])
})

it('puts own texts over those of the catalogue, and takes away what is null', async () => {
  const mappings = await mappingsOf({ ...switched('{ mensa: true }'), ...overlay })
  const found = mappings.find(({ name }) => name === 'mensa-saldo')
  expect(found?.spec).toMatchObject({
    series: 'mensa-saldo',
    notice: { subject: { it: 'Il credito della mensa, detto da noi' } },
  })
  expect(found?.spec.shape === 'notice' && Object.keys(found.spec.notice.markdown)).toEqual(['it'])
  expect(found?.home).toMatchObject({ catalogue: 'mensa-saldo', isReady: false })
  expect(found?.files.map((file) => file.replace(/^.*\/(\w+\/mappings)/, '$1'))).toEqual([
    'comune/mappings/mensa-saldo.yaml',
    'mensa/mappings/mensa-saldo.yaml',
  ])
})

it('has one more mapping where the file has another name', async () => {
  const named = {
    'comune/mappings/saldo-nidi.yaml': own.replace('notice:', 'series: nidi\nnotice:'),
  }
  const names = (await mappingsOf({ ...switched('{ mensa: [mensa-saldo] }'), ...named })).map(
    ({ name, spec }) => [name, spec.shape === 'notice' ? spec.series : ''],
  )
  expect(names).toEqual([
    ['mensa-saldo', 'mensa-saldo'],
    ['saldo-nidi', 'nidi'],
    ['tari', 'tari'],
  ])
})

it('warns of own texts over what is off, and does not read them', async () => {
  expect(
    await problemsOf({ ...overlay, 'comune/mappings/mensa-saldo.cases.yaml': 'cases: []' }),
  ).toEqual([
    'comune/mappings/mensa-saldo.yaml:1:12 warning CFG_UNUSED the mapping "mensa-saldo" is switched ' +
      'off: this file is not used (write `catalogue: { mensa: true }` into institution.yaml, or remove the file)',
  ])
})

it('refuses a whole mapping that has the name of one that is on', async () => {
  const whole = { 'comune/mappings/mensa-saldo.yaml': 'shape: notice\n' }
  const problems = await problemsOf({ ...switched('{ mensa: true }'), ...whole })
  expect(problems).toContain(
    'comune/mappings/mensa-saldo.yaml:1:1 CFG_VALUE the catalogue\'s mapping "mensa-saldo" is switched ' +
      'on, and has the same name (write `catalogue: mensa-saldo` and only what is otherwise; or give it another name)',
  )
})

it('reports a fault where the key stands: in the own file, else in the catalogue', async () => {
  const text = `${own}  premium: perhaps\nkey: [niente]\nwhatever: 1\n`
  const problems = await problemsOf({
    ...switched('{ mensa: true }'),
    'comune/mappings/mensa-saldo.yaml': text,
  })
  expect(problems).toEqual([
    expect.stringMatching(/^comune\/mappings\/mensa-saldo.yaml:6:12 CFG_VALUE/),
    expect.stringMatching(/^comune\/mappings\/mensa-saldo.yaml:8:1 CFG_UNKNOWN_KEY/),
  ])
  const field = text.replace(/ {2}premium[\s\S]*/, 'key: [niente]\n')
  expect(
    await problemsOf({ ...switched('{ mensa: true }'), 'comune/mappings/mensa-saldo.yaml': field }),
  ).toEqual([expect.stringMatching(/^comune\/mappings\/mensa-saldo.yaml:6:7 .*niente/)])
  const gone = 'catalogue: mensa-saldo\nrecord: { fields: { livello: null } }\n'
  const { problems: below } = await loadWritten({
    ...switched('{ mensa: true }'),
    'comune/mappings/mensa-saldo.yaml': gone,
  })
  const files = below.map(({ file }) => file)
  expect(files.some((file) => file.endsWith('catalogue/mensa/mappings/mensa-saldo.yaml'))).toBe(
    true,
  )
})

it('names the nearest mapping of the catalogue to a file that means none', async () => {
  const wrong = { 'comune/mappings/x.yaml': 'catalogue: mensa-sldo\n' }
  expect(await problemsOf(wrong)).toEqual([
    'comune/mappings/x.yaml:1:12 CFG_UNKNOWN_NAME the catalogue has no mapping "mensa-sldo" (did you mean "mensa-saldo"?)',
  ])
})
