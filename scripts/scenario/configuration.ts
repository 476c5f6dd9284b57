// The configuration of the simulated year, written from its rules into a directory of its own: two
// institutions with two accounts, feeds whose files are handed over by the scenario.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { dateOf } from './days.ts'
import {
  campaign,
  type FeedName,
  type FeedRules,
  feedNames,
  type Hours,
  type InstitutionName,
  institutions,
  rulesOf,
} from './rules.ts'

const csv = { format: 'csv', encoding: 'utf-8', delimiter: ',' }
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** Writes it; every file is JSON, which is YAML too. */
export async function writeConfiguration(directory: string): Promise<void> {
  const write = async (path: string, value: object) => {
    const file = join(directory, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, JSON.stringify(value, null, 2))
  }
  const accounts = Object.values(institutions).map(({ account }) => [account, {}])
  await write('staffetta.yaml', { accounts: Object.fromEntries(accounts) })
  for (const name of Object.keys(institutions) as InstitutionName[]) {
    const own = feedNames.filter((feed) => rulesOf(feed).institution === name)
    await write(`${name}/institution.yaml`, institutionOf(name, own))
    for (const feed of own) {
      await write(`${name}/feeds/${feed}.yaml`, feedOf(feed, rulesOf(feed)))
      await write(`${name}/mappings/${feed}.yaml`, mappingOf(feed, rulesOf(feed)))
    }
    if (own.includes(campaign.feed)) {
      await write(`${name}/campaigns/${campaign.name}.yaml`, campaignOf())
    }
    for (const [mapping, spec] of Object.entries(tablesOf(name, own))) {
      await write(`${name}/feeds/${mapping}.yaml`, { ...source, mapping })
      await write(`${name}/mappings/${mapping}.yaml`, spec)
    }
  }
}

const source = {
  connector: 'folder',
  settings: { directory: '/nowhere', pattern: '*' },
  from: 'all',
}

function institutionOf(name: InstitutionName, own: FeedName[]) {
  const { zone, patron, closed, quiet, account } = institutions[name]
  const key = 'env:STAFFETTA_SCENARIO_KEY'
  const services = own.map((feed) => [
    feed,
    {
      serviceId: `01SCENARIO${feed}`,
      account,
      key,
      plan: rulesOf(feed).isPremium ? 'premium' : 'base',
    },
  ])
  return {
    name,
    fiscalCode: '00000000000',
    timeZone: zone,
    calendar: {
      patron,
      ...(closed && { closed: [{ from: dateOf(closed[0]), to: dateOf(closed[1]) }] }),
      ...(quiet && { quietHours: { from: quiet[0], to: quiet[1] } }),
    },
    services: Object.fromEntries(services),
  }
}

function feedOf(feed: FeedName, { window, payments, isRemindedByIo }: FeedRules) {
  return {
    ...source,
    mapping: feed,
    service: feed,
    ...(window && { window: windowOf(window) }),
    ...(payments && {
      payments: [{ feed: 'incassi', maximumAgeHours: payments.hours, by: payments.by }],
    }),
    ...(isRemindedByIo && { reminders: 'io' }),
  }
}

function windowOf({ from, to, days, holidays }: Hours) {
  return { from, to, days: days.map((day) => weekdays[day]), holidays }
}

const filler =
  'Questo messaggio appartiene a una prova: nessun cittadino esiste e nulla è dovuto davvero.'

function mappingOf(feed: FeedName, { reminders, isPremium, institution }: FeedRules) {
  const hasGroups = feed === 'tributi'
  const hasRegister = institution === 'comune-di-prova'
  return {
    shape: 'notice',
    series: feed,
    record: {
      ...csv,
      fields: {
        chiave: { column: 'CHIAVE', type: 'text' },
        codice_fiscale: { column: 'CF', type: 'fiscalCode' },
        debito: { column: 'DEBITO', type: 'text' },
        rata: { column: 'RATA', type: 'text' },
        emissione: { column: 'EMISSIONE', type: 'text' },
        importo: { column: 'CENTESIMI', type: 'euro', decimals: 'cents' },
        scadenza: { column: 'SCADENZA', type: 'date', formats: ['yyyy-MM-dd'] },
        avviso: { column: 'AVVISO', type: 'noticeNumber' },
      },
    },
    ...(hasRegister && {
      lookups: { deceduto: { reference: 'decessi', by: 'codice_fiscale', onMissing: 'empty' } },
      skip: [{ when: 'deceduto.found', because: 'deceduto' }],
    }),
    key: ['chiave'],
    ...(hasGroups && { group: 'debito', single: 'rata == "U"', firstWhen: 'rata == "U"' }),
    facets: { emission: 'emissione' },
    notice: {
      fiscalCode: 'codice_fiscale',
      subject: { it: 'Avviso {{ chiave }} da pagare' },
      markdown: { it: `${filler} Importo {{ importo | euro }}, entro {{ scadenza | date_it }}.` },
      dueDate: 'scadenza',
      payment: { noticeNumber: 'avviso', amount: 'importo' },
      premium: isPremium,
    },
    reminders: reminders.map(({ days, time, whenClosed, late }, index) => ({
      at: `${days < 0 ? '' : '+'}${days}d ${time}`,
      whenClosed,
      late,
      subject: { it: `Promemoria ${index + 1} di {{ chiave }}` },
      markdown: { it: `${filler} Promemoria ${index + 1}: entro {{ scadenza | date_it }}.` },
    })),
  }
}

function campaignOf() {
  const [from, to] = campaign.due
  const { schedule, feed: mapping, late } = campaign
  return {
    ...{ mapping, schedule, late, window: windowOf(campaign.window) },
    select: { due: { from: `${from}d`, to: `+${to}d` }, unpaid: true },
    message: {
      subject: { it: 'Da saldare: {{ chiave }}' },
      markdown: { it: `${filler} Risulta da saldare entro {{ scadenza | date_it }}.` },
    },
  }
}

/** What says how debts end, and who has died. */
function tablesOf(name: InstitutionName, series: FeedName[]): Record<string, object> {
  const closing = (by: string, column: string, type: string, as: string) => ({
    shape: 'settlement',
    series,
    record: { ...csv, fields: { nome: { column, type } } },
    by,
    key: ['nome'],
    as,
  })
  const settlements = {
    incassi: closing('noticeNumber', 'AVVISO', 'noticeNumber', 'settled'),
    annullamenti: closing('key', 'CHIAVE', 'text', 'cancelled'),
  }
  if (name !== 'comune-di-prova') return settlements
  const fields = { codice_fiscale: { column: 'CF', type: 'fiscalCode' } }
  return {
    ...settlements,
    anagrafe: closing('fiscalCode', 'CF', 'fiscalCode', 'cancelled'),
    decessi: { shape: 'reference', record: { ...csv, fields }, key: 'codice_fiscale' },
  }
}
