// What was measured, as a table with units: each figure beside its floor, with what the line means.
// Ratios are of one run on one machine; they are what may be compared.
import { availableParallelism, cpus, totalmem } from 'node:os'
import {
  addedTo,
  type Claim,
  consoleClaims,
  scheduleClaims,
  slowedBy,
  speedOf,
  workbenchClaims,
} from './claims.ts'
import type { ConnectorsReport } from './connectors.ts'
import type { ConsoleResult } from './console-run.ts'
import type { FormatName } from './format-files.ts'
import type { FormatsReport } from './formats.ts'
import type { MapResult } from './map-run.ts'
import type { ScheduleReport } from './schedule.ts'
import type { Lateness } from './schedule-run.ts'
import type { SendResult } from './send-run.ts'
import type { WorkbenchReport, WorkbenchTimes } from './workbench.ts'

export interface MachineFacts {
  cores: number
  processor: string
  memoryGigabytes: number
  node: string
  postgres: string
}

export interface MapReport extends MapResult {
  rows: number
  /** The mean of one run before and one after. */
  floorSeconds: number
  /** Null when there were too few rows to tell. */
  growthBytes: number | null
}

export interface SendReport extends SendResult {
  messages: number
  connections: number
  rate: RateReport
}

/** What IO saw of an account that sends under its limit. */
export interface RateReport {
  seconds: number
  callsPerWindow: number
  windowSeconds: number
  /** Arrived within these seconds, of whatever kind; of these so many asked for a status. */
  calls: number
  status: number
  /** Of the allowed calls. */
  share: number
  /** Answered 429. */
  limited: number
  fullestWindow: number
}

export interface BenchReport {
  machine: MachineFacts
  map: MapReport | null
  send: SendReport | null
  schedule: ScheduleReport | null
  formats: FormatsReport | null
  connectors: ConnectorsReport | null
  workbench: WorkbenchReport | null
  console: ConsoleResult | null
}

type Line = [what: string, value: string, unit: string, meaning: string]

export function machineFacts(postgres: string): MachineFacts {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    postgres,
  }
}

export function formatReport(report: BenchReport): string {
  const { machine, map, send, schedule, formats, connectors, workbench, console } = report
  const { cores, processor, memoryGigabytes, node, postgres } = machine
  const lines = [
    ...(map ? mapLines(map) : []),
    ...(send ? sendLines(send) : []),
    ...(schedule ? scheduleLines(schedule) : []),
    ...(formats ? formatLines(formats) : []),
    ...(connectors ? connectorLines(connectors) : []),
    ...(workbench ? workbenchLines(workbench) : []),
    ...(console ? consoleLines(console) : []),
  ]
  return [
    `${cores} cores (${processor}), ${memoryGigabytes} GB, Node ${node}, PostgreSQL ${postgres}, durable`,
    '',
    ...aligned(lines),
    '',
    ...claimsOf(report).map(claimText),
    '',
  ].join('\n')
}

/** What was measured and has a bound. */
export function claimsOf({ schedule, workbench, console }: BenchReport): Claim[] {
  return [
    ...(schedule === null ? [] : scheduleClaims(schedule)),
    ...(workbench === null ? [] : workbenchClaims(workbench)),
    ...(console === null ? [] : consoleClaims(console)),
  ]
}

function claimText({ what, measured, bound, holds }: Claim): string {
  const said = holds === null ? 'not measured' : holds ? 'kept' : 'BROKEN'
  return `${said}: ${what}: ${measured} (${bound})`
}

function mapLines(map: MapReport): Line[] {
  const { rows, floorSeconds, mapSeconds } = map
  const count = grouped(rows)
  return [
    ['map', rate(rows, mapSeconds), 'rows/s', 'saved drop → notices and messages, three a row'],
    [
      '  floor',
      rate(rows, floorSeconds),
      'rows/s',
      'csv-parse and COPY of the raw columns, no more',
    ],
    [
      '  ratio',
      ratio(floorSeconds, mapSeconds),
      'of floor',
      'how much of the floor’s speed is left',
    ],
    ['  time', mapSeconds.toFixed(1), 's', `for ${count} rows of 250 bytes`],
    ['  save', map.saveSeconds.toFixed(1), 's', 'before it: the drop sealed into the database'],
    ['  contacts', map.contactsSeconds.toFixed(1), 's', `before it: ${count} rows of reference`],
    [
      '  peak memory',
      megabytes(map.peakBytes),
      'MB',
      'resident set of the process, over all of it',
    ],
    ['  growth', growth(map.growthBytes), 'MB', 'over the peak of a run with 50,000 rows'],
  ]
}

