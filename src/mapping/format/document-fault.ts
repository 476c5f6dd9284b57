// What makes a document of XML or JSON be refused as a whole, whatever language it is in: where,
// and what to do. Invariant: nothing that the document holds is quoted, but for names of elements.
import { nearest } from '../../domain/nearest.ts'
import { DropError } from '../drop-error.ts'
import type { TreeSpec } from './tree-plan.ts'

/** The fault of a document that has more of something than the bounds allow. */
export function documentTooLarge(line: number, what: string): DropError {
  const detail = `Riga ${line}: il documento ha ${what}.`
  const remedy = 'Controlla che sia il file giusto, e che `rows` sia l’elemento di un solo record.'
  return new DropError('DROP_DOCUMENT_BOUNDS', detail, line, remedy)
}

/** The fault of a value that is found after the records that it holds for have left. */
export function valueTooLate(line: number, held: number): DropError {
  const detail =
    `Riga ${line}: un valore che vale per più record sta dopo più di ${held} di loro, ` +
    'e non si può attendere così a lungo.'
  const remedy =
    'Fai mettere alla fonte i dati comuni prima dei record, o togli dal modello i campi che ' +
    'stanno dopo.'
  return new DropError('DROP_LATE_VALUE', detail, line, remedy)
}

/** The fault of a document without rows. `names` are those of its elements, to name a near one. */
export function rowsMissing({ rows, format }: TreeSpec, names: string[]): DropError {
  const wanted = rows?.split(format === 'xml' ? '/' : '.').at(-1) ?? ''
  const near = nearest(wanted, names)
  const hint = near === null ? '' : ` (c’è «${near}»)`
  const detail = `Nel documento non c’è nessun ${rows}${hint}.`
  const remedy =
    'Correggi `rows` nel modello; se il file è di un altro tipo, o è la risposta di errore della ' +
    'fonte, fallo rimandare. Se un file senza record è normale, scrivi in `rows` anche chi li ' +
    'contiene.'
  return new DropError('DROP_ROWS', detail, null, remedy)
}
