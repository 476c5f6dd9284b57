// What offices compose by themselves: a message to one citizen, and a lot to a list of them. A part
// of the registry of pages.
import type { PageRoute } from '../visit.ts'
import * as newLot from './new-lot.ts'
import * as newMessage from './new-message.ts'

export const routes: readonly PageRoute[] = [...newMessage.routes, ...newLot.routes]