function sendLines(send: SendReport): Line[] {
  const { messages, connections, bareSeconds, sendSeconds, rate: paced } = send
  const limit = `${paced.callsPerWindow} / ${paced.windowSeconds} s`
  return [
    [
      'send',
      rate(messages, sendSeconds),
      'messages/s',
      'profile, durable attempt, submit, outcome',
    ],
    [
      '  bare loop',
      rate(messages, bareSeconds),
      'messages/s',
      'undici: the same two calls, no more',
    ],
    ['  ratio', ratio(bareSeconds, sendSeconds), 'of bare loop', 'how much of its speed is left'],
    [
      '  time',
      sendSeconds.toFixed(1),
      's',
      `for ${grouped(messages)} messages, ${connections} at once`,
    ],
    [
      '  rate used',
      (paced.share * 100).toFixed(2),
      '% of allowed',
      `${paced.calls} calls in ${paced.seconds} s of ${limit}; ${paced.status} for statuses`,
    ],
    ['  429', grouped(paced.limited), 'answers', `fullest window: ${paced.fullestWindow} calls`],
  ]
}

function scheduleLines(report: ScheduleReport): Line[] {
  const { plan, pending, flows, jobs, idle, idleEmpty, idleSeconds, sendRate } = report
  const added = (addedTo(plan) * 100).toFixed(0)
  const core = (share: number | null) => (share === null ? '–' : (share * 100).toFixed(2))
  return [
    ['plan', added, '% more time', `to map ${grouped(plan.rows)} rows with three reminders each`],
    ['pending', grouped(pending), 'reminders', `of ${grouped(flows)} flows`],
    ['  jobs', grouped(jobs), 'jobs', 'one an account and instant, whatever leaves then'],
    ['  idle', core(idle), '% of a core', `node and PostgreSQL, nothing due, ${idleSeconds} s`],
    ['  idle, empty', core(idleEmpty), '% of a core', 'the same with nothing pending'],
    ['first messages', rate(sendRate, 1), 'messages/s', 'by the same daemon, with these pending'],
    ...latenessLines('due at once', report.final, sendRate),
    ...latenessLines('one a day', report.oneADay, sendRate),
    ...latenessLines('crowded', report.crowded, sendRate),
    ['put off', rate(report.deferRate, 1), 'messages/s', 'due while their feed is closed'],
  ]
}

/** Beside what it takes at least: so many messages at the speed of first ones. */
function latenessLines(what: string, late: Lateness, sendRate: number): Line[] {
  const beside = (share: number, seconds: number) =>
    `${speedOf(late, share, seconds, sendRate).toFixed(2)} of the speed of first messages`
  const away = late.crowded === 0 ? '' : `, and ${grouped(late.crowded)} that gave way`
  const count = `after their instant, of ${grouped(late.messages)} reminders${away}`
  return [
    [what, late.first.toFixed(1), 's', `the first ${count}`],
    ['  p50', late.p50.toFixed(1), 's', beside(0.5, late.p50)],
    ['  p99', late.p99.toFixed(1), 's', beside(0.99, late.p99)],
  ]
}

/** Of an archive and a workbook the speed is that of the bytes as they lie on the disk. */
function formatLines({ formats, mapped }: FormatsReport): Line[] {
  const lines = formats.flatMap((one): Line[] => {
    const speed = (bytes: number, seconds: number) => (bytes / 1e6 / seconds).toFixed(1)
    const what = `of ${megabytes(one.bytes)} MB with ${grouped(one.records)} records`
    const peaks = `${megabytes(one.peakBytes)} MB at most; bare ${megabytes(one.floorPeakBytes)} MB`
    return [
      [`read ${one.format}`, speed(one.readBytes, one.seconds), 'MB/s', what],
      ['  bare parser', speed(one.readBytes, one.floorSeconds), 'MB/s', floors[one.format]],
      ['  ratio', ratio(one.floorSeconds, one.seconds), 'of bare', 'how much of it is left'],
      ['  growth', megabytes(one.growthBytes), 'MB', `over a tenth of the file; ${peaks}`],
    ]
  })
  const { records, seconds } = mapped
  return [
    ...lines,
    ['mapping', rate(records, seconds), 'records/s', 'CSV to messages of some 900 characters'],
  ]
}

