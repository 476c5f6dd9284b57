// The pages of refused records, and what their forms ask for: who may do what on each.
// What a record says is shown by a form alone, since that is written down.
import { exportRoutes } from '../parts/export.ts'
import type { PageRoute } from '../visit.ts'
import { exportedRefusals } from './asked.ts'
import { causesPage } from './causes.ts'
import { correctRecord, ignoreRecord, recordPage, revealRecord, reworkRecord } from './record.ts'
import { decideRecords, recordsPage } from './records.ts'

const record = '/refusals/:flow/:record'

export const routes: readonly PageRoute[] = [
  { method: 'GET', path: '/refusals', permission: 'refusals', handle: causesPage },
  {
    method: 'GET',
    path: '/refusals/records',
    permission: 'refusals',
    handle: (visit) => recordsPage(visit),
  },
  ...exportRoutes('/refusals/export', 'refusals', exportedRefusals, true),
  { method: 'POST', path: '/refusals/records', permission: 'prepare', handle: decideRecords },
  { method: 'GET', path: record, permission: 'refusals', handle: recordPage },
  { method: 'POST', path: `${record}/reveal`, permission: 'reveal', handle: revealRecord },
  { method: 'POST', path: `${record}/correct`, permission: 'prepare', handle: correctRecord },
  { method: 'POST', path: `${record}/ignore`, permission: 'prepare', handle: ignoreRecord },
  { method: 'POST', path: `${record}/rework`, permission: 'prepare', handle: reworkRecord },
]
