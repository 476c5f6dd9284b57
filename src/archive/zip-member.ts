// The member of a ZIP archive that holds the records, chosen as every file among several is. Stands
// between the archive and what is in it. Invariant: the archive has been judged whole before.
import type { ZipSource } from './byte-reader.ts'
import { type Candidate, type Chosen, chooseFile, type Place, type Wanted } from './choose-file.ts'
import { contentOfStream } from './content.ts'
import type { ZipBounds } from './entry-check.ts'
import { openZip, type ZipArchive } from './zip.ts'

const zip: Place = { code: 'DROP_ZIP_MEMBER', inside: 'Nell’archivio ZIP' }

/** Opens the one member that the mapping means. Throws `DropError`. */
export async function openZipMember(
  source: ZipSource,
  wanted: Wanted,
  bounds: Partial<ZipBounds> = {},
): Promise<Chosen> {
  return chooseMember(membersOf(await openZip(source, bounds)), wanted)
}

/** The files of an archive, to be chosen among. */
export function membersOf(archive: ZipArchive): Candidate[] {
  return archive.files.map(({ name }) => ({
    name,
    open: () => contentOfStream(name, archive.extract(name)),
  }))
}

/** The one of these members that the mapping means. Throws `DropError`. */
export function chooseMember(members: readonly Candidate[], wanted: Wanted): Promise<Chosen> {
  return chooseFile(members, wanted, zip)
}
