// Receipts against registers on loopback: what is called for a record, what is committed around it,
// and what is left to a person. The register of these tests counts what it has registered, so that
// a second registration shows.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Receipt, ReceiptNotice, WriteBack } from '../../src/connector.ts'
import { contextFor, sourceErrorOf } from '../../test/contract/connector.ts'
import {
  nothingTold,
  type ReportOptions,
  receiptOf,
  reportOf,
  type Told,
} from '../../test/contract/report.ts'
import { endingServices, envelope, type SoapService } from '../../test/fakes/soap-service.ts'
import soap from './index.ts'

const notice: ReceiptNotice = {
  fiscalCode: 'AAAAAA00A00A000A',
  subject: 'Avviso mensa',
  markdown: 'La retta di **marzo**.',
  dueAt: Temporal.Instant.from('2026-04-30T21:59:59Z'),
  payment: { noticeNumber: '301000000000000001', amountCents: 4005, payee: null },
  values: { pratica: 'P/7', 'genitore.telefono': '0000' },
}

const argument = (body: string, name: string) =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? ''
const fault = (code: string) => envelope(`<s:Fault><faultcode>s:${code}</faultcode></s:Fault>`)

const registration = {
  name: 'protocollo',
  operation: 'Registra',
  args: { chiave: '{{ receipt.key }}', id: '{{ receipt.id }}' },
  fatalWhen: [{ path: 'errore', notIn: ['0'] }],
  answer: { numero: 'numero', anno: 'anno' },
}
const good = [{ path: 'errore', in: ['0'] }]
const find = {
  operation: 'Cerca',
  args: { id: '{{ receipt.id }}' },
  records: 'CercaResponse/registrazione',
  answer: { numero: 'registrazione/numero' },
}

