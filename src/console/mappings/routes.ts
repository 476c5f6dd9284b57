// The pages of mappings: the book of them, and a sample file under one. A part of the registry of
// pages.
import type { PageRoute } from '../visit.ts'
import * as book from './book.ts'
import * as trying from './try.ts'

export const routes: readonly PageRoute[] = [...book.routes, ...trying.routes]
