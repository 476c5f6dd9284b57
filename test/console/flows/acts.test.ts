import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  approveAsSeen,
  child,
  INSTITUTION,
  type Installation,
  openInstallation,
} from '../../installation.ts'
import { openVisited, type Visited, type Visiting } from '../visiting.ts'

// What people decide of flows on their pages: each act does what the command line does, asks why
// where it must, and does nothing where the number is another.

let here: Installation
let visited: Visited
let clerk: Visiting
let head: Visiting

beforeAll(async () => {
  here = await openInstallation({
    configuration: { [`${INSTITUTION}/feeds/mensa.yaml`]: { release: { approval: 'one' } } },
  })
  visited = await openVisited(here)
  clerk = await visited.as(['operator'], { login: 'sportello' })
  head = await visited.as(['administrator'], { login: 'dirigente' })
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

let months = 0
/** A flow of a month of its own that waits for its approval. */
async function waiting(count = 5, changes: Parameters<typeof child>[1] = {}): Promise<number> {
  months += 1
  const month = `2030-${String(months).padStart(2, '0')}`
  const rows = Array.from({ length: count }, (_, n) => child(n, { month, ...changes }))
  return here.drop(rows, `mensa-${month}.csv`)
}

const get = (flow: number) => here.app.store.flows.get(flow)
const verbs = async (flow: number) =>
  (await here.app.store.acts.ofFlow(flow)).map(({ verb, actor }) => `${actor}: ${verb}`)

it('a flow is suspended and resumed at once, by a button each', async () => {
  const flow = await waiting()
  expect((await clerk.get(`/flows/${flow}`)).text).toContain('Sospendi')
  expect((await clerk.post(`/flows/${flow}/suspend`)).status).toBe(303)
  expect(await get(flow)).toMatchObject({ reason: 'suspended' })
  const { text } = await clerk.get(`/flows/${flow}`)
  expect(text).toContain('non parte più nulla')
  expect(text).toContain('Riprendi')
  await clerk.post(`/flows/${flow}/resume`)
  expect(await get(flow)).toMatchObject({ reason: 'awaiting-approval' })
  expect(await verbs(flow)).toEqual(
    expect.arrayContaining(['sportello: suspended', 'sportello: resumed']),
  )
})

it('stopping wants the number of what never leaves, and why', async () => {
  const flow = await waiting(4)
  const left = await here.app.flows.left(flow)
  const page = await clerk.get(`/flows/${flow}/stop`)
  expect(page.text).toContain(`${left} messaggi non partiranno mai più`)
  const wrong = await clerk.post(`/flows/${flow}/stop`, { reason: 'sbagliato', count: '3' })
  expect(wrong.status).toBe(422)
  const mute = await clerk.post(`/flows/${flow}/stop`, { reason: ' ', count: String(left) })
  expect(mute.text).toContain('Scrivi perché')
  expect((await get(flow)).state).toBe('active')
  await clerk.post(`/flows/${flow}/stop`, { reason: 'sbagliato', count: String(left) })
  expect(await get(flow)).toMatchObject({ state: 'incomplete', reason: 'stopped' })
  expect((await clerk.get(`/flows/${flow}`)).text).toContain('interrotto')
})

it('a flow that was sent back is asked for anew', async () => {
  const flow = await waiting()
  const mute = await head.post(`/approvals/${flow}/send-back`, { note: '' })
  expect(mute.status).toBe(422)
  await head.post(`/approvals/${flow}/send-back`, { note: 'manca la scadenza' })
  expect(await get(flow)).toMatchObject({ state: 'inactive', reason: 'sent-back' })
  expect((await clerk.get(`/flows/${flow}/history`)).text).toContain('manca la scadenza')
  await clerk.post(`/flows/${flow}/recheck`)
  expect(await get(flow)).toMatchObject({ state: 'active', reason: 'awaiting-approval' })
})

it('what blocks is overridden by who names the total of the office, or left out', async () => {
  await here.app.flows.approve(await waiting(5), await asSeen())
  const flow = await waiting(5, { cents: 450_000 })
  expect(await get(flow)).toMatchObject({ reason: 'blocked' })
  const { text } = await head.get(`/flows/${flow}/checks`)
  expect(text).toContain('Sblocca con motivazione')
  const path = `/flows/${flow}/override`
  const fields = { check: 'FLOW_AMOUNTS', reason: 'importi annuali' }
  expect((await head.post(path, { ...fields, total: '22.500' })).status).toBe(422)
  const other = await head.post(path, { ...fields, total: '22.499,99' })
  expect([other.status, other.text.includes('è un altro')]).toEqual([422, true])
  expect((await head.post(path, { ...fields, total: '22.500,00' })).status).toBe(303)
  expect(await get(flow)).toMatchObject({
    reason: 'awaiting-approval',
    preparedBy: ['dirigente'],
  })
  const second = await waiting(5, { cents: 450_000 })
  const leave = { check: 'FLOW_AMOUNTS', reason: 'da correggere', count: '5' }
  const left = await clerk.post(`/flows/${second}/leave-out`, leave)
  expect(left.status).toBe(303)
  expect(await verbs(second)).toContain('sportello: left-out FLOW_AMOUNTS')

  async function asSeen() {
    const [last] = await here.query<{ id: string }>('select max(id) as id from flows')
    const view = await here.app.flows.toApprove(Number(last?.id), 'dirigente')
    const seen = { digest: view.standing.digest, recipients: view.recipients, notBefore: null }
    return { actor: 'dirigente', origin: 'console', note: null, ...seen }
  }
})

it('processing a file again says what changes, and makes a flow in its place', async () => {
  const flow = await waiting()
  const page = await clerk.get(`/flows/${flow}/redo`)
  expect(page.text).toContain('dice lo stesso nelle prime 5 righe')
  const { location } = await clerk.post(`/flows/${flow}/redo`, { reason: 'modello corretto' })
  const made = Number(/\d+$/.exec(location ?? '')?.[0])
  expect(made).toBeGreaterThan(flow)
  expect(await get(flow)).toMatchObject({ reason: 'replaced' })
  const { dropId } = await get(made)
  expect((await here.app.map(dropId as number))?.kind).toBe('mapped')
  expect((await clerk.get(`/flows/${made}`)).text).toContain(`Flusso ${flow}`)
})

it('an errata says to how many it goes before it is made', async () => {
  const flow = await waiting(3)
  await approveAsSeen(here.app, flow, 'dirigente')
  await here.send()
  const text = 'La scadenza indicata era sbagliata: quella giusta è il 31 dicembre. '.repeat(2)
  const fields = { it: text, reason: 'scadenza sbagliata', act: 'look' }
  const seen = await clerk.post(`/flows/${flow}/errata`, fields)
  expect(seen.text).toContain('Messaggi dell’errata')
  expect(seen.text).toContain('Errata corrige:')
  const earlier = { seen: '3', earlier: '' }
  const wrong = { ...fields, act: 'make', ...earlier, count: '2' }
  expect((await clerk.post(`/flows/${flow}/errata`, wrong)).status).toBe(422)
  const made = await clerk.post(`/flows/${flow}/errata`, { ...wrong, count: '3' })
  expect(made.status).toBe(303)
  const errata = Number(/\d+$/.exec(made.location ?? '')?.[0])
  expect(await get(errata)).toMatchObject({ origin: 'errata', preparedBy: ['sportello'] })
  expect((await clerk.get(`/flows/${flow}`)).text).toContain('Corretto dal')
})

it('a text that cannot be comes back with what is wrong with it', async () => {
  const flow = await waiting(2)
  await approveAsSeen(here.app, flow, 'dirigente')
  await here.send()
  const it = 'Gentile {{ nome_sconosciuto }}, '.repeat(6)
  const page = await clerk.post(`/flows/${flow}/errata`, { it, reason: 'x', act: 'look' })
  expect(page.status).toBe(422)
  expect(page.text).toContain('nome_sconosciuto')
})

it('the list pages by key both ways, and filters say so', async () => {
  const first = await clerk.get('/flows?size=25')
  const rows = (text: string) =>
    [...text.matchAll(/data-href="[^"]*\/flows\/(\d+)"/g)].map((found) => Number(found[1]))
  const all = rows(first.text)
  expect(all).toEqual(all.toSorted((a, b) => b - a))
  const stopped = await clerk.get('/flows?state=incomplete')
  expect(stopped.text).toContain('Stato: Invio incompleto')
  expect(stopped.text).toContain(`Totale: <strong>${rows(stopped.text).length}</strong>`)
  const none = await clerk.get('/flows?text=nessuno%25')
  expect(none.text).toContain('Nessun flusso con questi filtri')
  const older = await clerk.get(`/flows?before=${all[2]}`)
  expect(rows(older.text)).toEqual(all.slice(3))
  const newer = await clerk.get(`/flows?after=${all[2]}`)
  expect(rows(newer.text)).toEqual(all.slice(0, 2))
})

it('a flow of another service is nowhere: not in a list, not by its address', async () => {
  const other = await visited.as(['administrator', 'operator'], { services: ['protocollo'] })
  const flow = await waiting(2)
  expect((await other.get('/flows')).text).toContain('Ancora nessun flusso')
  expect((await other.get('/approvals')).text).toContain('Nessun flusso aspetta')
  for (const path of [`/flows/${flow}`, `/flows/${flow}/records`, `/approvals/${flow}`]) {
    expect((await other.get(path)).status).toBe(404)
  }
  expect((await other.post(`/flows/${flow}/suspend`)).status).toBe(404)
})

it('its archive goes out as a sheet, and that is an act', async () => {
  const { status, text, headers } = await clerk.get('/flows/export?format=csv&state=active')
  expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8'])
  expect(text).toContain('N. flusso')
})
