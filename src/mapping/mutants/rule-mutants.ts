// The rules of a mapping beside its fields and texts, each taken away or turned over: what it
// skips, what its lookups do without a row, its conditions, its payment, its reminders, its key.
import { ActionSpec } from '../delivery-spec.ts'
import type { YamlPath } from '../fault.ts'
import type { MappingSpec, NoticeMapping, ReferenceMapping, SettlementMapping } from '../spec.ts'
import type { Scope } from '../text/scope.ts'
import { conditionWords } from '../watch/condition-words.ts'
import type { Change } from './field-mutants.ts'
import { GONE } from './mutant.ts'

/** All of them, in the order of the document. */
export function ruleChanges(spec: MappingSpec, scope: Scope): Change[] {
  switch (spec.shape) {
    case 'notice':
      return [
        ...skips(spec),
        ...lookups(spec),
        ...actions(spec),
        ...keyParts(spec.key),
        ...groups(spec),
        ...condition('single', spec.single, scope, ' and expects `single`'),
        ...condition('firstWhen', spec.firstWhen, scope, ' and expects `planned`'),
        ...payments(spec),
        ...buttonRules(spec, scope),
        ...reminders(spec),
      ]
    case 'settlement':
      return [
        ...endings(spec),
        ...keyParts(spec.key),
        ...condition('closesWhen', spec.closesWhen, scope, ' and expects `closes`'),
      ]
    case 'reference':
      return normalised(spec)
  }
}

function skips({ skip }: NoticeMapping): Change[] {
  return skip.map(({ when, because }, index) => ({
    path: ['skip', index],
    what: `skip ${when}`,
    protect: `with \`skipped: ${because}\``,
    value: GONE,
  }))
}

function lookups({ lookups: all }: NoticeMapping): Change[] {
  return Object.entries(all).map(([name, { onMissing, waitHours }]) => ({
    path: ['lookups', name, 'onMissing'],
    what: `${name} without a row: ${onMissing}`,
    protect: `in which the lookup \`${name}\` finds nothing`,
    value: onMissing === 'refuse' ? 'empty' : 'refuse',
    ...(waitHours && { with: { path: ['lookups', name, 'waitHours'], value: GONE } }),
  }))
}

function actions({ action }: NoticeMapping): Change[] {
  if (action === undefined) return []
  const { field, ...lists } = action
  // What nobody wrote is no rule.
  const { field: _, ...usual } = ActionSpec.parse({ field })
  return listedValues(lists, field, ['action']).filter(
    ({ list, values }) =>
      JSON.stringify(values) !== JSON.stringify(usual[list as keyof typeof usual]),
  )
}

function endings({ as }: SettlementMapping): Change[] {
  if (typeof as === 'string') return []
  const { field, otherwise, ...lists } = as
  const all: Change[] = listedValues(lists, field, ['as'])
  if (otherwise === 'refuse') return all
  const what = `another ${field}: ${otherwise}`
  const protect = `in which \`${field}\` is a value that no list has`
  return [...all, { path: ['as', 'otherwise'], what, protect, value: 'refuse' }]
}

function listedValues(
  lists: Readonly<Record<string, (string | number)[]>>,
  field: string,
  at: YamlPath,
) {
  return Object.entries(lists).flatMap(([list, values]) =>
    values.map((one, index) => ({
      ...{ list, values },
      path: [...at, list, index],
      what: `${field} ${JSON.stringify(one)}: ${list}`,
      protect: `in which \`${field}\` is ${JSON.stringify(one)}`,
      value: GONE as unknown,
    })),
  )
}

function keyParts(key: readonly string[]): Change[] {
  if (key.length < 2) return []
  return key.map((part, index) => ({
    path: ['key', index],
    what: `${part} is part of the key`,
    protect: 'that expects `key`',
    value: GONE,
  }))
}

