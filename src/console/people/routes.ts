// The pages of people: how they come in, their own account, and who administers them. Each kind
// has its own guard: see `visit.ts`.
import type { OpenRoute, OwnRoute, PageRoute } from '../visit.ts'
import { accountRoutes, linkRoutes } from './account.ts'
import { joiningRoutes } from './joining.ts'
import { proveRoutes } from './prove.ts'
import { secondFactorRoutes } from './second-factor.ts'
import { settingsRoutes } from './settings.ts'
import { signInRoutes } from './sign-in.ts'

export const routes: readonly PageRoute[] = settingsRoutes
export const ownRoutes: readonly OwnRoute[] = accountRoutes
export const openRoutes: readonly OpenRoute[] = [
  ...signInRoutes,
  ...secondFactorRoutes,
  ...joiningRoutes,
  ...proveRoutes,
  ...linkRoutes,
]
