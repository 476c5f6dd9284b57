import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Console } from '../../src/console/server.ts'
import type { NewMessage } from '../../src/domain/new-message.ts'
import { call } from '../cli/call-command.ts'
import { child, INSTITUTION, type Installation, openInstallation, parent } from '../installation.ts'

// A test batch from the choice of its records to the answers of colleagues, with IO's sandbox, a
// mail server and a browser's requests.

const ADA = { name: 'Ada', fiscalCode: parent(9001), email: 'ada@comune.example' }
const BEA = { name: 'Bea', fiscalCode: parent(9002), email: 'bea@comune.example' }
const MUTE = { name: 'Carlo', fiscalCode: parent(9003) }
const WRONG = 'Il nome <b>è</b> sbagliato\u001b[31m'

let here: Installation
let flow: number
let pages: Console
let passed = Temporal.Duration.from({ hours: 0 })
let links: string[] = []

const institution = `${INSTITUTION}/institution.yaml`

beforeAll(async () => {
  here = await openInstallation({
    now: () => Temporal.Now.instant().add(passed),
    configuration: {
      'staffetta.yaml': {
        console: { listen: '127.0.0.1:0', url: 'https://comune.example/staffetta' },
      },
      [institution]: { testers: [ADA, BEA, MUTE] },
      [`${INSTITUTION}/feeds/mensa.yaml`]: { release: { approval: 'one', test: 'required' } },
    },
  })
  const rows = [0, 1, 2, 3, 4, 5].map((n) => child(n, { cents: 1000 + 100 * n }))
  flow = await here.drop(rows)
  pages = (await here.app.openPages()) as Console
})
afterAll(async () => {
  await pages.close()
  await here[Symbol.asyncDispose]()
})

const flows = (...args: string[]) => call(here, ['flows', ...args, '--lang', 'it'])
const test = (...args: string[]) => flows('test', String(flow), ...args)
const accepted = () => [...here.playground.sandbox.truth.accepted()]
const asked = { actor: 'ufficio', origin: 'cli', note: null }
const state = async () => (await here.app.flows.testState(flow))!

/** What the checks find now, by code. */
async function findings(): Promise<string[]> {
  const checked = await here.app.flows.check(flow)
  if (checked.kind === 'refused') throw new Error(checked.because)
  return checked.report.findings.map(({ code }) => code)
}

