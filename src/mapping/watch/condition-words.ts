// A condition of a mapping, in the words in which a person is asked for a case: `nota` is "`nota`
// has a value", its opposite "`nota` is empty".
import { type Scope, typeOf } from '../text/scope.ts'

/** Completes "a case in which …" for a condition that holds, or that does not. */
export function conditionWords(condition: string, holds: boolean, scope: Scope): string {
  const source = condition.replace(/\s+/g, ' ').trim()
  const [, path = '', operator = ''] =
    /^([a-z][a-z0-9_.]*)(?: (==|!=) (?:nil|null|blank|empty))?$/.exec(source) ?? []
  const field = scope.get(path)
  if (field !== undefined) {
    const isThere = operator === '==' ? !holds : holds
    if (operator === '' && typeOf(field) === 'boolean') return `\`${path}\` is ${isThere}`
    return `\`${path}\` ${isThere ? 'has a value' : 'is empty'}`
  }
  return `\`${source}\` ${holds ? 'holds' : 'does not hold'}`
}
