// Conditions that compare an amount with so few cents that whole euros were surely meant: amounts
// in conditions are cents, `importo < 12` is twelve of them. A warning: nothing forbids it.
import { formatEuro } from '../../domain/money.ts'
import type { Faults, YamlPath } from '../fault.ts'
import type { NoticeMapping } from '../spec.ts'
import type { Scope } from '../text/scope.ts'
import { testOf } from './clauses.ts'

/** Amounts below one euro, other than none, are hardly a limit of anything. */
const ONE_EURO_CENTS = 100

/** Warns of the rules of a mapping of notices; its conditions have been compiled. */
export function checkCents(spec: NoticeMapping, scope: Scope, faults: Faults): void {
  const { single, firstWhen } = spec
  const conditions: [YamlPath, string | undefined][] = [
    ...spec.skip.map(({ when }, index): [YamlPath, string] => [['skip', index, 'when'], when]),
    [['single'], single],
    [['firstWhen'], firstWhen],
  ]
  for (const [at, source] of conditions) {
    for (const { text, path, value } of source === undefined ? [] : testOf(source).clauses) {
      if (scope.get(path)?.type !== 'euro' || typeof value !== 'number') continue
      if (value === 0 || Math.abs(value) >= ONE_EURO_CENTS) continue
      const message = `\`${text}\` compares with ${formatEuro(value)}: amounts in conditions are cents`
      const hint = `for ${formatEuro(value * 100)} write ${value * 100}`
      faults.add('CFG_CENTS', at, message, hint)
    }
  }
}
