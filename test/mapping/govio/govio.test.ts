// A template of GovIO becomes a mapping: its columns in their order, its texts in Liquid, and a
// word about each thing that has no equal. Whatever a template holds, what comes out is a mapping's
// file, or an error that says what is wrong with it.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are FreeMarker’s own marks.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { isWarning } from '../../../src/mapping/fault.ts'
import { columnsOf } from '../../../src/mapping/govio/columns.ts'
import { turnTemplate } from '../../../src/mapping/govio/mapping-text.ts'
import { readTemplate } from '../../../src/mapping/govio/template.ts'
import { turnText } from '../../../src/mapping/govio/text.ts'
import { MappingSpec } from '../../../src/mapping/spec.ts'
import { bodyOf, compiled, type Given, placeholder, specOf, templateOf, turned } from './turned.ts'

const all = [
  placeholder('nome', 1, 'STRING'),
  placeholder('nota', 2, 'STRING', { mandatory: false }),
  placeholder('giorno', 3, 'DATE'),
  placeholder('ora', 4, 'DATETIME'),
  placeholder('pasti', 5, 'NUMBER'),
  placeholder('attivo', 6, 'BOOLEAN'),
]

/** What a text becomes, and what is said of it. */
function text(source: string, given: Given = {}) {
  const data = { due: true, payment: true, placeholders: all, ...given }
  const columns = columnsOf(readTemplate(templateOf({ ...data, body: `\${x}${source}` })))
  const { liquid, notTurned, differs } = turnText(source, 'message_body', columns)
  const said = notTurned.map(({ line, column, found, because }) => ({
    line,
    column,
    found,
    because,
  }))
  return { liquid, notTurned: said, differs }
}

describe('a value', () => {
  it.each([
    ['${nome}', '{{ nome }}'],
    ['${ nome }', '{{ nome }}'],
    ['${(nome)}', '{{ nome }}'],
    ['${nome_lower} ${nome.upper}', '{{ nome | downcase }} {{ nome | upcase }}'],
    ['${nome.uppercase}', '{{ nome | upcase }}'],
    ['${nome?upper_case?trim}', '{{ nome | upcase | strip }}'],
    ['${nome?lower_case?capitalize}', '{{ nome | downcase | title_case }}'],
    ['${nome?cap_first}', '{{ nome | capitalize }}'],
    ['${nome?replace("a", \'b\')}', '{{ nome | replace: "a", "b" }}'],
    ['${nome?html}', '{{ nome }}'],
    ['${nota!}', '{{ nota }}'],
    ['${nota!""}', '{{ nota }}'],
    ['${nota!"nessuna"}', '{{ nota | default: "nessuna" }}'],
    ['${(nota!"x")?upper_case}', '{{ nota | default: "x" | upcase }}'],
    ['${giorno}', '{{ giorno | date_short }}'],
    ['${giorno_verbose}', '{{ giorno | date_weekday }}'],
    ['${ora}', '{{ ora | date_short }} {{ ora_ora | truncate: 5, "" }}'],
    ['${ora_date}', '{{ ora | date_short }}'],
    ['${ora_date_verbose}', '{{ ora | date_weekday }}'],
    ['${ora.date.verbose}', '{{ ora | date_weekday }}'],
    ['${ora_time}', '{{ ora_ora | truncate: 5, "" }}'],
    ['${ora_verbose}', '{{ ora | date_weekday }} alle ore {{ ora_ora | truncate: 5, "" }}'],
    ['${pasti}', '{{ pasti }}'],
    ['${attivo}', '{{ attivo }}'],
    ['${amount_currency}', '{{ amount | euro }}'],
    ['${amount}', '{{ amount | amount }}'],
    ['${due_date.date}', '{{ due_date | date_short }}'],
    ['${notice_number}', '{{ notice_number }}'],
    ['${taxcode}', '{{ taxcode }}'],
    ['[qui](https://a.it/?n=${nome})', '[qui](https://a.it/?n={{ nome | url_encode }})'],
    ['[qui](https://a.it/${nome?url})', '[qui](https://a.it/{{ nome | url_encode }})'],
    ['[qui](https://a.it/${giorno})', '[qui](https://a.it/{{ giorno | date_short | url_encode }})'],
  ])('%s reads as %s', (source, liquid) => {
    expect(text(source)).toMatchObject({ liquid, notTurned: [] })
  })

  it('that reads otherwise than in GovIO is said', () => {
    expect(text('${amount_currency}').differs).toEqual([
      '${amount_currency} reads as euro and cents: GovIO took the cents for euro, and wrote ' +
        '999,00 € for 999',
    ])
    expect(text('${nome} ${giorno}').differs).toEqual([])
  })
})

