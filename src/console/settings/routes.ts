// The pages of the settings, but for people: who may do what on each. Tokens are for who
// administers all services of the institution.
import type { PageRoute } from '../visit.ts'
import { alertsPage, indexPage, retentionPage, testersPage } from './pages.ts'
import {
  LIST,
  makeToken,
  newTokenPage,
  revokePage,
  revokeToken,
  tokensPage,
  wholly,
} from './tokens.ts'

const permission = 'administer'

export const routes: readonly PageRoute[] = [
  { method: 'GET', path: '/settings', permission, handle: indexPage },
  { method: 'GET', path: '/settings/testers', permission, handle: testersPage },
  { method: 'GET', path: '/settings/alerts', permission, handle: wholly(alertsPage) },
  { method: 'GET', path: '/settings/retention', permission, handle: retentionPage },
  { method: 'GET', path: LIST, permission, handle: wholly(tokensPage) },
  {
    method: 'GET',
    path: `${LIST}/new`,
    permission,
    handle: wholly((visit) => newTokenPage(visit)),
  },
  { method: 'POST', path: `${LIST}/new`, permission, handle: wholly(makeToken) },
  { method: 'GET', path: `${LIST}/:token/revoke`, permission, handle: wholly(revokePage) },
  { method: 'POST', path: `${LIST}/:token/revoke`, permission, handle: wholly(revokeToken) },
]
