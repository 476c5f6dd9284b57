import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, it } from 'vitest'
import { openApi } from '../../../src/console/api/openapi.ts'
import { operations } from '../../../src/console/api/operations.ts'

interface Described {
  operationId: string
  parameters?: { name: string; in: string; required: boolean; schema: object }[]
  requestBody?: { content: Record<string, { schema: object }> }
  responses: Record<string, { content: Record<string, { schema: object }> }>
}
interface Description {
  openapi: string
  paths: Record<string, Record<string, Described>>
  components: { schemas: Record<string, object> }
}

// As a program reads it.
const description = JSON.parse(JSON.stringify(openApi('1.2.3'))) as Description
const described = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, one]) => ({ path, method, one })),
)

it('names every operation once, and every place of its address', () => {
  expect(description.openapi).toMatch(/^3\.1\./)
  const ids = described.map(({ one }) => one.operationId)
  expect(ids.sort()).toEqual(operations.map(({ id }) => id).sort())
  expect(new Set(ids).size).toBe(ids.length)
  for (const { path, one } of described) {
    const inPath = (one.parameters ?? []).filter((parameter) => parameter.in === 'path')
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    expect(inPath.map(({ name }) => name)).toEqual(named)
    expect(inPath.every(({ required }) => required)).toBe(true)
  }
})

it('has schemas that a validator of JSON Schema 2020-12 takes', () => {
  const schemas = described.flatMap(({ one }) => [
    ...(one.parameters ?? []).map(({ schema }) => schema),
    ...Object.values(one.requestBody?.content ?? {}).map(({ schema }) => schema),
    ...Object.values(one.responses).flatMap(({ content }) =>
      Object.values(content).map(({ schema }) => schema),
    ),
    ...Object.values(description.components.schemas),
  ])
  expect(schemas.length).toBeGreaterThan(40)
  for (const schema of schemas) {
    if ('$ref' in schema) {
      const name = String(schema.$ref).replace('#/components/schemas/', '')
      expect(description.components.schemas[name]).toBeDefined()
      continue
    }
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    expect(() => ajv.compile(schema)).not.toThrow()
  }
})

it('asks for a key exactly where something is made', () => {
  const wanting = described.filter(({ one }) =>
    one.parameters?.some(({ name, required }) => name === 'Idempotency-Key' && required),
  )
  const making = operations.filter(({ makes }) => makes).map(({ id }) => id)
  expect(wanting.map(({ one }) => one.operationId).sort()).toEqual(making.sort())
})