describe('a block', () => {
  it.each([
    ['<#if nota??>a</#if>', '{% if nota != nil %}a{% endif %}'],
    ['<#if nota?has_content>a<#else>b</#if>', '{% if nota != nil %}a{% else %}b{% endif %}'],
    ['<#if !nota??>a</#if>', '{% if nota == nil %}a{% endif %}'],
    [
      '<#if nome == "x">a<#elseif nome != \'y\'>b</#if>',
      '{% if nome == "x" %}a{% elsif nome != "y" %}b{% endif %}',
    ],
    ['<#if nota?? && nota == "x">a</#if>', '{% if nota != nil and nota == "x" %}a{% endif %}'],
    ['<#if !(nota?? || nome == "x")>a</#if>', '{% if nota == nil and nome != "x" %}a{% endif %}'],
    ['<#if (nota!"") == "">a</#if>', '{% if nota == nil %}a{% endif %}'],
    ['<#if (amount?number > 1000)>a</#if>', '{% if amount > 1000 %}a{% endif %}'],
    ['<#if amount?number gte 1000>a</#if>', '{% if amount >= 1000 %}a{% endif %}'],
    ['<#if attivo == "true">a</#if>', '{% if attivo == true %}a{% endif %}'],
    [
      '<#switch nome><#case "a">A<#break><#default>B</#switch>',
      '{% case nome %}{% when "a" %}A{% else %}B{% endcase %}',
    ],
    ['<#noparse>${nome}</#noparse>', '${nome}'],
    ['a<#-- detto -->b', 'ab'],
    ['a\n<#if nota??>\nb\n</#if>\nc', 'a\n{% if nota != nil %}b\n{% endif %}c'],
  ])('%s reads as %s', (source, liquid) => {
    expect(text(source)).toMatchObject({ liquid, notTurned: [] })
  })

  it('makes of what it asks about a value that may be missing, and of the others none', () => {
    const missing = (body: string) => {
      const given = {
        body: bodyOf(body),
        placeholders: [placeholder('nota', 1, 'STRING', { mandatory: false })],
      }
      return turned(given).optional.some(({ name }) => name === 'nota')
    }
    expect(missing('<#if nota??>${nota}</#if>')).toBe(true)
    expect(missing('${nota!}')).toBe(true)
    expect(missing('<#if !nota??>niente<#else>${nota!"-"}</#if>')).toBe(true)
    // GovIO refuses a row in which a value is missing that its text shows.
    expect(missing('${nota}')).toBe(false)
    expect(missing('<#if nota??>c’è</#if>: ${nota}')).toBe(false)
    expect(missing('<#if nota == "x">c’è</#if>')).toBe(false)
  })
})

describe('what has no equal', () => {
  it.each([
    ['a\n ${nome?foo}', 'a\n {{ nome }}', '2:2 ${nome?foo}: the builtin ?foo has no equal'],
    ['${nome?length}', '{{ nome }}', '1:1 ${nome?length}: the builtin ?length has no equal'],
    ['${boh}', '', '1:1 ${boh}: there is no placeholder boh'],
    ['${nome_currency}', '', '1:1 ${nome_currency}: there is no placeholder nome_currency'],
    ['${nome + "x"}', '', '1:1 ${nome + "x"}: this expression has no equal'],
    [
      '${"freemarker.template.utility.Execute"?new()("id")}',
      '',
      '1:1 ${"freemarker.template.utility.Execute"?new()("id")}: this expression has no equal',
    ],
    ['#{pasti; m2}', '', '1:1 #{pasti; m2}: numbers of this form have no equal'],
    [
      '<#list a as b>${b}<#list c as d>x</#list></#list>!',
      '!',
      '1:1 <#list a as b>: <#list> has no equal',
    ],
    ['<#assign x = 1>', '', '1:1 <#assign x = 1>: <#assign> has no equal'],
    ['<#assign x>a</#assign>b', 'b', '1:1 <#assign x>: <#assign> has no equal'],
    ['<@firma/>', '', '1:1 <@firma/>: macros have no equal'],
    ['a</#if>b', 'ab', '1:2 </#if>: it closes nothing'],
    [
      '<#if nome?length > 5>a<#else>b</#if>c',
      'c',
      '1:1 <#if nome?length >: this condition has no equal',
    ],
    ['<#if nota??>a', '', '1:1 <#if nota??>: </#if> is missing'],
    [
      '<#switch nome><#case "a">A<#case "b">B</#switch>',
      '',
      '1:1 <#switch nome>: a case that goes on into the next one',
    ],
    [
      '[qui](${nome}) e poi',
      'qui e poi',
      '1:7 ${nome}: an address must have its site in the template; a button can open a whole address',
    ],
  ])('%s is said with its place, and reads as %j', (source, liquid, said) => {
    const found = text(source)
    expect(
      found.notTurned.map((one) => `${one.line}:${one.column} ${one.found}: ${one.because}`),
    ).toEqual([said])
    expect(found.liquid).toBe(liquid)
  })

  it('stands at the head of the mapping, which compiles all the same', () => {
    const template = turned({ body: bodyOf('${nome?foo}'), placeholders: all })
    expect(template.text).toContain(
      '# to do: message_body 1:81 ${nome?foo} — the builtin ?foo has no equal; written: {{ nome }}',
    )
    expect(compiled(template).faults).toEqual([])
  })
})

