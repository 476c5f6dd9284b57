// The buttons under a message, declared once. The app knows two at most, and looks for them in
// Italian and English alone; what it does with a button is one of few actions.
// Source: io-app `features/messages/utils/ctas.ts`.
import { z } from 'zod'

/** Both languages: an app in English shows no button that has only Italian. */
const label = z.strictObject({
  it: z.string().min(1).max(200),
  en: z.string().min(1).max(200),
})

const liquid = z.string().min(1).max(2_000)

export const buttonActions = ['page', 'phone', 'mail', 'copy', 'app'] as const

export const ButtonSpec = z
  .strictObject({
    text: label.describe('What it does, in few words; Liquid. 40 UTF-16 units are shown'),
    when: z
      .string()
      .min(1)
      .max(2_000)
      .optional()
      .describe('A Liquid condition: other records have no such button. `modulo != nil`'),
    page: liquid
      .optional()
      .describe(
        'Opens a page: `https://…`; Liquid, with `url_encode` where a value stands in it. The site ' +
          'stands in the template; or the whole address is one field, `{{ link }}`',
      ),
    phone: liquid.optional().describe('Calls a number: `+39 06 000000`; Liquid'),
    mail: liquid.optional().describe('Writes to an e-mail address; Liquid'),
    copy: liquid.optional().describe('Copies a text, such as a code; Liquid'),
    app: liquid
      .optional()
      .describe('A page of the app itself, what follows `ioit://`: `services/…`; Liquid'),
  })
  .superRefine((button, context) => {
    const given = buttonActions.filter((action) => button[action] !== undefined)
    if (given.length === 1) return
    const message = `a button has one of ${buttonActions.join(', ')}`
    context.addIssue({ code: 'custom', path: [], message })
  })
export type ButtonSpec = z.infer<typeof ButtonSpec>

export const ButtonsSpec = z
  .array(ButtonSpec)
  .min(1)
  .max(2)
  .optional()
  .describe(
    'Buttons under the text: at most two, each in Italian and English, whatever the languages of ' +
      'the text. They become the front matter of the text, and count in its length',
  )
