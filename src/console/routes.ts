// The registry of pages: every route that somebody who is signed in may ask for, in the order of
// the menu. A test compares it with the table of who may what: a route that is not there fails.

import { routes as accounts } from './accounts/routes.ts'
import { routes as audit } from './audit/routes.ts'
import { routes as compose } from './compose/routes.ts'
import { routes as flows } from './flows/routes.ts'
import { routes as mappings } from './mappings/routes.ts'
import { routes as messages } from './messages/routes.ts'
import { routes as dashboard } from './pages/dashboard.ts'
import { routes as guide } from './pages/guide.ts'
import * as people from './people/routes.ts'
import { routes as refusals } from './refusals/routes.ts'
import { routes as reminders } from './reminders/routes.ts'
import { routes as settings } from './settings/routes.ts'
import { routes as statistics } from './statistics/routes.ts'
import { routes as feeds } from './system/feeds.ts'
import { routes as services } from './system/services.ts'
import { routes as status } from './system/status.ts'
import { routes as stopAll } from './system/stop-all.ts'
import { routes as uncertain } from './uncertain/routes.ts'
import type { OpenRoute, OwnRoute, PageRoute } from './visit.ts'

export const pageRoutes: readonly PageRoute[] = [
  ...dashboard,
  ...flows,
  ...messages,
  ...compose,
  ...refusals,
  ...uncertain,
  ...statistics,
  ...mappings,
  ...feeds,
  ...services,
  ...status,
  ...reminders,
  ...accounts,
  ...people.routes,
  ...settings,
  ...audit,
  ...stopAll,
  ...guide,
]

/** Of no institution, for whoever is signed in. */
export const ownRoutes: readonly OwnRoute[] = [...people.ownRoutes]

/** For whoever has not signed in. */
export const openRoutes: readonly OpenRoute[] = [...people.openRoutes]
