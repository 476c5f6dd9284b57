// What the ready-made services promise about whole lives, over the real stages: what a second file
// says of the first, what leaves again, and what leaves no more. On a clock that the test moves;
// told by what IO accepted.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { getFeed } from '../src/config/config.ts'
import {
  configure,
  INSTITUTION,
  type Installation,
  leaveFile,
  openInstallation,
  writeConfigured,
} from './installation.ts'

const local = (text: string) =>
  Temporal.PlainDateTime.from(text).toZonedDateTime('Europe/Rome').toInstant()
const noStop = new AbortController().signal

let here: Installation
let now: Temporal.Instant
const titles: string[] = []

beforeEach(async () => {
  now = local('2027-05-03T09:00')
  titles.length = 0
  here = await openInstallation({ now: () => now })
  here.answer(({ method, path, body }) => {
    if (method === 'POST' && path.includes('/messages')) {
      titles.push(JSON.parse(body).content.subject)
    }
    return null
  })
})
afterEach(() => here[Symbol.asyncDispose]())

/** Switches a service on, with a feed for each of these mappings over one folder. */
async function switchedOn(service: string, ...mappings: string[]): Promise<void> {
  const { playground } = here
  const directory = join(playground.directory, `drops-${service}`)
  await mkdir(directory)
  for (const mapping of mappings) {
    const settings = { directory, pattern: '*.csv', stabilitySeconds: 0 }
    const feed = { connector: 'folder', settings, mapping, service: 'mensa', from: 'all' }
    const text = JSON.stringify({ ...feed, schedule: '*/15 * * * *' })
    await writeConfigured(playground, `feeds/${mapping}.yaml`, text)
  }
  const file = `${INSTITUTION}/institution.yaml`
  await configure(playground.configDirectory, { [file]: { [`catalogue.${service}`]: true } })
  await here.reopen()
}

/** What this feed finds is read. */
async function take(name: string): Promise<void> {
  const feed = getFeed(here.app.config, INSTITUTION, name)
  const { drops } = (await here.app.collect(feed, noStop)) ?? { drops: [] }
  for (const { id } of drops) await here.app.map(id)
}

/** The source writes its file anew, and every feed over it takes it. */
async function file(service: string, rows: string[], ...mappings: string[]): Promise<void> {
  await leaveFile(join(here.playground.directory, `drops-${service}`), `${service}.csv`, [
    ...rows,
    '',
  ])
  for (const mapping of mappings) await take(mapping)
  for (const id of await here.app.store.flows.awaitingRelease(10)) await here.app.release(id)
  await here.send()
}

async function at(moment: string): Promise<void> {
  now = local(moment)
  await here.send()
}

const notice = { column: 'AVVISO', type: 'noticeNumber' }

/** The bank says that this notice is paid. */
async function pay(number: string): Promise<void> {
  const directory = join(here.playground.directory, 'drops-incassi')
  await leaveFile(directory, 'incassi.csv', ['AVVISO', number, ''])
  await take('incassi')
}

/** The titles of what reached IO since the last time that this was asked. */
function heard(): string[] {
  return titles.splice(0)
}

test('an appointment that moves is recalled anew, a cancelled one no more', async () => {
  const both = ['appuntamenti-conferma', 'appuntamenti-annullamento']
  await switchedOn('appuntamenti', ...both)
  const header =
    'APPUNTAMENTO;STATO;CODICE_FISCALE;SERVIZIO;UFFICIO;DATA;ORA;INDIRIZZO;PORTARE;ANNULLATO_DA;LINK'
  const row = (state: string, day: string, hour: string) =>
    `APP-1;${state};DNTCBB60P17Z999T;Anagrafe;Sportello 2;${day};${hour};;;UFFICIO;`
  const say = (...rows: string[]) => file('appuntamenti', [header, ...rows], ...both)

  await say(row('CONFERMATO', '20/05/2027', '09:30'))
  expect(heard()).toEqual(['Il tuo appuntamento è confermato'])
  await say(row('CONFERMATO', '20/05/2027', '09:30'))
  expect(heard()).toEqual([])
  await say(row('SPOSTATO', '20/05/2027', '11:00'))
  expect(heard()).toEqual(['Il tuo appuntamento è cambiato'])
  await say(row('SPOSTATO', '27/05/2027', '11:00'))
  expect(heard()).toEqual(['Il tuo appuntamento è cambiato'])
  await at('2027-05-19T09:30')
  expect(heard()).toEqual([])
  await at('2027-05-24T09:30')
  expect(heard()).toEqual(['Il tuo appuntamento è tra pochi giorni'])
  await say(row('ANNULLATO', '27/05/2027', '11:00'))
  expect(heard()).toEqual(['Il tuo appuntamento è annullato'])
  await at('2027-05-26T09:30')
  expect(heard()).toEqual([])
})