const floors: Record<FormatName, string> = {
  csv: 'csv-parse',
  fixed: 'node:readline, lines alone',
  ndjson: 'node:readline and JSON.parse',
  json: 'JSON.parse of the whole document',
  xml: 'saxes',
  xlsx: 'hucre, with the file in memory',
  zip: 'yauzl and csv-parse',
}

function workbenchLines({ check, test }: WorkbenchReport): Line[] {
  const both = (what: string, { seconds, floorSeconds }: WorkbenchTimes, of: string): Line[] => [
    [what, seconds.toFixed(2), 's', `the whole process, ${of}`],
    ['  parse', floorSeconds.toFixed(2), 's', 'a process that only parses the same YAML'],
    ['  ratio', ratio(seconds, floorSeconds), 'times', 'as long as that'],
  ]
  return [
    ...both('check', check, `${grouped(check.mappings)} mappings`),
    ...both('test', test, `${grouped(test.cases)} cases of one record, with their branches`),
  ]
}

/** At full speed the sandbox and the database need these cores too, so that it is no claim. */
function consoleLines({ messages, writeSeconds, unpaced }: ConsoleResult): Line[] {
  const { usual, slowed, noise } = slowedBy(unpaced)
  const less = `beside an export, ± ${(noise * 100).toFixed(0)} % of noise`
  return [
    ['console', rate(messages, writeSeconds), 'rows/s', 'written for it, with their counts'],
    ['send', rate(usual, 1), 'messages/s', 'as fast as it can, without IO’s limit'],
    ['  slowed', (slowed * 100).toFixed(0), '%', less],
  ]
}

function connectorLines({ sftp, imap, dbview }: ConnectorsReport): Line[] {
  const lines: Line[] = []
  if (sftp === null) lines.push(['sftp', '–', '', 'not measured: OpenSSH is not installed'])
  else {
    const speed = (seconds: number) => (sftp.bytes / 1e6 / seconds).toFixed(1)
    lines.push(
      ['sftp', speed(sftp.seconds), 'MB/s', `one file of ${megabytes(sftp.bytes)} MB from OpenSSH`],
      ['  sftp of OpenSSH', speed(sftp.clientSeconds), 'MB/s', 'the same file, to a file'],
      ['  ratio', ratio(sftp.clientSeconds, sftp.seconds), 'of OpenSSH', 'how much of it is left'],
    )
  }
  if (imap === null) lines.push(['imap', '–', '', 'not measured: Dovecot is not installed'])
  else {
    const meaning = `${grouped(imap.mails)} mails of 2 kB, each read and moved, from Dovecot`
    lines.push(['imap', rate(imap.mails, imap.seconds), 'mails/s', meaning])
  }
  const { rows, driverSeconds, growthBytes } = dbview
  const whole = 'the whole view, hashed as it is read to see whether it changed'
  lines.push(
    ['dbview', rate(rows, dbview.seconds), 'rows/s', `${grouped(rows)} rows new by a watermark`],
    ['  bare driver', rate(rows, driverSeconds), 'rows/s', 'pg-cursor, rows as objects'],
    ['  ratio', ratio(driverSeconds, dbview.seconds), 'of bare', 'how much of it is left'],
    ['  whole', ratio(driverSeconds, dbview.wholeSeconds), 'of bare', whole],
    ['  growth', megabytes(growthBytes), 'MB', 'over the peak of a tenth of the rows'],
  )
  return lines
}

function aligned(lines: Line[]): string[] {
  const width = (column: 0 | 1 | 2) => Math.max(0, ...lines.map((line) => line[column].length))
  const [first, second, third] = [width(0), width(1), width(2)]
  return lines.map(([what, value, unit, meaning]) =>
    [what.padEnd(first), value.padStart(second), unit.padEnd(third), meaning].join('  '),
  )
}

function rate(count: number, seconds: number): string {
  return grouped(Math.round(count / seconds))
}

function ratio(floorSeconds: number, seconds: number): string {
  return (floorSeconds / seconds).toFixed(3)
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(0)
}

function growth(bytes: number | null): string {
  return bytes === null ? '–' : megabytes(bytes)
}

function grouped(value: number): string {
  return value.toLocaleString('en')
}