function groups({ group, facets, single }: NoticeMapping): Change[] {
  const found = Object.entries(facets).flatMap(([name, path]) => {
    const what = `operators find it by ${name}: ${path}`
    const protect = `that expects \`facets: { ${name}: … }\``
    return path === undefined ? [] : [{ path: ['facets', name], what, protect, value: GONE }]
  })
  // What asks for the whole of a group needs one: then `single` itself says that it is there.
  if (group === undefined || single !== undefined) return found
  const what = `instalments share ${group}`
  return [{ path: ['group'], what, protect: 'that expects `group`', value: GONE }, ...found]
}

/** A condition that always holds, and one that never does. */
function condition(
  key: string,
  source: string | undefined,
  scope: Scope,
  expecting: string,
  at: YamlPath = [key],
): Change[] {
  if (source === undefined) return []
  return [true, false].map((holds) => ({
    path: at,
    what: `${key} ${source} ${holds ? 'always' : 'never'} holds`,
    protect: `in which ${conditionWords(source, !holds, scope)},${expecting}`,
    value: String(holds),
  }))
}

function payments({ notice }: NoticeMapping): Change[] {
  const { dueDate, payment, premium } = notice
  const rule = (path: YamlPath, what: string, expected: string, value: unknown = GONE): Change => ({
    path: ['notice', ...path],
    what,
    protect: `that expects \`${expected}\``,
    value,
  })
  return [
    ...(dueDate ? [rule(['dueDate'], `it is due on ${dueDate}`, 'dueDate')] : []),
    ...(payment ? [rule(['payment'], 'it has a payment', 'amountCents')] : []),
    ...(payment?.payee
      ? [rule(['payment', 'payee'], `it is owed to ${payment.payee}`, 'payee')]
      : []),
    ...(payment?.invalidAfterDueDate
      ? [
          rule(
            ['payment', 'invalidAfterDueDate'],
            'it cannot be paid once it was due',
            'payload: { content: { payment_data: { invalid_after_due_date: true } } }',
            false,
          ),
        ]
      : []),
    ...(premium
      ? [rule(['premium'], 'it is premium', 'payload: { feature_level_type: ADVANCED }', false)]
      : []),
  ]
}

function buttonRules({ notice, reminders: all }: NoticeMapping, scope: Scope): Change[] {
  const lists = [
    { at: ['notice', 'buttons'], buttons: notice.buttons ?? [] },
    ...all.map(({ buttons = [] }, index) => ({ at: ['reminders', index, 'buttons'], buttons })),
  ]
  return lists.flatMap(({ at, buttons }) =>
    buttons.flatMap(({ text, when }, index) => {
      const path = buttons.length === 1 ? at : [...at, index]
      const what = `the button «${text.it}»`
      const protect = `that expects a piece of the text with «${text.it}» in it`
      const whenAt = [...at, index, 'when']
      return [
        { path, what, protect, value: GONE },
        ...condition('when', when, scope, ' and expects its text whole', whenAt),
      ]
    }),
  )
}

function reminders({ reminders: all }: NoticeMapping): Change[] {
  return all.flatMap(({ at }, index) => {
    const protect = 'that expects `planned`'
    const here = ['reminders', index]
    return [
      { path: here, what: `the reminder of ${at}`, protect, value: GONE },
      {
        path: [...here, 'at'],
        what: `the reminder of ${at} leaves a day later`,
        protect,
        value: dayLater(at),
      },
    ]
  })
}

function dayLater(at: string): string {
  const [days = '', time = ''] = at.split('d ')
  const later = Number(days) + 1
  return `${later < 0 ? '-' : '+'}${Math.abs(later)}d ${time}`
}

function normalised({ normalise }: ReferenceMapping): Change[] {
  const path = ['normalise']
  return (normalise ?? []).map((way, index) => ({
    path: [...path, index],
    what: `${way} do not count in its key`,
    protect: `whose key differs in ${way}, and that expects \`key\``,
    value: GONE,
  }))
}
