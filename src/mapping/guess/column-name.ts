// The names of columns, as Italian programs write them: what their words hint at, and the field's
// name that is made of them. Invariant: a hint alone decides nothing; the values must agree.

/** What a column's name may hint at. */
export type Hint = keyof typeof hints

/** Tried on the words of a name, in capitals, with a blank between and around them. */
const hints = {
  fiscalCode:
    / (CF|COD(ICE)? ?FISC(ALE)?|FISCAL ?CODE|TAX ?CODE|CODICEFISCALE|ID UNIVOCO PAGATORE) /,
  recipient:
    / (DEBITORE|PAGATORE|CESSIONARIO|COMMITTENTE|INTESTATARI[OA]|DEST|DESTINATARIO|GENITORE|CONTRIBUENTE|UTENTE|CLIENTE) /,
  otherPerson:
    / (ENTE|CEDENTE|PRESTATORE|BENEFICIARIO|ATTESTANTE|INTERMEDIARIO|TRASMITTENTE|RAPPRESENTANTE|MITTENTE|RICEVENTE|CREDITORE|EREDE|COOBBLIGATO|DELEGATO|VERSANTE|ALUNN[OA]|FIGLI[OA]|MINORE|BAMBIN[OA]|STUDENTE|TITOLARE|OPERATORE) /,
  due: / (SCAD\w*|DUE|TERMINE|ENTRO|LIMITE|DATA ESECUZIONE PAGAMENTO) /,
  otherDate:
    / (NASC\w*|BIRTH|EMISS\w*|PAG\w*|PAID|RICEV\w*|FATT\w*|DOC\w*|FLUSSO|ESITO|PAYMENT|APPLICATION|TRANSFER|RICHIESTA|MESSAGGIO|DECES\w*|MORTE|CESS\w*|ATTIV\w*|CREA\w*|INIZIO|FINE|DAL|AL|INCASS\w*|ACCREDITO|REGOL\w*|REGISTR\w*|OPERAZIONE|VARIAZIONE|VALID\w*|ESECUZIONE|PERIODO) /,
  date: / (DATA|DATE|DT|GIORNO|DAL|AL|SCAD\w*|NASC\w*) /,
  amount: / (IMPORT[OI]|IMP|TOTALE|TOT|DOVUTO|AMOUNT|EURO|EUR|XRATA|SALDO|PREZZO|QUOTA) /,
  otherAmount:
    / (IVA|SANZ\w*|SPESE|INTERESSI|PAGAT[OA]|PAID|ACCONT[OI]|NETTO|IMPONIBILE|ORIG\w*|BOLLO|ADDIZ\w*|COMMISS\w*|NUM|NUMERO|COD|CODICE) /,
  cents: / (CENT|CENTS|CENTESIMI|CTS) /,
  thousandths: / (MILL|MILLESIMI) /,
  noticeNumber: / (AVVISO|NOTICE|NAV|VCAMPO|OCR) /,
  iuv: / (IUV|IDENTIFICATIVO UNIVOCO VERSAMENTO|CREDITOR REFERENCE ID) /,
  vatNumber: / (PIVA|P IVA|PARTITA IVA|PART IVA|PARTITAIVA|VAT) /,
  paid: / (PAGAT[OAI]|INCASS\w*|RISCOSS\w*|QUIETANZA|PAID|RENDICONT\w*|(DATA|DT|ESITO) (ESITO )?PAG\w*|PAYMENT DATE\w*|ESITO) /,
  status: / (STATO|ESITO|STATUS|OUTCOME) /,
  contact: / (EMAIL|E MAIL|MAIL|PEC|TEL\w*|CELL\w*|RECAPITO|IO ?APP|PHONE) /,
  personal:
    / (LOCALITA|CITTA|NOME|COGNOME|NOMINATIV[OI]|INTESTATARI[OA]|DENOM\w*|RAGIONE|SOGGETTO|INDIRIZZO|VIA|CIVICO|EMAIL|E MAIL|MAIL|PEC|TEL\w*|CELL\w*|PHONE|IBAN|NASC\w*|BIRTH|ALUNN[OA]|GENITORE|DEBITORE|PAGATORE|CONTRIBUENTE|PRESSO|RECAPITO|ANAGRAFICA|NAME|SURNAME|ADDRESS|RIGADESTINATARIO|FIGLI[OA]|TARGA) /,
  document:
    / (IUD|BOLLETTA|FATTURA|PRATICA|POSIZIONE|VERBALE|DOCUMENTO|DOC|DOVUTO|PENDENZA|PROTOCOLLO|CARTELLA|PARTITA|DEBITO|RICEVUTA|ATTO|BOLLETTINO|RUOLO|CONTRATTO) /,
  code: / (ID|COD|CODICE|NUM|NUMERO|NR|N|IUD|CHIAVE|KEY|PROGRESSIVO|RIFERIMENTO|RIF|CODE|NUMBER) /,
  standing:
    / (PRATICA|POSIZIONE|CONTRATTO|PARTITA|CLIENTE|UTENTE|UTENZA|MATRICOLA|RUOLO|CONTRIBUENTE|CODICE FISCALE|CF) /,
  kind: / (TIPO|TYPE) /,
  customer: / (CLIENTE|UTENTE|UTENZA|ANAGRAFIC[AO]|CONTRIBUENTE|SOGGETTO|CUSTOMER|MATRICOLA) /,
  instalment: / (RATA|NUM RATA|NUMERO RATA|INSTALMENT|RATE) /,
  period: / (ANNO|MESE|PERIODO|EMISSIONE|BIMESTRE|TRIMESTRE|SEMESTRE|ESERCIZIO|YEAR|MONTH) /,
  count: / (PASTI|QUANTITA|QTA|GIORNI|NUM RATE|PRESENZE|COMPONENTI|PERSONE|RATE) /,
  action: / (AZIONE|ACTION|OPERAZIONE|TIPO ?OPERAZIONE|TIPO ?RECORD) /,
  flag: / (FLAG|FL|SN|ATTIVO|ATTIVA|DECEDUTO|CONSENSO) /,
} as const satisfies Record<string, RegExp>

