// The pages of what will leave, and what their forms ask for.
// Looking is for more people than changing.
import type { PageRoute } from '../visit.ts'
import { dayPage, moveDay, skipDay } from './day.ts'
import { cancelEmission } from './emission.ts'
import { monthPage } from './month.ts'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/reminders',
    permission: 'reminders',
    handle: (visit) => monthPage(visit),
  },
  { method: 'POST', path: '/reminders/cancel', permission: 'prepare', handle: cancelEmission },
  {
    method: 'GET',
    path: '/reminders/:date',
    permission: 'reminders',
    handle: (visit) => dayPage(visit),
  },
  { method: 'POST', path: '/reminders/:date/skip', permission: 'prepare', handle: skipDay },
  { method: 'POST', path: '/reminders/:date/move', permission: 'prepare', handle: moveDay },
]
