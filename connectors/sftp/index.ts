// Files on an SFTP server: settings and the three calls. What is taken, when and how it is
// acknowledged is in `src/file-drops.ts`, how reports are called in `src/file-results.ts`, the
// connection in `line.ts`.
// Invariant: every call has a line of its own, which is closed however the call ends.
import { z } from 'zod'
import { type CheckLine, defineConnector, SourceError, secret } from '../../src/connector.ts'
import { checkFiles, pollFiles } from '../../src/file-drops.ts'
import { writeResult } from '../../src/file-results.ts'
import { checkFileSettings, fileFields } from '../../src/file-settings.ts'
import { openLine } from './line.ts'
import { remoteFiles } from './remote-files.ts'

const seconds = (usual: number) => z.int().min(1).max(600).default(usual)

const settings = z
  .strictObject({
    host: z.string().min(1).max(253).describe('Name or address of the server.'),
    port: z.int().min(1).max(65_535).default(22).describe('TCP port of the server.'),
    username: z.string().min(1).max(200).describe('Who logs in.'),
    password: secret().optional().describe('Password; needed where there is no privateKey.'),
    privateKey: secret()
      .optional()
      .describe('Private key in PEM or OpenSSH form; tried before the password.'),
    passphrase: secret().optional().describe('What opens the private key, when it is locked.'),
    hostKeys: z
      .array(z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/, 'as ssh-keygen prints it: `SHA256:…`'))
      .min(1)
      .max(20)
      .describe('Fingerprints of the server; one that shows another key is refused.'),
    ...fileFields,
    connectTimeoutSeconds: seconds(20).describe('How long connecting and logging in may take.'),
    answerTimeoutSeconds: seconds(60).describe('How long one answer of the server may take.'),
    keepaliveSeconds: seconds(15).describe(
      'How often a silent connection is tried; three tries without an answer end it.',
    ),
  })
  .superRefine(checkFileSettings)
  .refine(({ password, privateKey }) => password !== undefined || privateKey !== undefined, {
    path: ['password'],
    message: 'a password or a privateKey is needed',
  })

export type SftpSettings = z.infer<typeof settings>

export default defineConnector<SftpSettings>({
  summary: 'Files that a system leaves on an SFTP server.',
  settings,
  async check(context) {
    const { host, port, username } = context.settings
    const connect = `connect to ${host}:${port}`
    const logIn = `log in as ${username}@${host}:${port}`
    try {
      await using line = await openLine(context)
      const reached = [connect, logIn].map((what): CheckLine => ({ ok: true, what }))
      return [...reached, ...(await checkFiles(context, remoteFiles(line)))]
    } catch (error) {
      if (!(error instanceof SourceError)) throw error
      const what = error.code === 'SRC_CREDENTIALS' ? logIn : connect
      return [{ ok: false, what, remedy: error.message }]
    }
  },
  async *poll(context) {
    await using line = await openLine(context)
    yield* pollFiles(context, remoteFiles(line))
  },
  writesRest: true,
  async writeBack(context, report) {
    await using line = await openLine(context)
    await writeResult(context, remoteFiles(line), report)
  },
})