/** Whether the words of a name hint at something. */
export function suggests(label: string, hint: Hint): boolean {
  return hints[hint].test(wordsOf(label))
}

/** Whether a text is a name that columns of Italian programs have. */
export function isKnownName(text: string): boolean {
  if (text.length > 40 || /\d{3}|\p{L}+\s+\p{L}+\s+\p{L}+\s+\p{L}+/u.test(text)) return false
  const known = ['fiscalCode', 'due', 'amount', 'noticeNumber', 'iuv', 'code', 'personal'] as const
  return known.some((hint) => suggests(text, hint))
}

/** What a name, an address or a contact stands in; a code or a kind of person is none. */
export function isOfPerson(label: string): boolean {
  return suggests(label, 'personal') && !suggests(label, 'kind') && !suggests(label, 'code')
}

/** `dataEsecuzionePagamento` → ` DATA ESECUZIONE PAGAMENTO `; digits are words of their own. */
export function wordsOf(label: string): string {
  if (label === '{n}') return ' RATA '
  const words = plainLetters(lastStep(label))
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/(\D)(\d)|(\d)(\D)/g, '$1$3 $2$4')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .trim()
  return ` ${words.toUpperCase()} `
}

/**
 * A field’s name for a label: `COD_FISCALE` → `cod_fiscale`. Letters of other alphabets go away;
 * what begins with a digit, and what is nothing then, gets `colonna` in front.
 */
export function fieldName(label: string): string {
  if (label === '{n}') return 'rata'
  const words = plainLetters(label.replace('{n}', '').replace(/ \d+-\d+( of .+)?$/, ''))
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40)
    .replace(/_+$/, '')
  return /^[a-z]/.test(words) ? words : words === '' ? 'colonna' : `colonna_${words}`
}

/** The same names, made different where two are equal: the second is `nome_2`. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let unique = name
    for (let number = 2; taken.has(unique); number++) unique = `${name}_${number}`
    taken.add(unique)
    return unique
  })
}

/** Of a path in a document what it ends with; a header is no path. */
function lastStep(label: string): string {
  if (label.includes('/') && !label.includes(' ')) return label.slice(label.lastIndexOf('/') + 1)
  return /^[a-z]\w*(\.\w+)+$/.test(label) ? label.slice(label.lastIndexOf('.') + 1) : label
}

function plainLetters(text: string): string {
  return text.normalize('NFD').replace(/\p{M}+/gu, '')
}