describe('a receipt', () => {
  const { serve } = endingServices()
  /** A register: what it has, by the id of the receipt, and how it may fail. */
  const startRegister = async (
    before: (body: string, count: number) => string | 'cut' | 'registerAndCut' | null = () => null,
  ) => {
    const registered = new Map<string, number[]>()
    const service = await serve(({ body }, response, count) => {
      const id = argument(body, 'id')
      const instead = before(body, count)
      const isLost = instead === 'cut' || instead === 'registerAndCut'
      if (instead === 'registerAndCut' && body.includes('Registra')) register(id)
      if (isLost) return void response.destroy()
      if (instead !== null) return instead
      if (body.includes('Cerca')) {
        const numbers = registered.get(id) ?? []
        const found = numbers.map((one) => `<registrazione><numero>${one}</numero></registrazione>`)
        return envelope(`<CercaResponse>${found.join('')}</CercaResponse>`)
      }
      return envelope(`<r><errore>0</errore><numero>${register(id)}</numero><anno>2026</anno></r>`)
    })
    let last = 0
    const register = (id: string) => {
      registered.set(id, [...(registered.get(id) ?? []), ++last])
      return last
    }
    return { service, registered }
  }
  const settingsFor = ({ url }: SoapService, receipt: object) => ({
    endpoint: url,
    receipt: { perSecond: 100, ...receipt },
  })
  const three = ['a', 'b', 'c'].map((key, index) => receiptOf({ key, line: index + 1 }))
  const tell = (settings: object, options: ReportOptions, signal?: AbortSignal) => {
    const report = reportOf('drop-1', '', 0, {
      receipts: three,
      notices: new Map(three.map(({ id }) => [id, notice])),
      ...options,
    })
    const context = contextFor(soap, settings as never, signal ? { signal } : {})
    return { report, done: soap.writeBack?.(context, report) ?? Promise.resolve() }
  }
  const givenOf = ({ given }: Told) => [...given.values()].map(({ answer }) => answer?.['numero'])

  it('is begun, called for, and given with what the register answered', async () => {
    const order: string[] = []
    const { service } = await startRegister(() => {
      order.push('call')
      return null
    })
    const told = nothingTold()
    const report = reportOf('d', '', 0, { receipts: three.slice(0, 1), told })
    const watched: WriteBack = {
      ...report,
      begin: async (all) => {
        order.push('begin')
        await report.begin(all)
      },
      given: async (all) => {
        order.push('given')
        await report.given(all)
      },
    }
    const settings = settingsFor(service, { on: [{ steps: [registration] }] })
    await soap.writeBack?.(contextFor(soap, settings), watched)
    expect(order).toEqual(['begin', 'call', 'given'])
    expect([...told.given.values()][0]?.answer).toEqual({ numero: '1', anno: '2026' })
  })

  it('is told in steps, each of which has the answers of those before', async () => {
    const service = await serve(({ body }) =>
      body.includes('Inserimento')
        ? envelope('<r><lngDocID>77</lngDocID></r>')
        : envelope('<r><numero>5</numero></r>'),
    )
    const document = {
      name: 'documento',
      operation: 'Inserimento',
      repeatable: true,
      args: { testo: { $base64: '{{ notice.subject }}: {{ notice.markdown }}' } },
      answer: { id: 'lngDocID' },
    }
    const args = {
      doc: '{{ steps.documento.id }}',
      a: '{{ notice.fiscalCode }} {{ notice.amount }} {{ notice.dueDate | format: "dd/MM/yyyy" }}',
      b: '{{ values.pratica }} {{ values.genitore.telefono }} {{ values.nota | default: "-" }}',
      c: '{{ receipt.fate }} {{ receipt.line }} {{ drop }}',
    }
    const steps = [document, { ...registration, args }]
    const { report, done } = tell(settingsFor(service, { on: [{ steps }] }), {})
    await done
    expect(argument(service.received[0]!.body, 'testo')).toBe(
      Buffer.from('Avviso mensa: La retta di **marzo**.').toString('base64'),
    )
    const { body } = service.received[1]!
    expect(['doc', 'a', 'b', 'c'].map((name) => argument(body, name))).toEqual([
      '77',
      'AAAAAA00A00A000A 40.05 30/04/2026',
      'P/7 0000 -',
      'sent 1 drop-1',
    ])
    expect([...report.told.given.values()][0]?.answer).toEqual({ id: '77', numero: '5' })
  })

  it('is told by the entry for its fate, in the system’s word; others are not', async () => {
    const service = await serve(() => envelope('<r><esito>OK</esito></r>'))
    const state = {
      name: 'stato',
      operation: 'AggiornaStato',
      repeatable: true,
      args: { id: '{{ receipt.key }}', stato: '{{ receipt.word }}' },
      okWhen: [{ path: 'esito', in: ['OK'] }],
    }
    const fates = ['sent', 'undeliverable', 'skipped', 'refused']
    const receipts = fates.map((fate) => receiptOf({ key: fate === 'refused' ? null : fate, fate }))
    const on = [{ fates: ['sent', 'undeliverable', 'refused'], steps: [state] }]
    const words = { sent: 'CHIUSO', undeliverable: 'DA_STAMPARE', refused: 'ERRATO' }
    const { report, done } = tell(settingsFor(service, { on, words }), { receipts })
    await done
    const bodies = service.received.map(({ body }) => [
      argument(body, 'id'),
      argument(body, 'stato'),
    ])
    expect(bodies).toEqual([
      ['sent', 'CHIUSO'],
      ['undeliverable', 'DA_STAMPARE'],
    ])
    expect([report.told.begun.size, report.told.given.size]).toEqual([0, 2])
  })

  it('is told by an operation that goes one way, which has no answer', async () => {
    const service = await serve((_request, response) => {
      response.statusCode = 202
      return ''
    })
    const { answer, ...step } = registration
    const told = nothingTold()
    await tell(settingsFor(service, { on: [{ steps: [step] }] }), { told }).done
    expect([told.given.size, told.failed.size]).toEqual([3, 0])
    const asked = nothingTold()
    await tell(settingsFor(service, { on: [{ steps: [{ ...step, answer }] }] }), { told: asked })
      .done
    expect([...asked.failed.values()].map(({ mayBeGiven }) => mayBeGiven)).toEqual([
      true,
      true,
      true,
    ])
  })

  it('that the register refuses keeps no other from being told', async () => {
    const { service } = await startRegister((body) =>
      argument(body, 'chiave') === 'b' ? envelope('<r><errore>-9</errore></r>') : null,
    )
    const { report, done } = tell(settingsFor(service, { on: [{ steps: [registration] }] }), {})
    await done
    expect(givenOf(report.told)).toEqual(['1', '2'])
    const [failure] = report.told.failed.values()
    expect(failure).toMatchObject({
      mayBeGiven: false,
      error: { code: 'SRC_REFUSED', retry: false },
    })
  })

  it('whose answer has no number is left to a person, or asked for', async () => {
    const { service } = await startRegister((body) =>
      body.includes('Registra') ? envelope('<r><errore>0</errore></r>') : null,
    )
    const on = [{ steps: [registration] }]
    const alone = tell(settingsFor(service, { on }), { receipts: three.slice(0, 1) })
    await alone.done
    expect([...alone.report.told.failed.values()][0]?.mayBeGiven).toBe(true)
    const asked = tell(settingsFor(service, { on: [{ ...on[0], find }] }), {})
    await asked.done
    expect([...asked.report.told.failed.values()].map((one) => one.mayBeGiven)).toEqual([
      false,
      false,
      false,
    ])
  })

  it('that the register says it has already counts as told', async () => {
    const { service } = await startRegister(() =>
      envelope('<r><errore>-50</errore><numero>12</numero></r>'),
    )
    const already = { ...registration, alreadyWhen: [{ path: 'errore', in: ['-50'] }] }
    const { report, done } = tell(settingsFor(service, { on: [{ steps: [already] }] }), {})
    await done
    expect(givenOf(report.told)).toEqual(['12', '12', '12'])
  })

  it('is asked for first where the settings say so', async () => {
    const { service, registered } = await startRegister()
    registered.set(three[0]!.id, [41])
    const on = [{ steps: [registration], find, findFirst: true }]
    const { report, done } = tell(settingsFor(service, { on }), {})
    await done
    expect(givenOf(report.told)).toEqual(['41', '1', '2'])
  })

  it.each([
    ['a fault of the service', 'Server', {}, true],
    ['a fault of who asks', 'Client', {}, false],
    ['a fault of the service, where rules name what is good', 'Server', { okWhen: good }, true],
    ['a fault of who asks, where rules name what is good', 'Client', { okWhen: good }, false],
  ])('after %s is in doubt only where it may have been done', async (_, code, more, mayBeGiven) => {
    const { service } = await startRegister((body) =>
      argument(body, 'chiave') === 'a' ? fault(code) : null,
    )
    const on = [{ steps: [{ ...registration, ...more }] }]
    const { report, done } = tell(settingsFor(service, { on }), {})
    await done
    expect([...report.told.failed.values()].map((one) => one.mayBeGiven)).toEqual([mayBeGiven])
    expect(report.told.given.size).toBe(2)
  })

  it('whose answer is lost is asked for at the next try, and not registered again', async () => {
    const { service, registered } = await startRegister((_, count) =>
      count === 1 ? 'registerAndCut' : null,
    )
    const settings = settingsFor(service, { on: [{ steps: [registration], find }] })
    const first = tell(settings, {})
    expect((await sourceErrorOf(first.done)).code).toBe('SRC_CONNECTION_LOST')
    const { told } = first.report
    await tell(settings, { told }).done
    expect(givenOf(told)).toEqual(['1', '2', '3'])
    expect([...registered.values()]).toEqual([[1], [2], [3]])
  })

  it('whose answer is lost is left to a person where the register cannot be asked', async () => {
    const { service } = await startRegister((_, count) => (count === 1 ? 'registerAndCut' : null))
    const settings = settingsFor(service, { on: [{ steps: [registration] }] })
    const first = tell(settings, {})
    await sourceErrorOf(first.done)
    const { told } = first.report
    await tell(settings, { told }).done
    expect(givenOf(told)).toEqual(['2', '3'])
    expect(told.failed.get(three[0]!.id)).toMatchObject({ mayBeGiven: true })
  })

  it('that was registered before a later step failed is never registered again', async () => {
    const { service, registered } = await startRegister((body) =>
      body.includes('Assegna') ? envelope('<r><errore>3</errore></r>') : null,
    )
    const assign = { ...registration, name: 'assegna', operation: 'Assegna', answer: {} }
    const on = [{ steps: [registration, assign], find }]
    const { report, done } = tell(settingsFor(service, { on }), { receipts: three.slice(0, 1) })
    await done
    const [failure] = report.told.failed.values()
    expect(failure?.mayBeGiven).toBe(true)
    expect(failure?.error.message).toContain('protocollo was done before (numero 1, anno 2026)')
    expect([...registered.values()]).toEqual([[1]])
  })

  it('whose service cannot be reached is owed as before, and nothing is in doubt', async () => {
    const { service } = await startRegister()
    await service.stop()
    const settings = settingsFor(service, { on: [{ steps: [registration] }] })
    const { report, done } = tell(settings, {})
    expect((await sourceErrorOf(done)).code).toBe('SRC_UNREACHABLE')
    const [failure, ...others] = report.told.failed.values()
    expect(others).toEqual([])
    expect(failure).toMatchObject({ mayBeGiven: false, error: { retry: true } })
  })

  it('with a value that XML cannot hold is not begun, and keeps no other', async () => {
    const { service } = await startRegister()
    const receipts = ['a\u0001', 'b'].map((key) => receiptOf({ key }))
    const on = [{ steps: [registration] }]
    const { report, done } = tell(settingsFor(service, { on }), { receipts })
    const begun: string[] = []
    report.begin = async (all) => void begun.push(...all.map(({ id }) => id))
    await done
    expect(begun).toEqual([receipts[1]!.id])
    expect(report.told.failed.get(receipts[0]!.id)?.error.code).toBe('SRC_TEMPLATE')
  })

  it('that was begun under a fate that nobody is told of is left to a person', async () => {
    const { service } = await startRegister()
    const [receipt] = three
    const told = nothingTold()
    told.begun.add(receipt!.id)
    const settings = settingsFor(service, {
      on: [{ fates: ['sent'], steps: [registration], find }],
    })
    await tell(settings, { receipts: [{ ...receipt!, fate: 'undeliverable' }], told }).done
    expect(service.received).toEqual([])
    expect(told.failed.get(receipt!.id)?.mayBeGiven).toBe(true)
  })

  it('and a look-up are tried by a check, which calls nothing', async () => {
    const { service } = await startRegister()
    const lookup = {
      operation: 'p:Chiedi',
      args: { k: '{{ key }} {{ chiave }}' },
      fields: { a: 'a' },
    }
    const wrong = { ...registration, args: { numero: '{{ notice.codiceFiscale }}' } }
    const receipt = { on: [{ steps: [registration], find }, { steps: [wrong] }] }
    const settings = { ...settingsFor(service, receipt), lookup }
    const lines = await soap.check(contextFor(soap, settings as never))
    expect(lines.map(({ ok, what }) => [ok, what])).toEqual([
      [true, 'read the secrets'],
      [true, 'write receipt.on.0: step protocollo'],
      [true, 'write receipt.on.0: find'],
      [false, 'write receipt.on.1: step protocollo'],
      [false, 'write lookup'],
    ])
    expect(lines.filter(({ ok }) => !ok).map(({ remedy }) => remedy)).toEqual([
      expect.stringContaining('notice.codiceFiscale'),
      expect.stringContaining('chiave'),
    ])
    expect(service.received).toEqual([])
  })

  it.each([
    ['a `find` that cannot say no', { find: { operation: 'C', args: find.args } }, 'existsWhen'],
    ['a `find` about no record', { find: { ...find, args: {} } }, 'about no record'],
    ['`findFirst` without `find`', { findFirst: true }, 'needs a `find`'],
    ['two steps of one name', { steps: [registration, registration] }, 'one name'],
  ])('whose settings have %s is refused', (_, more, words) => {
    const receipt = { on: [{ steps: [registration], ...more }] }
    const settings = { endpoint: 'http://x.invalid', receipt }
    expect(soap.settings.safeParse(settings).error?.message).toContain(words)
  })

  it('that names the system’s word for a fate needs one for each fate', () => {
    const step = { ...registration, args: { stato: '{{ receipt.word }}' } }
    const parse = (on: object, words: object) =>
      soap.settings.safeParse({ endpoint: 'http://x.invalid', receipt: { on: [on], words } })
    const fates = ['sent', 'rejected']
    expect(parse({ fates, steps: [step] }, { sent: '1' }).error?.message).toContain(
      'no word for rejected',
    )
    expect(parse({ steps: [step] }, { sent: '1' }).error?.message).toContain('say which')
    expect(parse({ fates, steps: [step] }, { sent: '1', rejected: '2' }).success).toBe(true)
  })

  it('of a record without a notice says so, and is not told half', async () => {
    const { service } = await startRegister()
    const args = { cf: '{{ notice.fiscalCode }}' }
    const on = [{ steps: [{ ...registration, args }] }]
    const { report, done } = tell(settingsFor(service, { on }), { notices: new Map() })
    await done
    expect(service.received).toEqual([])
    expect([...report.told.failed.values()][0]?.error.message).toContain('made no notice')
    expect(report.told.failed.get(three[0]!.id)?.mayBeGiven).toBe(false)
    const told = nothingTold()
    told.begun.add(three[0]!.id)
    await tell(settingsFor(service, { on }), { notices: new Map(), told }).done
    expect(told.failed.get(three[0]!.id)?.mayBeGiven).toBe(true)
  })

  it('that no template fits is found out before anything is begun', async () => {
    const { service } = await startRegister()
    const args = { numero: '{{ steps.documento.id }}' }
    const on = [{ steps: [{ ...registration, args }] }]
    const { report, done } = tell(settingsFor(service, { on }), {})
    const error = await sourceErrorOf(done)
    expect([error.code, error.retry]).toEqual(['SRC_TEMPLATE', false])
    expect(error.message).toContain('receipt.on.0: step protocollo')
    expect(report.told.begun.size).toBe(0)
  })

  it('is one of many: refusals in a row stop the report, and so does its bound', async () => {
    const { service } = await startRegister((body) =>
      argument(body, 'chiave').startsWith('x') ? envelope('<r><errore>1</errore></r>') : null,
    )
    const receipts = ['a', 'x1', 'x2', 'x3', 'b'].map((key) => receiptOf({ key }))
    const on = [{ steps: [registration] }]
    const wrong = tell(settingsFor(service, { on, maximumFailuresInRow: 3 }), { receipts })
    expect((await sourceErrorOf(wrong.done)).code).toBe('SRC_RECEIPT')
    expect([wrong.report.told.given.size, wrong.report.told.failed.size]).toEqual([1, 3])
    const some = tell(settingsFor(service, { on, maximumReceipts: 2 }), {})
    expect((await sourceErrorOf(some.done)).message).toContain('there are more')
    await tell(settingsFor(service, { on, maximumReceipts: 2 }), { told: some.report.told }).done
    expect(some.report.told.given.size).toBe(3)
  })

  it('is told beside others, and no faster than the settings say', async () => {
    const { service } = await startRegister()
    const receipts = Array.from({ length: 12 }, (_, line) => receiptOf({ key: `k${line}`, line }))
    const settings = settingsFor(service, {
      on: [{ steps: [registration] }],
      parallel: 4,
      perSecond: 2,
    })
    let slept = 0
    const report = reportOf('d', '', 0, { receipts })
    const duringSleep = (seconds: number) => {
      slept = Math.max(slept, seconds)
    }
    await soap.writeBack?.(contextFor(soap, settings as never, { duringSleep }), report)
    expect(report.told.given.size).toBe(12)
    expect(slept).toBe(5.5)
  })

  it('that is on its way when Staffetta stops is given; the next one is not begun', async () => {
    const stop = new AbortController()
    const { service } = await startRegister(() => {
      stop.abort()
      return null
    })
    const settings = settingsFor(service, { on: [{ steps: [registration] }] })
    const { report, done } = tell(settings, {}, stop.signal)
    expect((await sourceErrorOf(done)).code).toBe('SRC_STOPPED')
    expect([report.told.begun.size, report.told.given.size]).toEqual([1, 1])
  })

  it.each([
    ['SOAP with attachments', {}, 'type="text/xml"', '"@href": "cid:doc@s"'],
    ['MTOM', {}, 'application/xop+xml', '"$include": "doc@s"'],
  ])('carries a document by %s', async (_, more, type, reference) => {
    const { service } = await startRegister()
    const attachments = [
      {
        id: 'doc@s',
        mediaType: 'text/html',
        name: 'avviso.html',
        text: '<p>{{ notice.subject }}</p>',
      },
    ]
    const args = { ...registration.args, file: JSON.parse(`{ ${reference} }`) }
    const on = [{ steps: [{ ...registration, ...more, args, attachments }] }]
    await tell(settingsFor(service, { on }), { receipts: three.slice(0, 1) }).done
    const { headers, body } = service.received[0]!
    expect(headers['content-type']).toContain('multipart/related')
    expect(headers['content-type']).toContain(type)
    expect(body).toContain('cid:doc@s')
    expect(body).toContain('Content-ID: <doc@s>')
    expect(body).toContain('\r\n\r\n<p>Avviso mensa</p>\r\n--')
  })

  it('that names an attachment which is none is refused', async () => {
    const { service } = await startRegister()
    const args = { file: { $include: 'manca' } }
    const on = [{ steps: [{ ...registration, args }] }]
    const { done } = tell(settingsFor(service, { on }), {})
    expect((await sourceErrorOf(done)).message).toContain('$include: manca')
  })

  it('is registered once at most, wherever a crash or a lost answer falls', async () => {
    const accident = fc.constantFrom('cut', 'registerAndCut', 'fault', 'crash', null)
    await fc.assert(
      fc.asyncProperty(fc.array(accident, { maxLength: 12 }), fc.boolean(), async (plan, asks) => {
        const accidents = [...plan]
        const { service, registered } = await startRegister(() => {
          const next = accidents[0]
          if (next === 'crash') return null
          accidents.shift()
          return next === 'fault' ? fault('Server') : (next ?? null)
        })
        const settings = settingsFor(service, {
          on: [{ steps: [registration], ...(asks && { find }) }],
        })
        const told = nothingTold()
        for (let tries = 0; tries < 20 && told.given.size + decided(told) < 3; tries++) {
          await runWithCrashes(settings, told, accidents)
        }
        for (const numbers of registered.values()) expect(numbers).toHaveLength(1)
        expect(told.given.size + decided(told)).toBe(3)
        for (const id of told.given.keys()) expect(registered.has(id)).toBe(true)
        await service.stop()
      }),
      { numRuns: 60 },
    )
  })

  const decided = ({ failed }: Told) => [...failed.values()].filter((one) => one.mayBeGiven).length

  /** The database is gone at the next commit where the plan says `crash`. */
  async function runWithCrashes(settings: object, told: Told, accidents: (string | null)[]) {
    const report = reportOf('d', '', 0, { receipts: three as Receipt[], told })
    const crash = () => {
      if (accidents[0] !== 'crash') return
      accidents.shift()
      throw new Error('the database is gone')
    }
    const watched: WriteBack = {
      ...report,
      begin: async (all) => {
        await report.begin(all)
        crash()
      },
      given: async (all) => {
        crash()
        await report.given(all)
      },
    }
    await soap.writeBack?.(contextFor(soap, settings as never), watched).catch(() => {})
  }
})
