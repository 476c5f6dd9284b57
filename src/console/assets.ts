// What pages load beside themselves: Bootstrap Italia and htmx as their packages have them, and our
// own style and script. Each is read once, held compressed, and has a name that changes with it, so
// that browsers keep it for good. Invariant: nothing is loaded from elsewhere, and only what is
// named here is served.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import files from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const require = createRequire(import.meta.url)
const italia = join(dirname(require.resolve('bootstrap-italia/package.json')), 'dist')
const htmx = join(dirname(require.resolve('htmx.org/package.json')), 'dist')
const own = join(import.meta.dirname, 'assets')

/** Those that are served whole, by name below `/assets/`. */
const assets = {
  'bootstrap-italia.css': [join(italia, 'css/bootstrap-italia.min.css'), 'text/css'],
  'htmx.js': [join(htmx, 'htmx.min.js'), 'text/javascript'],
  'console.css': [join(own, 'console.css'), 'text/css'],
  'kit.css': [join(own, 'kit.css'), 'text/css'],
  'phone.css': [join(own, 'phone.css'), 'text/css'],
  'compose.css': [join(own, 'compose.css'), 'text/css'],
  'console.js': [join(own, 'console.js'), 'text/javascript'],
  'icon.svg': [join(own, 'icon.svg'), 'image/svg+xml'],
} as const
export type AssetName = keyof typeof assets

/** Browsers keep what has its mark in its address for a year; fonts change with their package. */
const KEPT_SECONDS = 365 * 86_400
const kept = `public, max-age=${KEPT_SECONDS}, immutable`

interface Packed {
  plain: Buffer
  br: Buffer
  gzip: Buffer
}

const marks = new Map<AssetName, string>()
const packed = new Map<AssetName, Promise<Packed>>()

/** `/assets/console.css?v=1f0c…`: to be put behind the proxy's prefix by `toRoot`. */
export function assetPath(name: AssetName): string {
  let mark = marks.get(name)
  if (mark === undefined) {
    mark = createHash('sha256').update(readFileSync(assets[name][0])).digest('hex').slice(0, 12)
    marks.set(name, mark)
  }
  return `/assets/${name}?v=${mark}`
}

export async function addAssets(server: FastifyInstance): Promise<void> {
  for (const name of Object.keys(assets) as AssetName[]) {
    server.get(`/assets/${name}`, (request, reply) => serve(name, request, reply))
  }
  await server.register(files, {
    ...{ root: join(italia, 'fonts'), prefix: '/assets/fonts/', decorateReply: false },
    ...{ cacheControl: false, setHeaders: (reply) => reply.header('cache-control', kept) },
  })
}

async function serve(name: AssetName, request: FastifyRequest, reply: FastifyReply) {
  const etag = `"${assetPath(name).slice(-12)}"`
  const isMarked = request.url.endsWith(`=${etag.slice(1, -1)}`)
  reply.header('etag', etag).header('vary', 'accept-encoding')
  reply.header('cache-control', isMarked ? kept : 'public, no-cache')
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  const { plain, br, gzip: zipped } = await packedOf(name)
  const accepted = request.headers['accept-encoding'] ?? ''
  reply.type(`${assets[name][1]}; charset=utf-8`)
  if (/\bbr\b/.test(accepted)) return reply.header('content-encoding', 'br').send(br)
  if (/\bgzip\b/.test(accepted)) return reply.header('content-encoding', 'gzip').send(zipped)
  return reply.send(plain)
}

/** At the first call, in the background: half a megabyte of style takes a fifth of a second. */
function packedOf(name: AssetName): Promise<Packed> {
  let found = packed.get(name)
  if (found === undefined) {
    found = pack(assets[name][0])
    packed.set(name, found)
    found.catch(() => packed.delete(name))
  }
  return found
}

const BROTLI_QUALITY = 9

async function pack(path: string): Promise<Packed> {
  const plain = await readFile(path)
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
  }
  const [br, zipped] = await Promise.all([
    promisify(brotliCompress)(plain, { params }),
    promisify(gzip)(plain, { level: 9 }),
  ])
  return { plain, br, gzip: zipped }
}
