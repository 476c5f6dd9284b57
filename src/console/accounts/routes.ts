// The page of accounts, and its sheet.
// Who may see the one may have the other: there is nobody’s data in either.
import { type Exported, exportRoutes } from '../parts/export.ts'
import type { PageRoute, Visit } from '../visit.ts'
import { askedAccounts } from './asked.ts'
import { accountsPage } from './page.ts'

export const routes: readonly PageRoute[] = [
  { method: 'GET', path: '/accounts', permission: 'accounts', handle: accountsPage },
  ...exportRoutes('/accounts/export', 'accounts', async (visit) => exported(visit)),
]

/** The same filters, instants as text. */
function exported(visit: Visit): Exported {
  const { scope, filter, from, to } = askedAccounts(visit)
  const text = (at: Temporal.Instant | null) => at?.toString() ?? null
  const said = [`${from} – ${to}`, filter.service, filter.feed].filter((one) => one !== null)
  return {
    kind: 'accounts',
    section: 'accounts',
    services: scope.services,
    name: { it: 'quadratura', en: 'accounts' },
    filter: {
      ...filter,
      ...{ arrivedFrom: text(filter.arrivedFrom), arrivedTo: text(filter.arrivedTo) },
    },
    asked: said.join(' '),
  }
}
