// Every stable code that Staffetta shows, with what to do about it, in one place.
// `docs/operations.md` has an entry for each; a test compares the two.

/** Codes of refusals: why a record gave no notice (`REC_`). */
export const refusalCodes = {
  REC_FIELD_MISSING: 'The record has no value where the mapping needs one.',
  REC_FISCAL_CODE_FORM: 'The fiscal code does not have the form that IO accepts.',
  REC_FISCAL_CODE_CHECK: 'The check character of the fiscal code is wrong.',
  REC_AMOUNT_FORM: 'The amount is not written as the mapping says.',
  REC_AMOUNT_RANGE: 'The amount is outside what IO accepts (0.01 to 99,999,999.99 euro).',
  REC_DATE_FORM: 'The date is not written as the mapping says, or does not exist.',
  REC_NOTICE_NUMBER_FORM: 'The notice number is not 18 digits beginning with 0, 1, 2 or 3.',
  REC_VAT_NUMBER_FORM: 'The VAT number is not 11 digits.',
  REC_VAT_NUMBER_CHECK: 'The check digit of the VAT number is wrong.',
  REC_IUV_FORM: 'The IUV does not have the form or the length that the mapping needs.',
  REC_VALUE_UNKNOWN: 'The value is not one of those that the mapping lists.',
  REC_VALUE_FORM: 'The value is not of the type that the mapping declares.',
  REC_LOOKUP_MISSING: 'The reference has no row for this key, or the system nothing under it.',
  REC_LOOKUP_UNANSWERED: 'A system that is looked up did not answer about this key.',
  REC_TEXT_LENGTH: 'The rendered text is shorter or longer than IO accepts.',
  REC_BUTTON: 'A button would open nothing with the data of this record.',
  REC_PAYLOAD: 'IO would refuse the message.',
  REC_KEY_REPEATED: 'The same key stands twice in this drop with different data.',
  REC_COLUMNS: 'The record has more or fewer columns than the header, or than the first row.',
  REC_LINE_LENGTH: 'A line of the record is shorter or longer than its layout.',
  REC_LINE_TAB: 'A line of fixed width has a tab, which moves what stands after it.',
  REC_LINE_TYPE: 'A line is of no declared type, or continues a record that has not begun.',
  REC_JSON: 'The line is no JSON object, or a path leads to no single value.',
  REC_PATH: 'A path leads to several values, or to an element that holds others.',
  REC_GROUPS_EMPTY: 'None of the column groups of the row holds anything.',
  REC_GROUPS_TOTAL: 'The column groups of the row do not come to the total that it declares.',
  REC_CELL_ERROR: 'The cell of the spreadsheet holds an error, or a formula without its value.',
  REC_CELL_DIGITS: 'The number has more than 15 digits: the spreadsheet has lost the last ones.',
  REC_ROW_HIDDEN: 'The row is hidden in the sheet, as a filter leaves it.',
  REC_FILE_MISSING: 'The file that the record names did not come along.',
  REC_MAIL_LABEL: 'A label stands in the mail several times, with different values.',
  REC_FIELD_TOO_LONG: 'A value is longer than the bound.',
} as const