test('low credit is told once a top-up, and once more when it is gone', async () => {
  await switchedOn('mensa', 'mensa-saldo')
  const header = 'PRATICA;CODICE_FISCALE;ALUNNO;SALDO;DATA_SALDO;LIVELLO;ULTIMA_RICARICA;LINK'
  const say = (left: string, day: string, level: string, topUp: string) =>
    file(
      'mensa',
      [header, `M-1;DNTCBB60P17Z999T;;${left};${day};${level};${topUp};`],
      'mensa-saldo',
    )
  const low = 'Mensa scolastica: il credito sta per finire'

  await say('20,00', '02/05/2027', 'BASSO', '01/04/2027')
  expect(heard()).toEqual([])
  await say('9,00', '03/05/2027', 'BASSO', '01/04/2027')
  expect(heard()).toEqual([low])
  await say('4,50', '04/05/2027', 'BASSO', '01/04/2027')
  expect(heard()).toEqual([])
  await say('0,00', '05/05/2027', 'ESAURITO', '01/04/2027')
  expect(heard()).toEqual(['Mensa scolastica: il credito è finito'])
  await say('9,00', '20/05/2027', 'BASSO', '06/05/2027')
  expect(heard()).toEqual([low])
})

test('each state of a procedure is told once', async () => {
  await switchedOn('pratiche', 'pratiche-stato')
  const header =
    'PRATICA;CODICE_FISCALE;PROCEDIMENTO;STATO;DATA_STATO;PROTOCOLLO;DATA_PROTOCOLLO;UFFICIO;TERMINE;LINK'
  const row = (state: string, day: string) =>
    `P-1;DNTCBB60P17Z999T;Passo carrabile;${state};${day};;;;;`
  const received = row('RICEVUTA', '02/05/2027')
  await file('pratiche', [header, received], 'pratiche-stato')
  await file('pratiche', [header, received, row('SOSPESA', '03/05/2027')], 'pratiche-stato')
  await file('pratiche', [header, row('NON ACCOLTA', '03/05/2027')], 'pratiche-stato')
  expect(heard()).toEqual([
    'Abbiamo ricevuto la tua pratica',
    'La tua pratica è ferma: serve la tua attenzione',
    "La tua pratica è conclusa: leggi com'è andata",
  ])
})

test('more time moves the reminders, and documents that came end them', async () => {
  await switchedOn('pratiche', 'pratiche-integrazione')
  const header = 'PRATICA;RICHIESTA;STATO;CODICE_FISCALE;PROCEDIMENTO;DOCUMENTI;SCADENZA;LINK'
  const say = (state: string, due: string) =>
    file(
      'pratiche',
      [header, `P-1;1;${state};DNTCBB60P17Z999T;Passo carrabile;;${due};`],
      'pratiche-integrazione',
    )
  await say('RICHIESTA', '17/05/2027')
  await say('PROROGATA', '31/05/2027')
  expect(heard()).toEqual([
    'La tua pratica: mancano dei documenti',
    'La tua pratica: hai più tempo per i documenti',
  ])
  await at('2027-05-10T09:30')
  expect(heard()).toEqual([])
  await at('2027-05-24T09:30')
  expect(heard()).toEqual(['La tua pratica: ti resta poco tempo per i documenti'])
  await say('CONSEGNATA', '31/05/2027')
  await at('2027-05-29T09:30')
  expect(heard()).toEqual([])
})

test('a bill is recalled until it is paid, and not after that', async () => {
  const settlement = {
    ...{ shape: 'settlement', series: 'bollette-avviso', by: 'noticeNumber', key: ['avviso'] },
    ...{ as: 'settled', record: { format: 'csv', fields: { avviso: notice } } },
  }
  await writeConfigured(here.playground, 'mappings/incassi.yaml', JSON.stringify(settlement))
  const directory = join(here.playground.directory, 'drops-incassi')
  await mkdir(directory)
  const feed = {
    ...{ connector: 'folder', settings: { directory, pattern: '*.csv', stabilitySeconds: 0 } },
    ...{ mapping: 'incassi', from: 'all', schedule: '0 5 * * *' },
  }
  await writeConfigured(here.playground, 'feeds/incassi.yaml', JSON.stringify(feed))
  await switchedOn('bollette', 'bollette-avviso')
  const header =
    'BOLLETTA;CLIENTE;CODICE_FISCALE;FORNITURA;PERIODO;IMPORTO;SCADENZA;PAGAMENTO;AVVISO'
  const bill = (n: number, fiscalCode: string, due: string) =>
    `B-${n};C-${n};${fiscalCode};ACQUA;marzo 2027;62,40;${due};AVVISO;30227030000000030${n}`
  const bills = [
    bill(1, 'DNTCBB60P17Z999T', '31/05/2027'),
    bill(2, 'FNTCBB61R58Z999L', '31/05/2027'),
  ]
  await file('bollette', [header, ...bills], 'bollette-avviso')
  expect(heard()).toHaveLength(2)
  await at('2027-05-24T09:30')
  expect(heard()).toHaveLength(2)

  await pay('302270300000000301')
  await at('2027-05-30T09:30')
  expect(heard()).toEqual(["Ultimi giorni per la bolletta dell'acqua: marzo 2027"])
  await pay('302270300000000302')
  await at('2027-06-10T09:30')
  expect(heard()).toEqual([])
})
