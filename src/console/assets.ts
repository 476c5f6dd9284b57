// What pages load beside themselves: Bootstrap Italia as its package has it, and our own style and
// script. Invariant: nothing is loaded from elsewhere; names that carry a version may be kept.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import files from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const DAY_SECONDS = 86_400

export async function addAssets(server: FastifyInstance): Promise<void> {
  const italia = dirname(createRequire(import.meta.url).resolve('bootstrap-italia/package.json'))
  const kept = { maxAge: DAY_SECONDS * 1000, cacheControl: true }
  await server.register(files, {
    ...{ root: join(italia, 'dist'), prefix: '/assets/bootstrap-italia/', decorateReply: false },
    ...kept,
  })
  const root = join(import.meta.dirname, 'assets')
  await server.register(files, { root, prefix: '/assets/', decorateReply: false, ...kept })
}