/** Codes of drops that could not be read to their end (`DROP_`). */
export const dropCodes = {
  DROP_ZIP_TRUNCATED: 'The ZIP archive is cut short, or is not a ZIP archive.',
  DROP_ZIP_INDEX: 'The index of the ZIP archive contradicts its bytes; it may hide files.',
  DROP_ZIP_OVERLAP: 'Entries of the ZIP archive share their bytes: it is a bomb.',
  DROP_ZIP_DAMAGED: 'The content of a ZIP member is not what the archive says it is.',
  DROP_ZIP_ENTRY_NAME: 'The ZIP archive has an entry with an unsafe name.',
  DROP_ZIP_DUPLICATE: 'The ZIP archive has two entries with the same name.',
  DROP_ZIP_LINK: 'The ZIP archive has a symbolic link.',
  DROP_ZIP_BOUNDS: 'The ZIP archive has more entries or bytes than the bounds allow.',
  DROP_ZIP_RATIO: 'A ZIP member is compressed beyond what data is: it may be a bomb.',
  DROP_ZIP_NESTED: 'The ZIP member asked for is an archive itself.',
  DROP_ZIP_METHOD: 'A ZIP member is compressed in a way that is not supported.',
  DROP_ZIP_ENCRYPTED: 'The ZIP archive is encrypted.',
  DROP_ZIP_MEMBER: 'The ZIP archive does not hold exactly one member that the mapping asks for.',
  DROP_PARTS: 'The drop does not hold exactly one part that the mapping asks for.',
  DROP_FILE_NAME: 'The name of the file is none that the mapping knows how to read.',
  DROP_FORMAT: 'The file is plainly of another format than the mapping reads.',
  DROP_WRAPPED: 'What holds the records is wrapped too deeply, or too large to be unwrapped.',
  DROP_GZIP: 'The gzip file is damaged, or compressed beyond what data is.',
  DROP_SIGNED_DAMAGED: 'The signed envelope (.p7m) is damaged, or is none.',
  DROP_SIGNED_DETACHED: 'The file is a signature alone, without the document.',
  DROP_SIGNED_ENCRYPTED: 'The envelope is encrypted.',
  DROP_MAIL: 'The file is no mail, and the mapping reads mails.',
  DROP_MAIL_BOUNDS: 'The mail has more parts, headers or text than the bounds allow.',
  DROP_MAIL_ATTACHMENT: 'The mail does not hold exactly one attachment that the mapping asks for.',
  DROP_MAIL_RECEIPT: 'The mail is a receipt of the certified mail system, and no task.',
  DROP_MAIL_ANOMALY: 'The certified mail holds no certified message.',
  DROP_CSV_QUOTE: 'A quote is opened and never closed, or closed in the wrong place.',
  DROP_CSV_HEADER: 'The header lacks a column that the mapping needs, or has it twice.',
  DROP_CSV_BOUNDS: 'A row or a field is longer than the bounds allow.',
  DROP_XLSX_NONE: 'The file is no Excel workbook, whatever its name says.',
  DROP_XLSX_XLS: 'The workbook is in the old binary format of Excel (.xls).',
  DROP_XLSX_XLSB: 'The workbook is in the binary format of Excel (.xlsb).',
  DROP_XLSX_ODS: 'The workbook is of OpenDocument (.ods).',
  DROP_XLSX_ENCRYPTED: 'The workbook has a password.',
  DROP_XLSX_DAMAGED: 'A part of the workbook is missing, or is not what it should be.',
  DROP_XLSX_BOUNDS: 'The workbook is larger, or deeper, than the bounds allow.',
  DROP_XLSX_SHEET: 'The workbook does not hold exactly one sheet that the mapping may mean.',
  DROP_XLSX_HEADER: 'The header row lacks a column that the mapping needs, or has it twice.',
  DROP_LINE_BOUNDS: 'A line, or the lines of one record, are longer than the bounds allow.',
  DROP_LINE_ENDS: 'The lines of a file of fixed width follow each other without line ends.',
  DROP_CONTROL_BYTES: 'A line holds bytes that are no text, such as packed numbers.',
  DROP_EBCDIC: 'The file is written in EBCDIC, the code of mainframes.',
  DROP_FOOTER: 'The footer is missing, or disagrees with the records before it.',
  DROP_ENCODING: 'The bytes are not text in the declared encoding.',
  DROP_XML_DOCTYPE: 'The XML document has a DOCTYPE, which is never read.',
  DROP_XML_ENTITY: 'The XML document uses an entity that XML itself does not have.',
  DROP_XML_SYNTAX: 'The document is not well-formed XML.',
  DROP_XML_TRUNCATED: 'The XML document is cut short, or has no element.',
  DROP_JSON_SYNTAX: 'The document is not JSON.',
  DROP_JSON_TRUNCATED: 'The JSON document is cut short.',
  DROP_DOCUMENT_BOUNDS: 'An XML or JSON document has more of something than the bounds allow.',
  DROP_ROWS: 'The document has none of the elements that the mapping calls its rows.',
  DROP_LATE_VALUE: 'A value common to many records stands after too many of them.',
  DROP_RECORDS: 'The drop has more records than the bounds allow.',
  DROP_MAPPING_FAULT: 'An unexpected fault stopped the mapping of this drop.',
} as const

/** Codes of rests of drops that could not be written (`REST_`). */
export const restCodes = {
  REST_FORMAT: 'The records stand in something of which no part can be left out.',
  REST_FOOTER: 'The footer, or the totals, of the rest cannot be written anew.',
  REST_CONTENT: 'The rest would not hold the records that it should.',
  REST_CHANGED: 'The drop is read otherwise than when its messages were made.',
  REST_BOUNDS: 'The rest has more members or bytes than a plain ZIP archive can count.',
} as const