describe('the columns', () => {
  it('are those of GovIO, in its order, each typed', () => {
    const everything = '${nome} ${nota!} ${giorno} ${ora_date} ${pasti} ${attivo}'
    const template = turned({
      due: true,
      payment: true,
      placeholders: all,
      body: bodyOf(everything),
    })
    expect(compiled(template).faults).toEqual([])
    const { record, key, notice } = specOf(template)
    expect(
      Object.entries(record.fields).map(([name, { column, type }]) => `${column} ${name} ${type}`),
    ).toEqual([
      '1 taxcode fiscalCode',
      '3 due_date date',
      '4 notice_number noticeNumber',
      '5 amount euro',
      '6 invalid_after_due_date boolean',
      '7 payee text',
      '8 nome text',
      '9 nota text',
      '10 giorno date',
      '11 ora date',
      '12 pasti integer',
      '13 attivo boolean',
    ])
    expect(record.fields['amount']).toMatchObject({ decimals: 'cents' })
    expect(key).toEqual(['notice_number'])
    expect(notice.payment?.invalidAfterDueDate).toBe('invalid_after_due_date')
  })

  it('without payment and due date begin after the second', () => {
    const template = turned({ placeholders: [placeholder('nome', 1)], body: bodyOf('${nome}') })
    const { record, key } = specOf(template)
    expect(Object.entries(record.fields).map(([name, { column }]) => `${column} ${name}`)).toEqual([
      '1 taxcode',
      '3 nome',
    ])
    expect(key).toEqual(['taxcode', 'nome'])
  })

  it('of a text that is the same for all are told apart by the day of the expedition', () => {
    expect(specOf(turned({})).key).toEqual(['taxcode', 'expedition_date'])
  })

  it('of one name, or called like those of every file, are told apart and said', () => {
    const placeholders = [
      placeholder('amount', 1),
      placeholder('città', 2),
      placeholder('città', 3),
      placeholder('empty', 4),
    ]
    const template = turned({
      payment: true,
      placeholders,
      body: bodyOf('${amount} ${città} ${empty}'),
    })
    expect(template.columns.slice(-4).map(({ field }) => field)).toEqual([
      'amount_2',
      'citta',
      'citta_2',
      'empty_campo',
    ])
    expect(template.differs.join('\n')).toContain('the placeholder amount is called like a column')
    expect(template.differs.join('\n')).toContain('two placeholders are called città')
    expect(specOf(template).notice.markdown.it).toContain('{{ amount | amount }} {{ citta_2 }}')
    expect(compiled(template).faults).toEqual([])
  })
})

describe('odd names', () => {
  it('of a placeholder like the time of another are told apart', () => {
    const placeholders = [placeholder('ora', 1, 'DATETIME'), placeholder('ora_ora', 2)]
    const template = turned({ placeholders, body: bodyOf('${ora} ${ora_ora}') })
    expect(Object.keys(specOf(template).record.fields)).toEqual([
      ...['taxcode', 'ora', 'ora_ora', 'ora_ora_campo'],
    ])
    expect(template.body.liquid).toContain('{{ ora_ora_campo }}')
    expect(compiled(template).faults).toEqual([])
  })

  it.each(['true', 'null', 'on', '1e3', '0x1'])('of a mapping called %s are a text', (name) => {
    const { text: yaml } = turnTemplate(readTemplate(templateOf({})), name)
    expect(MappingSpec.parse(parse(yaml))).toMatchObject({ series: name })
  })
})

