// The text of a file over a mapping of the catalogue, for people to go on with: its texts, its
// columns, or its texts below columns that are there. Pure.
import { Document, isMap, parse, parseDocument, Scalar, visit, type YAMLMap } from 'yaml'

/** `record`, `fields` and a name, each a pair of a map. */
const FIELD_DEPTH = 7

const schema = '# yaml-language-server: $schema=../../schema/overlay.json\n'
const holds = 'what stands here holds, all else comes from the catalogue.'
const aboutTexts =
  `# Your own texts: ${holds} What you leave\n` +
  '# as it is, take out: then it follows the catalogue. A list, as that of the reminders, is\n' +
  '# replaced as a whole.\n'

/** The file over the mapping of that name with all that citizens read, to be edited. */
export function textsOverlay(name: string, mapping: string): string {
  return `${schema}${aboutTexts}catalogue: ${name}\n\n${textsOf(mapping)}`
}

/** A file over the mapping with those texts at its end; null where it has texts already. */
export function withTexts(own: string, mapping: string): string | null {
  const { contents, errors } = parseDocument(own)
  if (errors.length > 0 || !isMap(contents) || contents.flow) return null
  if (contents.has('notice') || contents.has('reminders')) return null
  return `${own.trimEnd()}\n\n${aboutTexts}${textsOf(mapping)}`
}

function textsOf(mapping: string): string {
  const { notice, reminders } = parse(mapping)
  const { subject, markdown, buttons } = notice
  const texts = { notice: { subject, markdown, ...(buttons ? { buttons } : {}) } }
  return written(new Document({ ...texts, ...(reminders ? { reminders } : {}) }))
}

/** The file with the columns of a `record`. `notes`: by field, the comment above it. */
export function columnsOverlay(
  name: string,
  record: object,
  notes: ReadonlyMap<string, string>,
): string {
  const document = new Document({ record })
  // The fields of a record are read as a table.
  visit(document, {
    Map(_, node, path) {
      if (path.length === FIELD_DEPTH) node.flow = true
    },
  })
  const fields = document.getIn(['record', 'fields']) as YAMLMap<Scalar>
  for (const { key } of fields.items) key.commentBefore = notes.get(String(key.value)) ?? null
  const sample = 'sample: null # the catalogue’s has other columns\n'
  return `${schema}# Your own columns: ${holds}\ncatalogue: ${name}\n${sample}\n${written(document)}`
}

function written(document: Document): string {
  visit(document, {
    Scalar(_, node) {
      const value = (node as Scalar).value
      if (typeof value === 'string' && value.includes('\n')) node.type = Scalar.BLOCK_LITERAL
    },
  })
  return document.toString({ lineWidth: 0 })
}
