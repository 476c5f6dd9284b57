// The pages of flows: the archive, one flow with its tabs and what people decide of it, the upload
// of a file, approvals. The upload stands before the number of a flow, which it is none of.
import type { PageRoute } from '../visit.ts'
import { routes as acts } from './acts.ts'
import { routes as approval } from './approval.ts'
import { routes as approvals } from './approvals.ts'
import { routes as certificate } from './certificate.ts'
import { routes as checks } from './checks-tab.ts'
import { routes as documents } from './documents.ts'
import { routes as errata } from './errata.ts'
import { routes as history } from './history.ts'
import { routes as list } from './list.ts'
import { routes as outcomes } from './outcomes.ts'
import { routes as problems } from './problems.ts'
import { routes as records } from './records.ts'
import { routes as summary } from './summary.ts'
import { routes as test } from './test-batch.ts'
import { routes as upload } from './upload.ts'

export const routes: readonly PageRoute[] = [
  ...list,
  ...upload,
  ...summary,
  ...checks,
  ...problems,
  ...records,
  ...outcomes,
  ...test,
  ...documents,
  ...history,
  ...acts,
  ...errata,
  ...certificate,
  ...approvals,
  ...approval,
]
