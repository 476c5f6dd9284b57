import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  canteenFile,
  child,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
} from '../../installation.ts'
import { openVisited, type Visited, type Visiting } from '../visiting.ts'

// Files that people hand over: what is not taken leaves nothing behind, and says why.

const MOST_BYTES = 200_000

let here: Installation
let visited: Visited
let clerk: Visiting

beforeAll(async () => {
  here = await openInstallation({
    configuration: { 'staffetta.yaml': { 'limits.maximumDropBytes': MOST_BYTES } },
  })
  visited = await openVisited(here)
  clerk = await visited.as(['operator'], { login: 'sportello' })
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const upload = (file: File, fields: Record<string, string> = {}) =>
  clerk.upload('/flows/upload', { feed: 'mensa', ...fields }, { file })

/** Rows of drops, parts, chunks and acts: all that an upload leaves. */
async function traces(): Promise<number> {
  const [row] = await here.query<{ n: string }>(
    `select (select count(*) from drops) + (select count(*) from drop_parts)
       + (select count(*) from drop_chunks) + (select count(*) from acts) as n`,
  )
  return Number(row?.n)
}

/** Transactions that wait for the next bytes. */
async function underWay(): Promise<number> {
  const [row] = await here.query<{ n: string }>(
    `select count(*) as n from pg_stat_activity
     where datname = current_database() and state = 'idle in transaction'`,
  )
  return Number(row?.n)
}

it('only feeds whose sources hand over files are offered', async () => {
  const { text } = await clerk.get('/flows/upload')
  expect(text).toContain('<option value="mensa"')
  expect(text).not.toContain('<option value="pratiche"')
})

it('a file that cannot be read says so on the page of its flow', async () => {
  const file = new File(['ALTRO,COLONNE\n1,2\n'], 'colonne.csv')
  const { location } = await upload(file)
  const drop = Number(/\d+$/.exec(location ?? '')?.[0])
  expect((await here.app.map(drop))?.kind).toBe('failed')
  const flow = (await clerk.get(`/drops/${drop}`)).location?.replace(`/${INSTITUTION}`, '') ?? ''
  const { text } = await clerk.get(flow)
  expect(text).toContain('Il file non si è potuto leggere')
  expect(text).toContain('con errori')
})

it.each([
  ['an empty file', new File([], 'vuoto.csv'), 'Il file è vuoto'],
  ['a picture', new File([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3])], 'a.csv'), 'tipo'],
  ['a PDF', new File(['%PDF-1.7 …'], 'avvisi.csv'), 'Non è un file del tipo'],
  ['a file that is too large', new File(['a;b\n'.repeat(MOST_BYTES / 4), 'x'], 'g.csv'), 'troppo'],
  ['one that is far too large', new File(['a;b\n'.repeat(MOST_BYTES)], 'g.csv'), 'troppo grande'],
])('%s is refused, and leaves nothing', async (_, file, said) => {
  const before = await traces()
  const { status, text } = await upload(file)
  expect(status).toBe(422)
  expect(text).toContain(said)
  expect(await traces()).toBe(before)
})

it('a file of exactly as many bytes as may be is taken', async () => {
  const text = canteenFile([child(0)])
  const file = new File([text.padEnd(MOST_BYTES, '\n')], 'giusto.csv')
  expect(file.size).toBe(MOST_BYTES)
  expect((await upload(file)).status).toBe(303)
})

it('one that breaks off leaves nothing', async () => {
  const before = await traces()
  const { hostname, port } = new URL(visited.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const part = (name: string, value: string) =>
    `--X\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  const file =
    '--X\r\ncontent-disposition: form-data; name="file"; filename="rotto.csv"\r\n' +
    `content-type: text/csv\r\n\r\n${'a;b\n'.repeat(5000)}`
  const body = part('csrf', clerk.csrf) + part('feed', 'mensa') + file
  const head = [
    `POST /${INSTITUTION}/flows/upload HTTP/1.1`,
    'host: 127.0.0.1',
    `cookie: ${clerk.cookie}`,
    'content-type: multipart/form-data; boundary=X',
    `content-length: ${body.length + 100_000}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  await expect.poll(underWay, { timeout: 5000 }).toBe(1)
  socket.destroy()
  await once(socket, 'close')
  await expect.poll(underWay, { timeout: 5000 }).toBe(0)
  expect(await traces()).toBe(before)
})

it('the same file is taken again for who wants it, and sends nothing twice', async () => {
  const content = canteenFile(children(3))
  expect((await upload(new File([content], 'una.csv'))).status).toBe(303)
  const refused = await upload(new File([content], 'una.csv'))
  expect(refused.text).toContain('Caricalo lo stesso')
  const again = await upload(new File([content], 'una.csv'), { again: 'on' })
  expect(again.status).toBe(303)
})

it('two who send the same at the same time make one drop', async () => {
  const content = canteenFile([child(70)])
  const sent = await Promise.all([1, 2].map(() => upload(new File([content], 'doppio.csv'))))
  expect(sent.map(({ status }) => status).toSorted()).toEqual([303, 422])
})

it('a file for a feed of another service is not taken', async () => {
  const other = await visited.as(['operator'], { services: ['protocollo'] })
  const before = await traces()
  const file = new File([canteenFile([child(80)])], 'altro.csv')
  const { text } = await other.upload('/flows/upload', { feed: 'mensa' }, { file })
  expect(text).toContain('Nessun collegamento')
  expect(await traces()).toBe(before)
})
