// The pages of single messages: what is found, by whom, and that nobody's data stands where it may
// not: in an address, in what is masked, before who may not see it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contact } from '../../scripts/samples.ts'
import { children, INSTITUTION, type Installation, openInstallation } from '../installation.ts'
import { openVisited, type Visited, type Visiting } from './visiting.ts'

let here: Installation
let visited: Visited
let flow: number
let message: number
let operator: Visiting
let viewer: Visiting
let fiscalCode: string
let noticeNumber: string

beforeAll(async () => {
  here = await openInstallation()
  flow = await here.drop(children(3))
  await here.send()
  visited = await openVisited(here)
  operator = await visited.as(['operator'])
  viewer = await visited.as(['viewer'])
  message = (await here.firsts(flow))[0]?.id ?? 0
  const view = await here.app.store.messageView.find(
    { institution: INSTITUTION, services: null },
    message,
  )
  fiscalCode = view?.data.fiscalCode ?? ''
  noticeNumber = view?.data.payment?.noticeNumber ?? ''
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const acts = (verb: string) =>
  here.query<{ actor: string; subject: string }>(
    'select actor, subject from acts where verb = $1 order by id',
    [verb],
  )

describe('the search', () => {
  test('looks for nothing before it is asked', async () => {
    const page = await operator.get('/messages')
    expect(page.status).toBe(200)
    expect(page.text).toContain('Scrivi un codice fiscale')
    expect(page.text).not.toContain('<table')
  })

  test('finds a person by their whole code, which stands in no address', async () => {
    const asked = await operator.post('/messages/search', { fiscalCode: fiscalCode.toLowerCase() })
    expect(asked.status).toBe(303)
    expect(asked.location).toMatch(/\/messages\?search=[0-9a-f-]{36}$/)
    const path = (asked.location ?? '').replace(`/${INSTITUTION}`, '')
    const page = await operator.get(path)
    expect(page.text.match(/<tr data-href/g)).toHaveLength(2)
    expect(page.text).toContain(`${fiscalCode.slice(0, 6)}••••••`)
    const another = await visited.as(['operator'])
    expect((await another.get(path)).text).toContain('Questa ricerca è scaduta')
    const over = Temporal.Now.instant().subtract({ hours: 1 }).toString()
    await here.query('update searches set expires_at = $1', [over])
    expect((await operator.get(path)).text).toContain('Questa ricerca è scaduta')
  })

  test('finds by notice number, and says what is wrong with one', async () => {
    const wrong = await operator.post('/messages/search', {
      noticeNumber: '123',
      fiscalCode: 'ABC',
    })
    expect(wrong.status).toBe(422)
    expect(wrong.text).toContain('18 cifre')
    expect(wrong.text).toContain('16 caratteri')
    const none = await operator.post('/messages/search', { noticeNumber: '3'.repeat(18) })
    const path = (none.location ?? '').replace(`/${INSTITUTION}`, '')
    expect((await operator.get(path)).text).toContain('Nessun messaggio trovato')
  })

  test('pages by key through a flow and its states', async () => {
    const all = await viewer.get(`/messages?flow=${flow}`)
    expect(all.text.match(/<tr data-href/g)).toHaveLength(6)
    expect(all.text).toContain('Totale: <strong>6</strong>')
    const waiting = await viewer.get(`/messages?flow=${flow}&state=waiting`)
    expect(waiting.text.match(/<tr data-href/g)).toHaveLength(3)
    const scope = { institution: INSTITUTION, services: null }
    const { messageList } = here.app.store
    const { noFilter } = await import('../../src/store/message-filter.ts')
    const filter = { ...noFilter, flow }
    const ids: number[] = []
    for (let before: number | null = null; ; ) {
      const page = await messageList.page(scope, filter, { before, after: null }, 2)
      ids.push(...(page.found ?? []).map(({ id }) => id))
      if ((page.found ?? []).length < 2) break
      before = ids.at(-1) as number
    }
    expect(ids).toHaveLength(6)
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => b - a))
    const after = await messageList.page(
      scope,
      filter,
      { before: null, after: ids[3] as number },
      2,
    )
    expect((after.found ?? []).map(({ id }) => id)).toEqual(ids.slice(1, 3))
  })

  test('shows nothing of services that they may not see', async () => {
    const elsewhere = await visited.as(['operator'], { services: ['tari'] })
    expect((await elsewhere.get(`/messages?flow=${flow}`)).text).not.toContain('<table')
    expect((await elsewhere.get(`/messages/${message}`)).status).toBe(404)
  })

  test('goes out as a sheet', async () => {
    const sheet = await viewer.get(`/messages/export?flow=${flow}&format=csv`)
    expect(sheet.headers.get('content-disposition')).toContain('messaggi-')
    expect(sheet.text.trimEnd().split('\r\n')).toHaveLength(7)
    expect(sheet.text).not.toContain(fiscalCode)
    const refused = await viewer.post(`/messages/export?flow=${flow}&format=csv`, {
      purpose: 'elenco per le lettere',
    })
    expect(refused.status).toBe(404)
    const personal = await operator.post(`/messages/export?flow=${flow}&format=csv`, {
      purpose: 'elenco per le lettere',
    })
    expect(personal.text).toContain(fiscalCode)
  })
})

