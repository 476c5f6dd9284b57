// The registry of the API: every operation, in the order of its description. The server, the
// description and the matrix of routes are made of it.
import { dropOperations } from './drops.ts'
import { flowOperations } from './flows.ts'
import { messageOperations } from './messages.ts'
import type { Operation } from './operation.ts'
import { statisticsOperations, tokenOperations } from './statistics.ts'

export const API_PREFIX = '/api/v1'

export const operations: readonly Operation[] = [
  ...messageOperations,
  ...dropOperations,
  ...flowOperations,
  ...statisticsOperations,
  ...tokenOperations,
]