/** Codes of configuration problems (`CFG_`). */
export const configCodes = {
  CFG_FILE: 'A configuration file is missing or cannot be read.',
  CFG_CASE: 'A case of a mapping fails: the daemon does not take such a configuration over.',
  CFG_CHANGED: 'The files of the configuration are others than those that the daemon runs.',
  CFG_RESTART: 'Something has changed that only a restart takes over.',
  CFG_YAML: 'A file is not valid YAML.',
  CFG_UNKNOWN_KEY: 'A key is not one of those that this file knows.',
  CFG_VALUE: 'A value is missing or not of the right form.',
  CFG_UNKNOWN_NAME: 'A name refers to something that is not declared.',
  CFG_TEMPLATE: 'A text template is not valid Liquid, or uses what is closed.',
  CFG_UNUSED: 'Something is declared and nothing uses it.',
  CFG_CONNECTOR: 'A connector cannot be loaded.',
  CFG_SECRET_LITERAL: 'A secret stands in the file instead of a reference to it.',
  CFG_SECRET_MISSING: 'A secret refers to a variable or a file that is not there.',
  CFG_PERSONAL_TITLE: 'A title uses a personal field; IO forbids personal data in titles.',
  CFG_TEXT_ADVICE: 'The citizen would not see a text as it is written.',
  CFG_READABILITY: 'An Italian text is hard to read even for who finished the high school.',
  CFG_CENTS: 'A condition compares an amount with less than a euro: amounts are cents there.',
  CFG_UNREACHABLE: 'No record ever reaches a branch of a text or a rule, or every record does.',
} as const

/** Why what a snapshot no longer names was left as it stands (`SNAP_`). */
export const snapshotCodes = {
  SNAP_EMPTY: 'The snapshot has no records at all: nothing was closed for being missing in it.',
  SNAP_KEYS: 'The snapshot has records whose key cannot be read: they may be what seems missing.',
  SNAP_MISSING: 'The snapshot lacks more of what stands than the mapping lets it end.',
} as const

/** Codes of attempts and holds: what happened between Staffetta and IO (`IO_`). */
export const ioCodes = {
  IO_PAYLOAD: 'IO refused the payload.',
  IO_RECIPIENT_FORBIDDEN: 'This key may not write to this recipient.',
  IO_KEY: 'IO does not accept the service key.',
  IO_FORBIDDEN: 'The service may not do this.',
  IO_PATH: 'The base URL does not lead to IO.',
  IO_CONFIGURATION: 'The remote-content configuration does not exist.',
  IO_AMOUNT_CEILING: 'The amount is above what the service may ask.',
  IO_FEATURE: 'The key lacks a feature that the message needs.',
  IO_RATE: 'IO asked to slow down.',
  IO_NOT_SENT: 'The account was taken over before the request left; nothing was sent.',
  IO_UNREACHABLE: 'IO could not be reached; nothing was sent.',
  IO_PROFILE_FAULT: 'IO could not answer about the profile.',
  IO_SUBMIT_FAULT: 'IO failed while it was taking the message; it may have taken it.',
  IO_FEED_FORBIDDEN: 'The account may not read the subscriptions feed.',
  IO_FEED_ODD: 'A day of the subscriptions feed could not be read.',
  IO_FEED_FAULT: 'IO could not answer about the subscriptions feed.',
  IO_STATUS_FAULT: 'IO could not answer about an accepted message.',
  IO_CLOCK: 'The clock of this machine disagrees with its witnesses; nothing leaves meanwhile.',
  IO_MODE: 'A call to IO was asked for that the mode of the service forbids.',
  IO_ANSWER_LOST: 'The request left and its answer was lost.',
  IO_ANSWER_ODD: 'IO answered something that its contract does not foresee.',
  IO_PROCESSING_REJECTED: 'IO accepted the message and later rejected it, and does not say why.',
  IO_REJECTED_NO_PROFILE: 'IO rejected the message after accepting it: the citizen is not on IO.',
  IO_REJECTED_SENDER_BLOCKED:
    'IO rejected the message later: the citizen switched the service off.',
  IO_PROCESSING_FAILED: 'IO accepted the message and failed to process it.',
  IO_PROCESSING_SILENT: 'IO accepted the message and has not processed it for a day.',
  HOLD_TEXT_CHANGED: 'The text rendered at sending differs from the one that was checked.',
  HOLD_SERVICE: 'The service is not in the configuration, or has moved to another account.',
  HOLD_ANSWER: 'A system that was asked before sending gave an answer that holds the message.',
  HOLD_UNANSWERED: 'A system that is asked before sending has not answered.',
  HOLD_DUE_DATE_PASSED: 'The due date of the notice has passed while the message was waiting.',
  HOLD_NOT_APPROVED: 'It came, or changed, after its flow was approved and had begun to leave.',
  HOLD_LATE: 'The message is later than its mapping, or its campaign, lets it be.',
  HOLD_PAYMENTS_STALE: 'What is known of payments is too old to remind anybody of them.',
  HOLD_CLOSED: 'The calendar has no hour within a year in which the message may leave.',
  HOLD_JOURNAL_AHEAD: 'The send journal names this attempt and the database, restored, does not.',
  HOLD_SENDER_GONE: 'The process that was sending this message stopped before it knew the answer.',
} as const

