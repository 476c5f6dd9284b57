// JSON text → the same small tree that XML becomes, so that paths, rules and records mean the same
// in both: a member is an element, a list a repeated one, null and an empty list are none. The
// document is the element `$`, or each entry of the list that it is.
// Invariant: a number keeps the digits with which it is written and never passes through a float.
import { appendChild, type XmlElement } from './xml.ts'

export interface JsonTree {
  root: XmlElement
  /** Names under which null or an empty list stands: they hold nothing, and yet are there. */
  emptyNames: ReadonlySet<string>
}

/** Why a text is no JSON that is read here. Never quotes it. */
export class JsonFault extends Error {}

const mostValues = 1_000_000
const mostDepth = 200
const documentName = '$'
/** Around the entries of a list that has no name of its own: no path can have it. */
const unnamed = '[]'

/** Throws `JsonFault`. */
export function parseJson(text: string): JsonTree {
  const emptyNames = new Set<string>()
  const add = (parent: XmlElement, name: string, value: unknown, depth: number): void => {
    if (depth > mostDepth) throw new JsonFault(`it is nested more than ${mostDepth} times`)
    if (value === null || (Array.isArray(value) && value.length === 0)) {
      emptyNames.add(name)
    } else if (Array.isArray(value)) {
      for (const entry of value) addEntry(parent, name, entry, depth + 1)
    } else if (typeof value === 'object') {
      const element = addElement(parent, name, '')
      for (const [key, inner] of Object.entries(value)) add(element, key, inner, depth + 1)
    } else {
      addElement(parent, name, String(value))
    }
  }
  /** A list in a list is an element, as it stands for one entry. */
  const addEntry = (parent: XmlElement, name: string, entry: unknown, depth: number): void => {
    if (Array.isArray(entry)) add(addElement(parent, name, ''), unnamed, entry, depth)
    else add(parent, name, entry, depth)
  }

  const around = elementOf(unnamed, '', null)
  const document = parseKeepingDigits(text)
  add(around, documentName, document, 0)
  const isObject = typeof document === 'object' && document !== null && !Array.isArray(document)
  return { root: isObject ? (around.children[0] as XmlElement) : around, emptyNames }
}

function parseKeepingDigits(text: string): unknown {
  assertBounded(text)
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''), keepDigits)
  } catch (cause) {
    throw new JsonFault(cause instanceof RangeError ? 'it is nested too deep' : 'it is no JSON')
  }
}

/**
 * Counts what begins a value: 32 MB of zeros would keep the process busy for half a minute, and are
 * not parsed at all.
 */
function assertBounded(text: string): void {
  let values = 0
  let isText = false
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (letter === '"') isText = !isText
    else if (isText && letter === '\\') at += 1
    else if (!isText && (letter === ',' || letter === '[' || letter === '{')) values += 1
    if (values > mostValues) throw new JsonFault(`it has more than ${mostValues} values`)
  }
}

/** `context` is of ECMAScript 2025, which the types do not know yet. */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? (context?.source ?? value) : value
}

function addElement(parent: XmlElement, name: string, text: string): XmlElement {
  const element = elementOf(name, text, parent)
  appendChild(parent, element)
  return element
}

function elementOf(name: string, text: string, parent: XmlElement | null): XmlElement {
  return { name, namespace: '', attributes: [], children: [], text, parent, prefixes: {} }
}
