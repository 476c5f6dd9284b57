// The pages of single messages, of what they are about and of whom they went to: who may do what.
// Whatever shows or takes out people's data asks for `reveal`, and is a form.
import type { PageRoute } from '../visit.ts'
import { certificate } from './certificate.ts'
import { decideMessage, messagePage, revealMessage } from './message.ts'
import { decideNotice, noticePage } from './notice.ts'
import { noticePaper } from './paper.ts'
import { accessRecipient, blockRecipient, recipientPage } from './recipient.ts'
import { exportMessages, search, searchPage } from './search.ts'

const message = '/messages/:message'
const notice = '/notices/:notice'
const recipient = '/recipients/:recipient'

export const routes: readonly PageRoute[] = [
  { method: 'GET', path: '/messages', permission: 'messages', handle: searchPage },
  { method: 'POST', path: '/messages/search', permission: 'messages', handle: search },
  { method: 'GET', path: '/messages/export', permission: 'messages', handle: exportMessages },
  { method: 'POST', path: '/messages/export', permission: 'reveal', handle: exportMessages },
  { method: 'GET', path: message, permission: 'messages', handle: messagePage },
  { method: 'POST', path: `${message}/reveal`, permission: 'reveal', handle: revealMessage },
  { method: 'POST', path: `${message}/decide`, permission: 'uncertain', handle: decideMessage },
  { method: 'POST', path: `${message}/certificate`, permission: 'reveal', handle: certificate },
  { method: 'GET', path: notice, permission: 'messages', handle: noticePage },
  { method: 'POST', path: `${notice}/decide`, permission: 'prepare', handle: decideNotice },
  { method: 'POST', path: `${notice}/paper`, permission: 'reveal', handle: noticePaper },
  { method: 'GET', path: recipient, permission: 'messages', handle: recipientPage },
  { method: 'POST', path: `${recipient}/contact`, permission: 'prepare', handle: blockRecipient },
  { method: 'POST', path: `${recipient}/access`, permission: 'reveal', handle: accessRecipient },
]
