// The registry of pages: every route that somebody who is signed in may ask for, in the order of
// the menu. A test compares it with the table of who may what: a route that is not there fails.
import { routes as dashboard } from './pages/dashboard.ts'
import type { PageRoute } from './visit.ts'

export const pageRoutes: readonly PageRoute[] = [...dashboard]
