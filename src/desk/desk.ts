// What people do at their desks beside deciding of flows, composed for the console: look up, write,
// compose, upload, export. A part of `app.ts`; each part has a file beside this one.
import type { Parts } from '../parts.ts'
import type { MapResult } from '../pipeline/map.ts'
import type { Connection } from '../store/database.ts'
import { openAuditing } from './auditing.ts'
import { openComposing } from './composing.ts'
import { openCorrecting } from './correcting.ts'
import { openExports } from './exporting.ts'
import { openFlowTexts } from './flow-texts.ts'
import { openMappingBook } from './mapping-book.ts'
import { openMessageDesk } from './messages.ts'
import { openOverseeing } from './overseeing.ts'
import { openPapers } from './papers.ts'
import { openPeople } from './people.ts'
import { openPlannedDays } from './planned-days.ts'
import { wholeFile } from './sample-file.ts'
import { openTrying } from './trying.ts'
import { openUploads } from './uploading.ts'
import { openWriting } from './writing.ts'

export type Desk = ReturnType<typeof openDesk>

/** `map` maps a drop that has just been saved. */
export function openDesk(
  parts: Parts,
  connection: Connection,
  map: (dropId: number) => Promise<MapResult | null>,
) {
  const trying = openTrying(parts)
  return {
    auditing: openAuditing(parts),
    correcting: openCorrecting(parts),
    exports: openExports(parts, connection),
    flowTexts: openFlowTexts(parts),
    messages: openMessageDesk(parts),
    overseeing: openOverseeing(parts),
    papers: openPapers(parts),
    people: openPeople(parts),
    plannedDays: openPlannedDays(parts),
    uploads: openUploads(parts),
    mappings: openMappingBook(parts),
    wholeFile,
    trying,
    lots: openComposing(parts, map, trying),
    writing: openWriting(parts, map),
  }
}
