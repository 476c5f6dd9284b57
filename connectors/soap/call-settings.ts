// One call as a feed says it, of SOAP or, with a `method`, a plain one of HTTP: what is asked, and
// what the answer means. Polls, receipts and look-ups are made of calls; `settings.ts` says which.
// Invariant: a call is of one kind; what belongs to the other is refused when settings are read.
import { z } from 'zod'
import { methods } from './http.ts'
import { jsonTemplate } from './json-template.ts'
import { pathSetting, predicateFields } from './predicates.ts'
import { argumentTemplate, pairsTemplate, textTemplate } from './template.ts'

/** A whole number within bounds, with the usual one. */
export const bounded = (minimum: number, maximum: number, usual: number) =>
  z.int().min(minimum).max(maximum).default(usual)
export const name = () => z.string().min(1).max(200)

const packed = {
  path: pathSetting().describe('The element that holds the document, or refers to an attachment.'),
  steps: z
    .array(z.enum(['base64', 'gunzip']))
    .max(4)
    .default([])
    .describe('How it is unpacked, in order; none for XML as text or in CDATA.'),
}

const payload = z.strictObject({
  ...packed,
  also: z
    .array(z.strictObject(packed))
    .max(4)
    .optional()
    .describe(
      'Other documents of XML inside, which rules and paths see; they are not handed over.',
    ),
  as: z.enum(['xml', 'csv', 'bytes']).default('xml').describe('What it is then.'),
})

const attachment = z
  .strictObject({
    id: z
      .string()
      .regex(/^[\w.@-]{1,100}$/, 'letters, digits and . _ @ -')
      .describe('Its Content-ID.'),
    mediaType: z
      .string()
      .regex(/^[\w.+-]+\/[\w.+-]+(; *[\w-]+=[\w.-]+)*$/, 'a media type such as `text/html`')
      .default('text/plain; charset=utf-8')
      .describe('What it is.'),
    name: textTemplate(200).optional().describe('Its file name.'),
    text: textTemplate(100_000).optional().describe('What stands in it, as UTF-8.'),
    document: argumentTemplate()
      .optional()
      .describe('Or the XML document that it is: a map of elements, `$prolog` before it.'),
  })
  .refine(
    ({ text, document }) => (text === undefined) !== (document === undefined),
    'needs `text` or `document`, not both',
  )

/** Headers by name, their values being templates. */
export function httpHeaders() {
  return z.record(z.string().regex(/^[\w-]+$/), textTemplate())
}

/** The fields of every call: what is asked, and what the answer means. */
export const callFields = {
  operation: name().describe(
    'Its name in the WSDL; without a WSDL the element of the body, with its prefix; of a plain ' +
      'call a name of your own, by which messages and drops call it.',
  ),
  input: name()
    .optional()
    .describe(
      'Which of several operations of that name: the name of its input, or of its message.',
    ),
  service: name().optional().describe('Its service, where it is another than the others’.'),
  port: name().optional().describe('Its port, likewise.'),
  action: z.string().max(500).optional().describe('The soapAction, when not the one of the WSDL.'),
  attributes: argumentTemplate().default({}).describe('Attributes of the body, as `@name`.'),
  args: argumentTemplate().default({}).describe('The arguments, in order.'),
  attachments: z
    .array(attachment)
    .max(20)
    .default([])
    .describe('Parts beside the envelope; `$include: ID` in `args` refers to one (MTOM).'),
  method: z.enum(methods).optional().describe('Makes it a plain call, without an envelope.'),
  path: textTemplate()
    .regex(
      /^\/([^{}?#\\]|\{\{.*?\}\}|\{%.*?%\})*$/,
      'a path such as `/enti/{{ key }}`; what follows `?` is `query`',
    )
    .optional()
    .describe('What follows the endpoint; values in it are percent-encoded.'),
  query: pairsTemplate().optional().describe('What follows `?`, encoded.'),
  headers: httpHeaders().optional().describe('Headers of HTTP of this call alone.'),
  json: jsonTemplate().optional().describe('The body, as JSON.'),
  form: pairsTemplate().optional().describe('The body, as a form.'),
  xml: argumentTemplate().optional().describe('The body, as XML without an envelope.'),
  omitEmpty: z.boolean().default(false).describe('Leaves out what has no text.'),
  endpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('An address of its own.'),
  counter: name()
    .optional()
    .describe('The persistent counter whose next value is `{{ counter }}`, one for each request.'),
  counterStart: z.int().min(0).default(0).describe('What is added to the counter.'),
  ...predicateFields,
  errorText: pathSetting()
    .optional()
    .describe('Where the error is told in words, shown to operators. Never about a person.'),
  payload: payload.optional().describe('A document inside of the answer, which is handed over.'),
  records: pathSetting()
    .optional()
    .describe('The element that is one record: tells empty answers, and what is new.'),
}

export type Payload = z.infer<typeof payload>

export const call = z.strictObject(callFields).superRefine(checkKind)

export type CallSettings = z.infer<typeof call>

const ofSoap = ['input', 'service', 'port', 'action', 'attributes', 'args', 'attachments'] as const
const bodies = ['json', 'form', 'xml'] as const
const ofPlain = ['path', 'query', 'headers', ...bodies] as const

/** Says what of a call belongs to the other kind. All of its objects are checked by it. */
export function checkKind(settings: CallSettings, issues: z.RefinementCtx): void {
  const { method } = settings
  const say = (key: string, message: string) => {
    issues.addIssue({ code: 'custom', path: [key], message })
  }
  for (const key of method === undefined ? ofPlain : ofSoap) {
    if (isAbsent(settings[key])) continue
    if (method === undefined) say(key, `\`${key}\` is of a plain call: give it a \`method\``)
    else say(key, `\`${key}\` is of SOAP: with a \`method\` it is ${ofPlain.join(', ')}`)
  }
  const given = bodies.filter((key) => settings[key] !== undefined)
  const [first = '', second] = given
  if (second !== undefined) say(second, `there are two bodies: \`${given.join('` and `')}\``)
  if (method === 'GET' && given.length > 0) say(first, 'GET has no body: use `query`')
}

function isAbsent(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && Object.keys(value ?? {}).length === 0)
}

/** All texts with `{{ … }}` by which one call asks about something of its own. */
export function templatesOf(settings: CallSettings): unknown[] {
  const { args, attributes, attachments } = settings
  return [args, attributes, attachments, ...ofPlain.map((key) => settings[key] ?? '')]
}
