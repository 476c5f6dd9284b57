// The part of a document that a mapping reads, as nodes, and what a path finds in it. Elements that
// no path names are never kept. Invariant: a path that finds two values, or something that is no
// value, refuses the record; nothing is chosen that the path does not say.
import type { Refusal } from '../../domain/refusal.ts'
import type { Pick, TreePath, TreeStep } from './tree-path.ts'

export interface TreeNode {
  name: string
  /** 1-based, in the order in which elements open; 0 where it is none, as an attribute. */
  place: number
  text: string
  /** It holds other elements, kept or not, and so is no value. */
  isComplex: boolean
  children: TreeNode[]
}

/** What is looked for below an element. */
export interface Wanted {
  isValue: boolean
  children: Map<string, Wanted>
}

/** Adds what a path needs to be read below the element where it begins. */
export function want(root: Wanted, steps: readonly TreeStep[]): void {
  const [step, ...rest] = steps
  if (step === undefined) {
    root.isValue = true
    return
  }
  if (step.index !== null) want(root, rest)
  const child = childOf(root, step.name)
  if (typeof step.pick === 'object') childOf(child, step.pick.where).isValue = true
  want(child, rest)
}

/** Nothing wanted yet. */
export function nothingWanted(): Wanted {
  return { isValue: false, children: new Map() }
}

/** An element of which nothing is known yet. */
export function createNode(name: string, place = 0): TreeNode {
  return { name, place, text: '', isComplex: false, children: [] }
}

/** The one value that a path finds below an element; null where there are none, or several. */
export function findValue(from: TreeNode, { steps }: TreePath): TreeNode | null {
  const [first, ...others] = select(from, steps).filter(isFilled)
  return first === undefined || first.isComplex || others.length > 0 ? null : first
}

/**
 * The text that the first path with a value finds, '' when none does. `from` gives the element
 * where a path begins.
 */
export function readCell(
  field: string,
  paths: readonly TreePath[],
  from: (path: TreePath) => TreeNode,
): string | Refusal {
  for (const path of paths) {
    const found = select(from(path), path.steps).filter(isFilled)
    const [first] = found
    if (first === undefined) continue
    if (found.some(({ isComplex }) => isComplex)) return noValue(field)
    if (found.length === 1) return first.text
    if (!path.steps.some(({ pick }) => pick === 'all')) return severalValues(field, found.length)
    return found.map(({ text }) => text.trim()).join('\n')
  }
  return ''
}

/** What a path finds below an element, written so that two readings can be compared. */
export function fingerprint(from: TreeNode, { steps }: TreePath): string {
  const found = select(from, steps).filter(isFilled)
  return JSON.stringify(found.map(({ text, isComplex }) => (isComplex ? null : text)))
}

function childOf(wanted: Wanted, name: string): Wanted {
  const child = wanted.children.get(name) ?? nothingWanted()
  wanted.children.set(name, child)
  return child
}

function isFilled({ isComplex, text }: TreeNode): boolean {
  return isComplex || text.trim() !== ''
}

function select(from: TreeNode, steps: readonly TreeStep[]): TreeNode[] {
  let nodes = [from]
  for (const { name, pick, index } of steps) {
    const next: TreeNode[] = []
    for (const { children } of nodes) {
      const named = name === '*' ? children.filter(isElement) : children.filter(isNamed(name))
      next.push(...picked(named, pick))
    }
    nodes = next.length === 0 && index !== null ? nodes.slice(index, index + 1) : next
  }
  return nodes
}

function isElement({ name }: TreeNode): boolean {
  return !name.startsWith('@')
}

function isNamed(wanted: string): (node: TreeNode) => boolean {
  return ({ name }) => name === wanted
}

function picked(nodes: TreeNode[], pick: Pick): TreeNode[] {
  if (pick === 'one' || pick === 'all') return nodes
  if (pick === 'last') return nodes.slice(-1)
  if (typeof pick === 'number') return nodes.slice(pick - 1, pick)
  const { where, equals } = pick
  return nodes.filter(({ children }) =>
    children.some(({ name, text }) => name === where && text.trim() === equals),
  )
}

function severalValues(field: string, count: number): Refusal {
  return {
    code: 'REC_PATH',
    field,
    detail: `Il percorso del campo ${field} trova ${count} valori invece di uno.`,
    remedy:
      'Scrivi in `column` quale prendere: `nome[1]` il primo, `nome[last]` l’ultimo, `nome[*]` ' +
      'tutti, uno per riga, `nome[chiave=testo]` quello che ha quella chiave.',
  }
}

function noValue(field: string): Refusal {
  return {
    code: 'REC_PATH',
    field,
    detail: `Il percorso del campo ${field} porta a un elemento che ne contiene altri.`,
    remedy: 'Scrivi in `column` il percorso fino al valore.',
  }
}