/** Codes of flows that a person must look at before they leave (`FLOW_`). */
export const flowCodes = {
  FLOW_BRAKED: 'Too many of its last messages were refused, failed alike or asked too much.',
  FLOW_AMOUNTS: 'The amounts are ten times those of the emission before, or a tenth, or further.',
  FLOW_PAST_DUE: 'Too many of its due dates have passed.',
  FLOW_REPEATED_FILE: 'The same file, or the same bills, came before under another name.',
  FLOW_TOLD_ALREADY: 'Bills of which the same citizens were told already.',
  FLOW_PAID_ALREADY: 'Bills that are known as paid.',
  FLOW_PROBLEMS: 'Too many of its records were refused.',
  FLOW_MASS: 'The same words for everybody, or for too many of the residents.',
  FLOW_TITLES: 'Titles show a person’s data.',
  FLOW_TEST_REPORTED: 'Who tried its messages has reported a problem.',
  FLOW_TEST_MISSING: 'Its feed wants a test that was confirmed, and there is none.',
} as const

/** Codes of sources: why a poll or a report did not do what it should (`SRC_`). */
export const sourceCodes = {
  SRC_UNREACHABLE: 'The source could not be reached.',
  SRC_HOST_KEY: 'The server showed a key that the feed does not trust; nothing was sent to it.',
  SRC_TLS:
    'The certificate of the source is not trusted, or there is no encryption; nothing was sent.',
  SRC_CREDENTIALS: 'The source refused the credentials, or they could not be read.',
  SRC_CONNECTION_LOST: 'The connection to the source was lost.',
  SRC_DIRECTORY: 'A directory of the source is missing or cannot be read.',
  SRC_DIRECTORY_BOUNDS: 'A directory of the source has more files than the bound.',
  SRC_FILE_ACCESS: 'One file of the source could not be read, moved, deleted or written.',
  SRC_FILE_BOUNDS: 'One file of the source is larger than the feed allows.',
  SRC_FILE_CHANGED: 'A file changed while it was read, or was shorter than its listing said.',
  SRC_FILE_COMPANION: 'A file waits for another that belongs to it.',
  SRC_MAILBOX: 'A mailbox is missing, or mails in it cannot be read, flagged or moved.',
  SRC_MAILBOX_BOUNDS: 'A mailbox holds more mails that are no tasks than a poll looks at.',
  SRC_MAIL: 'A mail is malformed or beyond the bounds; it was put aside.',
  SRC_SETTINGS: 'The settings do not say what is to be read, told or asked.',
  SRC_WSDL: 'The WSDL cannot be used, or a call does not fit it.',
  SRC_TEMPLATE: 'A template of a call cannot be filled.',
  SRC_ANSWER: 'The service answered something that the feed does not expect.',
  SRC_ANSWER_BOUNDS: 'An answer is larger than the bound.',
  SRC_REFUSED: 'The service refused a call.',
  SRC_BUSY: 'The service is busy or closed for now.',
  SRC_WINDOW: 'The source has more than the windows or pages of the feed can read.',
  SRC_JOB: 'An extraction that was ordered failed, or never became ready.',
  SRC_DRIVER: 'The driver of the database is not installed.',
  SRC_VIEW: 'The database refused a statement: the view is missing, or a right.',
  SRC_VIEW_CHANGED: 'The view lacks a column, or a column holds another kind of value than before.',
  SRC_VIEW_COLUMN: 'A column of the view cannot be read, or cannot serve as the feed says.',
  SRC_VIEW_KEY: 'The key by which the pages of a view are read is none.',
  SRC_VIEW_START: 'No column says which rows are older than the `from` of the feed.',
  SRC_VIEW_SLOW: 'A statement took longer than the feed allows, or waited for a lock.',
  SRC_VIEW_VALUE: 'The database refuses a value, or cannot convert it.',
  SRC_VIEW_BOUNDS:
    'The view has more rows to hand over than the feed allows, or there is no room for them.',
  SRC_RECEIPT: 'A record could not be told to its system, or too many were refused.',
  SRC_RESULT: 'The result file could not be written.',
  SRC_STOPPED: 'Staffetta was stopping.',
  SRC_DROP_TOO_LARGE: 'The source handed over more bytes than the bounds allow.',
  SRC_DISK_FULL: 'There is too little room on a disk of ours for what the source would hand over.',
  SRC_UNEXPECTED: 'The connector failed in a way that it does not foresee.',
} as const

