// The description of the API, OpenAPI 3.1, made of the schemas that check every call and answer:
// what it says is what is done.
import { z } from 'zod'
import { apiCodes } from '../../domain/codes.ts'
import type { Operation } from './operation.ts'
import { API_PREFIX, operations } from './operations.ts'

type Schema = Record<string, unknown> & {
  properties?: Record<string, Record<string, unknown>>
  required?: string[]
}

/** `version`: of the program. */
export function openApi(version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const one of operations) {
    const path = one.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [one.method.toLowerCase()]: described(one) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Staffetta',
      version,
      description:
        'For programs of an institution. A token of `/settings/tokens` says of which, what it ' +
        'may do, and for which services. Approving is never done by a token. Lists go on by `after`. ' +
        'What makes something wants an `Idempotency-Key`: sent again with it, nothing is made ' +
        'twice. Problems are RFC 9457, in Italian or English as `Accept-Language` says.',
      license: { name: 'EUPL-1.2', identifier: 'EUPL-1.2' },
    },
    servers: [{ url: API_PREFIX, description: 'Below the address of the console' }],
    security: [{ token: [] }],
    tags: ['messages', 'drops', 'flows', 'statistics', 'token'].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: problemSchema },
    },
  }
}

const problemSchema = {
  type: 'object',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(apiCodes) },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { in: { type: 'string' }, detail: { type: 'string' } },
        required: ['in', 'detail'],
      },
    },
  },
  required: ['type', 'title', 'status', 'code', 'detail'],
}

function described(one: Operation): object {
  const { id, tag, summary, description, permission, body, takesFile, makes, answer } = one
  const key = {
    ...{ name: 'Idempotency-Key', in: 'header', required: true },
    description: 'A random text of yours; the same when the call is repeated',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  }
  const parameters = [
    ...parametersOf('path', one.params),
    ...parametersOf('query', one.query),
    ...(makes ? [key] : []),
  ]
  const content =
    body === undefined
      ? { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } }
      : { 'application/json': { schema: schemaOf(body, 'input') } }
  const takesBody = body !== undefined || takesFile
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [description, `Permission: \`${permission}\`.`].filter(Boolean).join('\n\n'),
    ...(parameters.length > 0 && { parameters }),
    ...(takesBody && { requestBody: { required: true, content } }),
    responses: {
      [one.status ?? 200]: {
        description: 'Done',
        content: { 'application/json': { schema: schemaOf(answer, 'output') } },
      },
      default: {
        description: 'Not done: `code` says why',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    },
  }
}

function parametersOf(where: 'path' | 'query', shape: Operation['params']): object[] {
  if (shape === undefined) return []
  const { properties = {}, required = [] } = schemaOf(shape, 'input')
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    ...{ name, in: where, required: required.includes(name) },
    ...(description !== undefined && { description }),
    schema,
  }))
}

function schemaOf(shape: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io, target: 'draft-2020-12' })
  return schema as Schema
}