describe('one message', () => {
  test('says where it stands and what happened, and shows nobody’s data', async () => {
    const page = await viewer.get(`/messages/${message}`)
    expect(page.text).toContain('Preso in carico')
    expect(page.text).toContain('Tentativo 1: preso da IO')
    expect(page.text).not.toContain(fiscalCode)
    expect(page.text).not.toContain('Mostra testo e dati')
  })

  test('shows its text to who may see it, and that is written down', async () => {
    const veiled = await operator.get(`/messages/${message}`)
    expect(veiled.text).not.toContain(fiscalCode)
    const page = await operator.post(`/messages/${message}/reveal`)
    expect(page.text).toContain(fiscalCode)
    expect(page.text).toContain('l’impronta coincide')
    expect(page.text).toContain('class="phone"')
    expect(await acts(`revealed message ${message}`)).toEqual([
      { actor: operator.login, subject: `message/${message}` },
    ])
    expect((await viewer.post(`/messages/${message}/reveal`)).status).toBe(404)
  })

  test('that is uncertain is decided about with a reason', async () => {
    const [, second] = await here.firsts(flow)
    const id = second?.id as number
    await here.query(
      `update messages set state = 'uncertain', code = 'IO_ANSWER_LOST', sent_at = null,
         io_id = null, delivery = null, track_at = null where id = $1`,
      [id],
    )
    const page = await operator.get(`/messages/${id}`)
    expect(page.text).toContain('Esito incerto')
    expect((await operator.post(`/messages/${id}/decide`, { as: 'sent' })).status).toBe(422)
    const done = await operator.post(`/messages/${id}/decide`, { as: 'sent', note: 'chiesto' })
    expect(done.location).toBe(`/${INSTITUTION}/messages/${id}`)
    expect((await operator.get(`/messages/${id}`)).text).toContain('Inviato a IO')
  })

  test('that left has a certificate, with what it proves and what not', async () => {
    const page = await operator.post(`/messages/${message}/certificate`)
    expect(page.text).toContain('Non è una notifica con valore legale')
    expect(page.text).toMatch(/<code>[0-9a-f]{32}<\/code>/)
    expect(page.text).toMatch(/<code>[0-9a-f]{64}<\/code>/)
    expect(await acts(`certified message ${message}`)).toHaveLength(1)
  })
})

describe('a notice and its recipient', () => {
  const noticeOf = async () => {
    const [row] = await here.query<{ id: number }>(
      'select notice_id::int as id from messages where id = $1',
      [message],
    )
    return row?.id as number
  }

  test('a notice shows its messages, and is closed with a reason', async () => {
    const id = await noticeOf()
    const page = await operator.get(`/notices/${id}`)
    expect(page.text.match(/<tr data-href/g)).toHaveLength(2)
    expect(page.text).toContain('Aperta')
    expect(page.text).not.toContain(fiscalCode)
    const faulty = await operator.post(`/notices/${id}/decide`, { as: 'postpone', note: 'proroga' })
    expect(faulty.text).toContain('Scrivi la nuova scadenza')
    await operator.post(`/notices/${id}/decide`, { as: 'settle', note: 'pagata allo sportello' })
    const closed = await operator.get(`/notices/${id}`)
    expect(closed.text).toContain('Chiusa: pagata')
    expect(closed.text).toContain('è già pagato')
    expect(closed.text).toContain('pagata allo sportello')
    const elsewhere = await visited.as(['operator'], { services: ['tari'] })
    expect((await elsewhere.get(`/notices/${id}`)).status).toBe(404)
  })

  test('a recipient is named by a hash; what was said to them is given to who asks', async () => {
    const page = await operator.get(`/messages/${message}`)
    const path = /\/recipients\/[\w-]{22}/.exec(page.text)?.[0] ?? ''
    const shown = await operator.get(path)
    expect(shown.text.match(/<tr data-href/g)).toHaveLength(2)
    expect(shown.text).not.toContain(fiscalCode)
    const file = await operator.post(`${path}/access?format=json`, { purpose: 'richiesta prot. 7' })
    const said = JSON.parse(file.text)
    expect(said.fiscalCode).toBe(fiscalCode)
    expect(said.messages).toHaveLength(2)
    expect(said.messages.every((one: { content: object }) => one.content !== null)).toBe(true)
    expect(await acts('revealed a recipient')).toHaveLength(1)
    await operator.post(`${path}/contact`, { act: 'block', note: 'lo ha chiesto' })
    expect((await operator.get(path)).text).toContain('Non va contattato dal')
    await operator.post(`${path}/contact`, { act: 'unblock', note: 'ha cambiato idea' })
    expect((await operator.get(path)).text).not.toContain('Non va contattato dal')
    expect((await viewer.post(`${path}/access?format=json`, { purpose: 'prova' })).status).toBe(404)
    expect((await operator.get(`/recipients/${'A'.repeat(22)}`)).status).toBe(404)
  })
})

test('what is searched for is kept sealed', async () => {
  await operator.post('/messages/search', { fiscalCode: contact(1).fiscalCode, noticeNumber })
  const rows = await here.query<{ sealed: Buffer }>('select sealed from searches')
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.every(({ sealed }) => !sealed.toString('latin1').includes('fiscalCode'))).toBe(true)
})
