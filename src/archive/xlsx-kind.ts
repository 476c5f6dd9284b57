// What a file is that should be a workbook and is not, by its content: people rename files, and
// programs write web pages that they call `.xls`. Invariant: nothing is thrown for a file that may
// be a workbook, and whatever is thrown says what to do in Excel's own words.
import type { DropCode } from '../domain/codes.ts'
import { DropError } from '../mapping/drop-error.ts'
import type { ZipSource } from './byte-reader.ts'
import type { ZipArchive } from './zip.ts'

const saveAsXlsx = 'Apri il file con Excel e salvalo come «Cartella di lavoro di Excel (.xlsx)».'

/** Throws `DropError` for what is not even an archive; such as the old formats of Excel. */
export async function checkSignature(source: ZipSource): Promise<void> {
  const start = Buffer.from(await source.read(0, Math.min(source.bytes, START_BYTES)))
  if (start.toString('latin1', 0, 2) === 'PK') return
  if (start.subarray(0, 8).equals(COMPOUND_FILE)) throw await compoundFile(source, start)
  const text = start.toString('latin1').toLowerCase()
  const what = /<(!doctype html|html|table|meta)/.test(text)
    ? 'è una pagina web'
    : text.includes('<?mso-application')
      ? 'è XML di Excel 2003'
      : 'non è un file di Excel: forse è un file di testo'
  throw notWorkbook('DROP_XLSX_NONE', what, saveAsXlsx)
}

/** Throws `DropError` for an archive that is something else than a workbook of Excel. */
export function checkContents({ files }: ZipArchive): void {
  const names = new Set(files.map(({ name }) => name.toLowerCase()))
  if (names.has('xl/workbook.bin')) {
    throw notWorkbook('DROP_XLSX_XLSB', 'è nel formato binario di Excel (.xlsb)', saveAsXlsx)
  }
  if (names.has('mimetype') && names.has('content.xml')) {
    const remedy = 'Apri il file con LibreOffice e salvalo come «Excel 2007-365 (.xlsx)».'
    throw notWorkbook('DROP_XLSX_ODS', 'è nel formato di LibreOffice (.ods)', remedy)
  }
  if (names.has('[content_types].xml') || names.has('_rels/.rels')) return
  const remedy = 'Se l’archivio contiene una cartella di lavoro, scrivi `member: "*.xlsx"`.'
  throw notWorkbook('DROP_XLSX_NONE', 'è un archivio ZIP, ma non una cartella di lavoro', remedy)
}

const START_BYTES = 4096
/** Of compound files (MS-CFB): Excel until 2003, and every workbook that is encrypted. */
const COMPOUND_FILE = Buffer.from('d0cf11e0a1b11ae1', 'hex')
/** Of its directory: entries of 128 bytes, of which the stream that tells is among the first. */
const DIRECTORY_BYTES = 4096

async function compoundFile(source: ZipSource, start: Buffer): Promise<DropError> {
  const sectorBytes = 2 ** Math.min(16, start.length < 52 ? 9 : start.readUInt16LE(30))
  const sector = start.length < 52 ? 0 : start.readUInt32LE(48)
  const at = Math.min(source.bytes, (sector + 1) * sectorBytes)
  const bytes = await source.read(at, Math.min(DIRECTORY_BYTES, source.bytes - at))
  const names = Buffer.from(bytes).toString('utf16le')
  if (names.includes('EncryptedPackage') || names.includes('EncryptionInfo')) {
    const remedy = 'Togli la password: in Excel, File › Informazioni › Proteggi cartella di lavoro.'
    return notWorkbook('DROP_XLSX_ENCRYPTED', 'è protetto da una password', remedy)
  }
  const what = 'è nel vecchio formato binario di Excel (.xls)'
  return notWorkbook('DROP_XLSX_XLS', what, saveAsXlsx)
}

function notWorkbook(code: DropCode, what: string, remedy: string): DropError {
  return new DropError(code, `Il file ${what}.`, null, remedy)
}
