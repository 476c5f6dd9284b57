// What an act is about, as its row names it (`flow/31`), told in words. Where a page of the
// console shows it, the way there.
import type { StaffLanguage, Words } from './words.ts'

/** What can stand before the first slash of a subject, or alone. */
export const actKinds = {
  flow: { it: 'flusso', en: 'flow' },
  drop: { it: 'file ricevuto', en: 'drop' },
  message: { it: 'messaggio', en: 'message' },
  notice: { it: 'comunicazione', en: 'notice' },
  notices: { it: 'comunicazioni', en: 'notices' },
  recipient: { it: 'destinatario', en: 'recipient' },
  recipients: { it: 'destinatari', en: 'recipients' },
  service: { it: 'servizio', en: 'service' },
  feed: { it: 'collegamento', en: 'feed' },
  campaign: { it: 'campagna', en: 'campaign' },
  system: { it: 'sistema', en: 'system' },
  export: { it: 'esportazione', en: 'export' },
  person: { it: 'persona', en: 'person' },
  token: { it: 'chiave API', en: 'API token' },
  acts: { it: 'registro attività', en: 'activity log' },
  installation: { it: 'tutta l’installazione', en: 'the whole installation' },
} satisfies Record<string, Words>
export type ActKind = keyof typeof actKinds

/** A recipient is named by a keyed hash, which says nothing to anybody. */
const UNNAMED: readonly string[] = ['recipient']

/** `flusso 31`; a kind without words here as it stands. */
export function subjectText(subject: string, language: StaffLanguage): string {
  const [kind, name] = partsOf(subject)
  const words: Words | undefined = Object.hasOwn(actKinds, kind)
    ? actKinds[kind as ActKind]
    : undefined
  if (words === undefined) return subject
  return name === null || UNNAMED.includes(kind) ? words[language] : `${words[language]} ${name}`
}

/** The page of an institution that shows it; null: there is none. */
export function subjectPath(subject: string): string | null {
  const [kind, name] = partsOf(subject)
  if (name === null) return null
  const at = encodeURIComponent(name)
  if (['flow', 'drop', 'message', 'notice'].includes(kind)) {
    return /^\d+$/.test(name) ? `/${kind}s/${at}` : null
  }
  return ['service', 'feed', 'recipient'].includes(kind) ? `/${kind}s/${at}` : null
}

function partsOf(subject: string): [string, string | null] {
  const at = subject.indexOf('/')
  return at < 0 ? [subject, null] : [subject.slice(0, at), subject.slice(at + 1)]
}
