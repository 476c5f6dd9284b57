// Mail to staff, through the institution's own mail server. Plain text; headers are built by
// nodemailer, which folds what could break out of them; control characters are removed first all
// the same.
import { createTransport } from 'nodemailer'

export interface SmtpServer {
  host: string
  port: number
  secure: boolean
  username?: string | undefined
  password?: { reveal(): string } | undefined
}

export interface Mailer {
  /** Throws when the server refuses the mail or cannot be reached. */
  send(mail: { recipients: readonly string[]; subject: string; body: string }): Promise<void>
  close(): void
}

const TIMEOUT_MILLISECONDS = 15_000

/** Opens nothing until the first mail. `from` is the sender that staff sees. */
export function createMailer(from: string, server: SmtpServer): Mailer {
  const { host, port, secure, username, password } = server
  const transport = createTransport({
    host,
    port,
    secure,
    ...(username && password ? { auth: { user: username, pass: password.reveal() } } : {}),
    connectionTimeout: TIMEOUT_MILLISECONDS,
    greetingTimeout: TIMEOUT_MILLISECONDS,
    socketTimeout: TIMEOUT_MILLISECONDS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ recipients, subject, body }) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is removed
      const clean = subject.replace(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, 200)
      await transport.sendMail({ from, to: [...recipients], subject: clean, text: body })
    },
    close: () => transport.close(),
  }
}