describe('a file', () => {
  const flat = { name: 'nome', type: 'STRING', mandatory: true, position: 1 }
  const { placeholders: _, ...bare } = templateOf({ body: bodyOf('${nome}') }) as Record<
    string,
    unknown
  >

  it.each([
    [
      'with its placeholders beside it',
      { template: bare, placeholders: { items: [placeholder('nome', 1)] } },
    ],
    [
      'with its placeholders embedded',
      { ...bare, _embedded: { placeholders: [placeholder('nome', 1)] } },
    ],
    ['with flat placeholders', { ...bare, placeholders: [flat] }],
    [
      'with definitions apart',
      {
        template: bare,
        placeholders: [{ placeholder_id: 7, mandatory: true, position: 1 }],
        definitions: { items: [{ id: 7, name: 'nome', type: 'STRING' }] },
      },
    ],
  ])('%s is taken', (_, data) => {
    expect(readTemplate(data).placeholders).toEqual([
      { name: 'nome', type: 'STRING', isMandatory: true, position: 1, pattern: null },
    ])
  })

  it('with its placeholders in another file is taken', () => {
    expect(readTemplate(bare, { items: [placeholder('nome', 1)] }).placeholders).toHaveLength(1)
  })

  it.each([
    [[], 'this is no JSON object: give the template itself'],
    [
      { items: [] },
      'this is no GovIO template: "subject": Invalid input: expected string, received undefined',
    ],
    [
      { ...bare, has_payment: 'no' },
      'this is no GovIO template: "has_payment": Invalid input: expected boolean, received string',
    ],
    [
      bare,
      'the file does not have its placeholders: add the answer of /templates/ID/placeholders?embed=placeholder with --placeholders FILE, or put it into the file as "placeholders"',
    ],
    [
      { ...bare, placeholders: [{ placeholder_id: 3, mandatory: true, position: 1 }] },
      'placeholder 1 does not say what it is ("name": Invalid input: expected string, received undefined): ask for /templates/ID/placeholders?embed=placeholder, or add "definitions"',
    ],
    [
      { ...bare, placeholders: [{ ...flat, type: 'LIST' }] },
      'placeholder 1, nome: there is no type LIST; STRING, DATE, DATETIME, NUMBER, BOOLEAN',
    ],
    [
      { ...bare, placeholders: [{ ...flat, position: -1 }] },
      'placeholder 1: "position": Too small: expected number to be >=0',
    ],
    [
      { ...bare, message_body: 'x'.repeat(100_001) },
      'this is no GovIO template: "message_body": Too big: expected string to have <=100000 characters',
    ],
  ])('that is no template is an error that says why', (data, message) => {
    expect(() => readTemplate(data)).toThrow(message)
  })
})

describe('any template', () => {
  const piece = fc.constantFrom(
    ...[
      '${nome}',
      '${nota!"-"}',
      '${nome?foo}',
      '${',
      '}',
      '<#if nota??>',
      '<#if x>',
      '<#elseif nome == "a">',
    ],
    ...[
      '<#else>',
      '</#if>',
      '<#list a as b>',
      '</#list>',
      '<#-- ',
      '-->',
      '<#switch nome>',
      '<#case "a">',
    ],
    ...[
      '<#break>',
      '</#switch>',
      '<#noparse>',
      '</#noparse>',
      '{{',
      '{%',
      '%}',
      '}}',
      '"',
      "'",
      '\\',
      '\n',
    ],
    ...[
      '[a](',
      ')',
      '---\n',
      '`',
      '<b>',
      '😀',
      '\u0001',
      '\u2028',
      ' ',
      '- ',
      '#{1}',
      '<@m/>',
      'è',
      '\t',
      '|',
    ],
  )
  const source = fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 25 })

  it('becomes the file of a mapping, whose text is what was turned', () => {
    fc.assert(
      fc.property(source, source, (subject, body) => {
        const given = {
          subject: `Avviso ${subject.join('')}`,
          body: `Avviso ${body.join('')}`,
          placeholders: all,
          payment: true,
        }
        const template = turned(given)
        const { notice } = specOf(template)
        expect(notice.subject.it).toBe(template.subject.liquid)
        expect(notice.markdown.it?.trimEnd()).toBe(template.body.liquid.trimEnd())
        const { mapping, faults } = compiled(template)
        expect(mapping === null).toBe(!faults.every(isWarning))
      }),
      { numRuns: 500 },
    )
  })

  it('that says nothing has no text that a mapping could have', () => {
    const template = turned({ subject: '${boh}', body: '<#list a as b>x</#list>' })
    expect([template.subject.liquid, template.body.liquid]).toEqual(['', ''])
  })

  it('of blocks in blocks without end is left out, in time', () => {
    const deep = `${'<#if nota??>'.repeat(5_000)}x${'</#if>'.repeat(5_000)}`
    expect(text(deep).notTurned).toHaveLength(1)
    expect(text('<#if nota??>'.repeat(5_000)).liquid).toBe('')
    expect(text('${nome} '.repeat(10_000)).notTurned).toEqual([])
    // What is opened and never closed is text, however often it is opened.
    for (const open of ['${a', '<#-- ', '<#if ']) {
      expect(text(open.repeat(15_000)).notTurned).toEqual([])
    }
  })
})
