// The pages of the activity log: who may do what on each. Walking the chain is for who sees all
// services: `verification.ts` judges that.
import { exportRoutes } from '../parts/export.ts'
import type { PageRoute } from '../visit.ts'
import { activityPage, exportedActs } from './activity.ts'
import { verificationPage, verificationProgress, verifyActs } from './verification.ts'

const permission = 'audit'

export const routes: readonly PageRoute[] = [
  { method: 'GET', path: '/activity', permission, handle: activityPage },
  { method: 'POST', path: '/activity/verify', permission, handle: verifyActs },
  { method: 'GET', path: '/activity/verification', permission, handle: verificationPage },
  {
    ...{ method: 'GET', path: '/activity/verification/progress', permission },
    handle: verificationProgress,
  },
  ...exportRoutes('/activity/export', permission, exportedActs),
]
