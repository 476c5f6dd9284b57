// The rules of the simulated year, said once: the configuration is written from them, and the judge
// reads them. Nothing here runs; what follows from them each side works out by itself.
import { dayOf, rome, type Zone } from './days.ts'

export interface ReminderRule {
  /** Days from the due date: -15. */
  days: number
  /** Local: `09:30`. */
  time: string
  whenClosed: 'later' | 'earlier' | 'skip'
  late: LateRule
}

export interface LateRule {
  policy: 'send' | 'hold' | 'skip'
  afterDays: number
}

/** Hours in which something may leave; `days` 0 is Monday. */
export interface Hours {
  from: string
  to: string
  days: readonly number[]
  /** Whether also on holidays. */
  holidays: boolean
}

export interface FeedRules {
  institution: InstitutionName
  reminders: readonly ReminderRule[]
  window: Hours | null
  /** What is to be known of payments; null: it does not matter. */
  payments: PaymentRule | null
  isPremium: boolean
  /** IO reminds by itself: of the mapping’s reminders none leaves. */
  isRemindedByIo: boolean
}

export interface PaymentRule {
  /** How old the last news may be. */
  hours: number
  /** Whether a poll that found nothing is news too. */
  by: 'drops' | 'polls'
}

export const institutions = {
  'comune-di-prova': {
    zone: 'Europe/Rome' as Zone,
    account: 'uno',
    /** Closed beside the holidays: the patron saint, and a week in August. */
    patron: '06-13',
    closed: [dayOf('2028-08-14'), dayOf('2028-08-18')] as const,
    /** From and to, when nothing leaves; null: never. */
    quiet: null,
  },
  'ente-di-prova': {
    zone: 'America/New_York' as Zone,
    account: 'due',
    patron: '12-07',
    closed: null,
    quiet: ['19:30', '08:00'] as const,
  },
}
export type InstitutionName = keyof typeof institutions

const sends = { policy: 'send', afterDays: 1 } as const

/** Files of payments are to be no older than this. */
const recentFiles = { hours: 30, by: 'drops' } as const

export const feeds = {
  tributi: {
    institution: 'comune-di-prova',
    reminders: [
      { days: -15, time: '09:30', whenClosed: 'later', late: sends },
      { days: -3, time: '09:30', whenClosed: 'earlier', late: { policy: 'hold', afterDays: 2 } },
      { days: 7, time: '10:00', whenClosed: 'later', late: { policy: 'skip', afterDays: 3 } },
    ],
    window: { from: '08:00', to: '19:00', days: [0, 1, 2, 3, 4], holidays: false },
    payments: recentFiles,
    isPremium: false,
    isRemindedByIo: false,
  },
  mensa: {
    institution: 'comune-di-prova',
    reminders: [
      { days: -10, time: '02:30', whenClosed: 'later', late: sends },
      { days: -1, time: '18:00', whenClosed: 'later', late: { policy: 'skip', afterDays: 0 } },
    ],
    window: null,
    payments: recentFiles,
    isPremium: false,
    isRemindedByIo: false,
  },
  acqua: {
    institution: 'comune-di-prova',
    reminders: [
      { days: -7, time: '09:00', whenClosed: 'later', late: sends },
      { days: -1, time: '09:00', whenClosed: 'later', late: { policy: 'hold', afterDays: 1 } },
    ],
    window: null,
    payments: null,
    isPremium: true,
    isRemindedByIo: false,
  },
  sanzioni: {
    institution: 'comune-di-prova',
    reminders: [{ days: -5, time: '09:00', whenClosed: 'later', late: sends }],
    window: null,
    payments: null,
    isPremium: true,
    isRemindedByIo: true,
  },
  bollo: {
    institution: 'ente-di-prova',
    reminders: [
      { days: -5, time: '07:00', whenClosed: 'later', late: sends },
      { days: 3, time: '12:00', whenClosed: 'skip', late: sends },
    ],
    // Its quiet hours open later, and close earlier.
    window: { from: '07:30', to: '20:00', days: [0, 1, 2, 3, 4, 5], holidays: true },
    payments: { hours: 30, by: 'polls' },
    isPremium: false,
    isRemindedByIo: false,
  },
} as const satisfies Record<string, FeedRules>
export type FeedName = keyof typeof feeds

export const feedNames = Object.keys(feeds) as FeedName[]

export function rulesOf(feed: FeedName): FeedRules {
  return feeds[feed]
}

/** Once a month, on its first Monday at half past nine; these are its runs in 2028. */
export const campaign = {
  name: 'mensa-da-saldare',
  feed: 'mensa',
  schedule: '30 9 * * 1#1',
  window: { from: '09:00', to: '18:00', days: [0, 1, 2, 3, 4], holidays: false },
  late: { policy: 'skip', afterDays: 3 },
  /** Days from the run. */
  due: [-60, 30],
  payments: recentFiles,
  runs: [
    ...['2028-01-03', '2028-02-07', '2028-03-06', '2028-04-03', '2028-05-01', '2028-06-05'],
    ...['2028-07-03', '2028-08-07', '2028-09-04', '2028-10-02', '2028-11-06', '2028-12-04'],
  ].map((day) => rome(day, '09:30')),
} as const satisfies { feed: FeedName; late: LateRule; window: Hours } & Record<string, unknown>
