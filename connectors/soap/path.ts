// Paths into an answer, in the words that mappings use for XML: `Esito`, `Registrazione/@numero`,
// `info[chiave=Esistenza]/valore`, `*`. A path is looked for at any depth, so that envelopes and
// wrappers do not count; with `/` in front it begins at the root. `$` is a document of JSON, or
// each entry of the list that it is.
// Invariant: namespaces and prefixes never count.
import type { XmlElement } from './xml.ts'

interface Step {
  name: string
  /** `[child=value]` or `[@attribute=value]`: only elements of which this holds. */
  where: { name: string; value: string } | null
}

export interface Path {
  steps: Step[]
  /** The attribute at the end, or null for the element itself. */
  attribute: string | null
  fromRoot: boolean
}

const stepForm = /^([\p{L}_][\p{L}\p{N}_.-]*|\*|\$)(?:\[(@?[\p{L}_][\p{L}\p{N}_.-]*)=([^\]]*)\])?$/u

/** Null when it is no path. `.` is the element itself. */
export function parsePath(text: string): Path | null {
  const fromRoot = text.startsWith('/')
  const pieces = splitSteps(fromRoot ? text.slice(1) : text)
  const last = pieces.at(-1) ?? ''
  const attribute = last.startsWith('@') ? last.slice(1) : null
  if (attribute !== null) pieces.pop()
  if (pieces[0] === '.') pieces.shift()
  const steps: Step[] = []
  for (const piece of pieces) {
    const found = stepForm.exec(piece)
    if (found === null) return null
    const [, name = '', where, value = ''] = found
    steps.push({ name, where: where === undefined ? null : { name: where, value } })
  }
  return attribute === '' ? null : { steps, attribute, fromRoot }
}

/** All elements at the path, below this element or itself, in the order of the document. */
export function findElements(from: XmlElement, { steps, fromRoot }: Path): XmlElement[] {
  if (steps.length === 0) return [from]
  const found: XmlElement[] = []
  const visit = (element: XmlElement) => {
    if (fits(element, steps[0])) collect(element, steps, found)
    if (!fromRoot) element.children.forEach(visit)
  }
  visit(from)
  return found
}

/** The texts at the path, trimmed; an attribute's value as it is. */
export function findValues(from: XmlElement, path: Path): string[] {
  return findElements(from, path).flatMap((element) => {
    if (path.attribute === null) return [element.text.trim()]
    return element.attributes
      .filter(({ name }) => name === path.attribute)
      .map(({ value }) => value.trim())
  })
}

function collect(element: XmlElement, steps: Step[], found: XmlElement[]): void {
  const rest = steps.slice(1)
  if (rest.length === 0) {
    found.push(element)
    return
  }
  for (const child of element.children) {
    if (fits(child, rest[0])) collect(child, rest, found)
  }
}

function fits(element: XmlElement, step: Step | undefined): boolean {
  if (step === undefined || (step.name !== '*' && step.name !== element.name)) return false
  if (step.where === null) return true
  const { name, value } = step.where
  if (name.startsWith('@')) {
    return element.attributes.some((one) => one.name === name.slice(1) && one.value === value)
  }
  return element.children.some((child) => child.name === name && child.text.trim() === value)
}

/** At each `/` that does not stand within brackets. */
function splitSteps(text: string): string[] {
  return text === '' ? [] : text.split(/\/(?![^[]*\])/)
}