/** A link of a mail, as it stands behind the proxy that takes its prefix off. */
const at = (link: string) => link.replace('https://comune.example/staffetta', pages.url)
const get = (link: string, headers = {}) => fetch(at(link), { headers, redirect: 'manual' })
const post = (link: string, form: Record<string, string>) =>
  fetch(at(link), { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' })

async function mailedLinks(): Promise<string[]> {
  const before = here.playground.mails.length
  await here.app.mail()
  const mails = here.playground.mails.slice(before)
  // Mails break long lines; whoever reads them sees them whole.
  const texts = mails.map(({ text }) => text.replace(/=\r?\n/g, ''))
  return texts.flatMap((text) => text.match(/https:\S+\/prova\/\S+/g) ?? [])
}

describe('before it leaves', () => {
  it('shows the records at the edges with their reasons, and no whole fiscal code', async () => {
    const { code, out } = await test('--show')
    expect(code).toBe(0)
    expect(out).toContain('importo più alto')
    expect(out).toContain('importo più basso')
    expect(out).toContain('[PROVA] Mensa scolastica: il conto di 2026-03')
    expect(out).toContain('promemoria 1')
    expect(out).not.toContain(parent(5))
    expect(await test('--show')).toEqual({ code, out, err: '' })
  })

  it('is refused for a tester who could not answer, and says who', async () => {
    const { code, err } = await test('--send')
    expect(code).toBe(1)
    expect(err).toContain('Carlo')
    expect(accepted()).toEqual([])
  })

  it('is refused for one whom IO does not reach: nothing leaves for anybody', async () => {
    here.playground.sandbox.stateCitizen(BEA.fiscalCode, { onIo: false })
    const { code, err } = await test('--send', '--tester', 'Ada', '--tester', 'Bea')
    expect(code).toBe(1)
    expect(err).toContain('Bea non ha l’app IO')
    here.playground.sandbox.stateCitizen(BEA.fiscalCode, { off: 'all' })
    const off = await test('--send', '--tester', 'Ada', '--tester', 'Bea')
    expect(off.err).toContain('Bea ha disattivato il servizio')
    here.answer(({ path }) => (path === '/profiles' ? { answer: { status: 401 } } : null))
    expect((await test('--send', '--tester', 'Ada')).err).toContain('rifiuta la chiave')
    here.answer(() => null)
    here.playground.sandbox.stateCitizen(BEA.fiscalCode, { onIo: true })
    await here.send()
    expect(accepted()).toEqual([])
    expect(await here.query('select from test_batches')).toEqual([])
    expect(await here.query(`select from flows where origin = 'test'`)).toEqual([])
  })

  it('names the testers that there are when another is asked for', async () => {
    const { code, err } = await test('--send', '--tester', 'Zoe')
    expect(code).toBe(2)
    expect(err).toContain('"Ada", "Bea", "Carlo"')
  })
})

describe('a batch', () => {
  it('reaches the testers alone, with the prefix and false notice numbers', async () => {
    const { code, out } = await test('--send', '--tester', 'Ada', '--tester', 'Bea')
    expect(code).toBe(0)
    expect(out).toContain('a Ada, Bea, in partenza')
    const submitted: NewMessage[] = []
    here.answer(({ path, body }) => {
      if (path === '/messages') submitted.push(JSON.parse(body))
      return null
    })
    await here.send()
    const { items } = await state()
    expect(accepted()).toHaveLength(2 * items.length)
    expect(submitted).toHaveLength(2 * items.length)
    expect(new Set(submitted.map(({ fiscal_code: code }) => code))).toEqual(
      new Set([ADA.fiscalCode, BEA.fiscalCode]),
    )
    for (const { content } of submitted) {
      expect(content.subject).toMatch(/^\[PROVA\] Mensa scolastica/)
      expect(content.payment_data?.notice_number).toMatch(/^300\d{13}99$/)
    }
    const amounts = submitted.map(({ content }) => content.payment_data?.amount ?? 0)
    expect([Math.min(...amounts), Math.max(...amounts)]).toEqual([1000, 1500])
    const titles = submitted.map(({ content }) => content.subject)
    expect(titles.some((title) => title.includes('sta per scadere'))).toBe(true)
  })

  it('leaves the tested flow, its account and the list of flows as they were', async () => {
    expect(await here.app.store.flows.account(flow)).toMatchObject({ read: 6, waiting: 6, sent: 0 })
    const list = await flows('list', '--json')
    expect(JSON.parse(list.out).map(({ id }: { id: number }) => id)).toEqual([flow])
    const all = JSON.parse((await flows('list', '--tests', '--json')).out)
    expect(all.map(({ origin }: { origin: string }) => origin)).toEqual(['test', 'drop'])
    const found = await here.app.store.notices.list(
      {
        institution: INSTITUTION,
        series: null,
        name: { by: 'recipient', fiscalCode: ADA.fiscalCode },
      },
      10,
    )
    expect(found.all).toBe(0)
  })

  it('gives each tester a link of their own, of which no copy is kept', async () => {
    links = await mailedLinks()
    expect(links).toHaveLength(2)
    expect(new Set(links).size).toBe(2)
    expect(links[0]).toMatch(/^https:\/\/comune\.example\/staffetta\/prova\/[\w-]{43}$/)
    const kept = await here.query<{ body: string; secret: Buffer | null }>(
      'select body, secret from staff_mails',
    )
    for (const { body, secret } of kept) {
      expect(body).not.toContain('/prova/')
      expect(secret).toBeNull()
    }
    const token = links[0]!.slice(-43)
    expect(await here.query('select from test_invitations where token_hash = $1', [token])).toEqual(
      [],
    )
  })

  it('opens a page that shows no citizen’s data, loads nothing and changes nothing', async () => {
    const page = await get(links[0]!)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    const text = await page.text()
    expect(text).toContain('importo più alto')
    expect(text).toContain('Tutto corretto in tutti i messaggi')
    expect(text).not.toMatch(/<script|https?:|[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]/)
    expect(text).not.toContain('2026-03')
    // Enter presses the first button of a form.
    expect(text.match(/<button[^>]*>/)?.[0]).toBe('<button>')
    const style = await fetch(new URL('../console.css', at(links[0]!)))
    expect(style.headers.get('content-type')).toContain('text/css')
    const english = await get(links[0]!, { 'accept-language': 'en-GB,en;q=0.9,it;q=0.5' })
    expect(await english.text()).toContain('All correct in all messages')
    expect((await state()).counts).toMatchObject({ confirmed: 0, reported: 0 })
  })

  it('is confirmed by one button, and the answers of each tester are their own', async () => {
    const said = await post(links[0]!, { all: 'ok' })
    expect([said.status, said.headers.get('location')]).toEqual([303, '?grazie'])
    const { items, counts } = await state()
    expect(counts).toEqual({ messages: 2 * items.length, confirmed: items.length, reported: 0 })
    expect(await (await get(`${links[0]}?grazie`)).text()).toContain('Grazie')
    const { out } = await test()
    expect(out).toContain(`confermati ${items.length} messaggi su ${2 * items.length}`)
    expect(out).toMatch(/Ada +✓ +✓/)
    expect(out).toMatch(/Bea +– +–/)
  })

  it('hears of a problem with its note, which is sealed, and told without controls', async () => {
    const empty = await post(links[1]!, { 'answer-1': 'problem' })
    expect(empty.status).toBe(422)
    expect(await empty.text()).toContain('Messaggio 1: scrivi che cosa non va.')
    expect((await post(links[1]!, {})).status).toBe(422)
    const both = await post(links[1]!, { 'note-2': 'manca la rata', all: 'ok' })
    expect(both.status).toBe(422)
    expect(await both.text()).toContain('manca la rata')
    expect((await state()).counts.reported).toBe(0)
    expect((await post(links[1]!, { 'answer-1': 'problem', 'note-1': WRONG })).status).toBe(303)
    expect((await state()).counts.reported).toBe(1)
    const shown = await (await get(links[1]!)).text()
    expect(shown).toContain('&lt;b&gt;è&lt;/b&gt;')
    expect(shown).not.toContain('\u001b')
    const { out } = await test()
    expect(out).toContain('✗ 1  Bea: Il nome <b>è</b> sbagliato·[31m')
    const [kept] = await here.query<{ note: Buffer }>(
      'select note_sealed as note from test_answers where note_sealed is not null',
    )
    expect(kept?.note.toString('utf8')).not.toContain('sbagliato')
    await here.app.mail()
    const mail = here.playground.mails.at(-1)
    expect(mail?.subject).toBe(`Prova con segnalazione: flusso ${flow}`)
    expect(mail?.text).not.toContain('sbagliato')
  })

  it('keeps a reported flow from being approved', async () => {
    expect(await findings()).toContain('FLOW_TEST_REPORTED')
  })

  it('counts the last answer, and one that was given by voice with who wrote it down', async () => {
    expect((await post(links[1]!, { 'answer-1': 'ok' })).status).toBe(303)
    expect((await state()).counts.reported).toBe(0)
    const { code, out } = await test(
      ...['--answer', 'Bea', '--as', 'ok', '--because', 'al telefono, alle 10'],
    )
    expect(code).toBe(0)
    const { counts, items } = await state()
    expect(counts).toEqual({ messages: 2 * items.length, confirmed: 2 * items.length, reported: 0 })
    expect(out).toContain(`confermati ${2 * items.length} messaggi su ${2 * items.length}`)
    expect(
      await here.query('select from test_answers where answer = $1', ['problem']),
    ).toHaveLength(1)
    expect(await findings()).not.toContain('FLOW_TEST_REPORTED')
    expect(await findings()).not.toContain('FLOW_TEST_MISSING')
    const verbs = (await here.app.store.acts.ofFlow(flow)).map(({ actor, verb }) => [actor, verb])
    expect(verbs).toContainEqual(['Bea', 'reported-test'])
    expect(verbs).toContainEqual(['Ada', 'confirmed-test'])
  })
})

describe('an attacker', () => {
  const bodyOf = async (response: Response) => [response.status, await response.text()]

  it('learns nothing from a link that was never one', async () => {
    const guessed = links[0]!.slice(0, -43) + 'A'.repeat(43)
    const short = links[0]!.slice(0, -43)
    const [never, none] = [await bodyOf(await get(guessed)), await bodyOf(await get(`${short}x`))]
    expect(never).toEqual(none)
    expect(never[0]).toBe(404)
    expect((await post(guessed, { all: 'ok' })).status).toBe(404)
    expect((await get(`${short}..%2f..%2fconsole.css`)).status).toBe(404)
    for (const unreadable of ['%ZZ', 'A'.repeat(300)]) {
      const answer = await get(short + unreadable)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(await bodyOf(answer)).toEqual(none)
    }
  })

  it('can neither answer by another method, nor with another or too large a body', async () => {
    const { length } = await here.query('select from test_answers')
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
      await fetch(at(links[0]!), { method })
    }
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    expect((await fetch(at(links[0]!), json)).status).toBe(415)
    expect((await post(links[0]!, { 'note-1': 'x'.repeat(20_000), all: 'ok' })).status).toBe(413)
    expect((await post(links[0]!, { 'answer-99': 'ok', 'answer-1': 'vero' })).status).toBe(422)
    expect(await here.query('select from test_answers')).toHaveLength(length)
  })

  it('is throttled by address', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.7' }
    const statuses = new Set<number>()
    for (let n = 0; n < 610; n += 1) {
      const { status } = await fetch(`${pages.url}/prova/${'A'.repeat(43)}`, { headers })
      statuses.add(status)
    }
    expect([...statuses]).toEqual([404, 429])
    expect((await get(links[0]!)).status).toBe(200)
  })
})

