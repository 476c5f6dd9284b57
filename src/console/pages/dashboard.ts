// The dashboard: what waits for whoever looks, what is being sent, today, the days to come, the
// sources and the health of it all. A draft of it; nothing is decided here.
import { html } from '../../html.ts'
import type { PageRoute } from '../visit.ts'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/',
    permission: 'look',
    async handle({ language }) {
      const title = language === 'it' ? 'Cruscotto' : 'Dashboard'
      return { kind: 'page', title, section: 'dashboard', content: html`` }
    },
  },
]
