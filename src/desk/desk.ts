// What people do at their desks beside deciding of flows, composed for the console: look up, write,
// compose, upload, export. A part of `app.ts`; each part has a file beside this one.
import type { Parts } from '../parts.ts'

export type Desk = ReturnType<typeof openDesk>

export function openDesk(_parts: Parts) {
  return {}
}