describe('the answers of a batch', () => {
  it('are over when its time is, and the page is that of a link that never was', async () => {
    passed = Temporal.Duration.from({ hours: 73 })
    const over = await get(links[0]!)
    const never = await get(`${links[0]!.slice(0, -43)}${'A'.repeat(43)}`)
    expect([over.status, await over.text()]).toEqual([404, await never.text()])
    expect((await post(links[0]!, { all: 'ok' })).status).toBe(404)
    passed = Temporal.Duration.from({ hours: 0 })
    expect((await get(links[0]!)).status).toBe(200)
  })

  it('count no more after another batch, whose links are others', async () => {
    const wish = { testers: ['Ada'], random: 0 }
    expect(await here.app.flows.sendTest(flow, asked, wish)).toMatchObject({ kind: 'done' })
    expect(await here.app.flows.testOf(flow)).toMatchObject({ confirmed: 0 })
    expect((await get(links[0]!)).status).toBe(404)
    const [link] = await mailedLinks()
    expect((await post(link!, { all: 'ok' })).status).toBe(303)
    const { messages, confirmed } = (await here.app.flows.testOf(flow))!
    expect(confirmed).toBe(messages)
    links = [link!]
  })

  it('are void when the flow is another', async () => {
    const [message] = await here.query<{ id: string; text_hash: Buffer }>(
      `select id, text_hash from messages where flow_id = $1 limit 1`,
      [flow],
    )
    const change = 'update messages set text_hash = $2 where id = $1'
    await here.query(change, [message?.id, Buffer.alloc(16)])
    expect(await here.app.flows.testOf(flow)).toBeNull()
    expect((await get(links[0]!)).status).toBe(404)
    expect((await test()).out).toContain('IL FLUSSO È CAMBIATO DOPO LA PROVA')
    const voiced = ['--answer', 'Ada', '--as', 'ok', '--because', 'al telefono']
    expect((await test(...voiced)).code).toBe(1)
    await here.query(change, [message?.id, message?.text_hash])
    expect(await here.app.flows.testOf(flow)).not.toBeNull()
  })

  it('may be none, where nobody has a mail and who asks knows it', async () => {
    const { code, out } = await test('--send', '--tester', 'Carlo', '--no-answers', '--random', '0')
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('a Carlo') })
    expect(await mailedLinks()).toEqual([])
    expect((await test()).out).toContain('Carlo (senza posta)')
  })
})

it('a flow that has begun to leave, or of a service in dry-run, is not tested', async () => {
  await here.query(`update flows set state = 'sending', sending_at = now() where id = $1`, [flow])
  expect((await test('--send', '--tester', 'Ada')).err).toContain('già cominciato a partire')
  // By hand, and no flow goes back by itself.
  await here.query('alter table flows disable trigger legal_moves')
  await here.query(`update flows set state = 'active', sending_at = null where id = $1`, [flow])
  const service = here.app.config.institutions[0]!.services.find(({ name }) => name === 'mensa')!
  Object.assign(service, { mode: 'dry-run' })
  const before = accepted().length
  expect((await test('--send', '--tester', 'Ada')).err).toContain('simulazione')
  Object.assign(service, { mode: 'live' })
  expect(accepted()).toHaveLength(before)
})
