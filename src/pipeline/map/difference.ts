// Where two pieces of JSON differ: the path, what was expected and what is there. Pure.
// Invariant: no difference is reported exactly when the two are equal, whatever the order of keys.

export interface Difference {
  /** 1-based line of a golden file; null where one value is compared. */
  line: number | null
  /** `messages[0].payload.content.subject`; empty for the whole. */
  path: string
  /** JSON; undefined where nothing was expected, or nothing is there. */
  expected: unknown
  actual: unknown
}

/** All differences between two values of JSON, in the order of the expected one. */
export function differencesOf(
  expected: unknown,
  actual: unknown,
  path = '',
  line: number | null = null,
): Difference[] {
  if (Object.is(expected, actual)) return []
  if (!isGroup(expected) || !isGroup(actual) || Array.isArray(expected) !== Array.isArray(actual)) {
    return [{ line, path, expected, actual }]
  }
  if (isPlainList(expected) && isPlainList(actual)) {
    const isSame =
      expected.length === actual.length && expected.every((one, n) => one === actual[n])
    return isSame ? [] : [{ line, path, expected, actual }]
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(actual)])
  return [...keys].flatMap((key) => {
    const below = Array.isArray(expected) ? `${path}[${key}]` : path ? `${path}.${key}` : key
    return differencesOf(memberOf(expected, key), memberOf(actual, key), below, line)
  })
}

/** The same of what the expected value names alone; null names what must not be there. */
export function namedDifferences(expected: unknown, actual: unknown, path: string): Difference[] {
  if (expected === null && actual === undefined) return []
  if (!isGroup(expected) || Array.isArray(expected) || !isGroup(actual)) {
    return differencesOf(expected, actual, path)
  }
  return Object.entries(expected).flatMap(([key, value]) =>
    value === undefined ? [] : namedDifferences(value, memberOf(actual, key), `${path}.${key}`),
  )
}

/** The differences between two texts of one JSON value a line, in the order of the lines. */
export function lineDifferences(expected: string, actual: string): Difference[] {
  if (expected === actual) return []
  const wanted = linesOf(expected)
  const found = linesOf(actual)
  const differences: Difference[] = []
  for (let index = 0; index < Math.max(wanted.length, found.length); index++) {
    const [one, other] = [wanted[index], found[index]]
    if (one !== other) differences.push(...differencesOf(read(one), read(other), '', index + 1))
  }
  if (differences.length > 0) return differences
  const [same, here] = ['the same values as they are printed', 'another order or layout of them']
  return [{ line: null, path: '', expected: same, actual: here }]
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** What is no JSON is compared as the text it is. */
function read(line: string | undefined): unknown {
  if (line === undefined) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return line
  }
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Short texts and numbers: two such lists are read side by side as a whole. */
function isPlainList(value: object): value is unknown[] {
  return Array.isArray(value) && !value.some(isGroup)
}

function memberOf(group: object, key: string): unknown {
  return Object.hasOwn(group, key) ? (group as Record<string, unknown>)[key] : undefined
}