/** Codes of the database, its copies and the send journal (`STORE_`). */
export const storeCodes = {
  STORE_PLATFORM: 'There is no embedded database for this system.',
  STORE_BINARIES: "The embedded database's programs are missing or incomplete.",
  STORE_USER: 'No user of this system can run the embedded database.',
  STORE_DATA: "The database's user cannot reach the data directory, or it belongs to another user.",
  STORE_RUNTIME: "The socket's directory belongs to someone else.",
  STORE_VERSION: 'The data were written by another major version of PostgreSQL.',
  STORE_START: 'The embedded database did not start.',
  STORE_SILENT: 'The database stopped answering on a connection, which was given up.',
  STORE_JOURNAL: 'The send journal cannot be read or written: nothing may be sent without it.',
  STORE_JOURNAL_LOST: 'The send journal does not go back to what this database has sent.',
  STORE_COPY_DAMAGED: 'The copy of the database is cut short or altered, or it is none.',
  STORE_COPY_KEY: 'The copy was sealed with a key that is not configured here.',
  STORE_COPY_NEWER: 'The copy was made by a newer Staffetta.',
  STORE_NOT_EMPTY: 'The database to restore into is not empty, or is in use.',
} as const

/** Codes of the console (`CONSOLE_`). */
export const consoleCodes = {
  CONSOLE_BUSY: 'More people sign in at the same time than passwords can be compared.',
} as const

/** Codes of answers of the API (`API_`). */
export const apiCodes = {
  API_TOKEN: 'The call has no token, or one that does not count (any more).',
  API_PERMISSION: 'The token may not do this.',
  API_NOT_FOUND: 'There is no such thing, or it is not for this token.',
  API_INVALID: 'The call is not as the description of the API says.',
  API_KEY_MISSING: 'A call that makes something has no usable `Idempotency-Key`.',
  API_KEY_USED: 'The `Idempotency-Key` was used for something else.',
  API_KEY_BUSY: 'A call with the same `Idempotency-Key` is being done.',
  API_REFUSED: 'It cannot be done as things stand.',
  API_TOO_LARGE: 'What was sent is larger than the bound.',
  API_RATE: 'More calls in a minute than the bound.',
  API_BUSY: 'Too much of this is being done at this moment.',
  API_FAILED: 'Something went wrong here.',
} as const

export type ApiCode = keyof typeof apiCodes
export type RefusalCode = keyof typeof refusalCodes
export type DropCode = keyof typeof dropCodes
export type RestCode = keyof typeof restCodes
export type ConfigCode = keyof typeof configCodes
export type SnapshotCode = keyof typeof snapshotCodes
export type IoCode = keyof typeof ioCodes
export type FlowCode = keyof typeof flowCodes
export type SourceCode = keyof typeof sourceCodes
export type StoreCode = keyof typeof storeCodes

/** What a code of an attempt or a hold means; null of any other. */
export function ioMeaning(code: string | null): string | null {
  return code !== null && Object.hasOwn(ioCodes, code) ? ioCodes[code as IoCode] : null
}
