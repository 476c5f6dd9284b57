// By what people show who they are: password, second factor, recovery codes, subject at their
// provider. Invariants: a password is kept as its hash and a secret sealed; a code that was used
// once is never taken again, also where two try it at the same time.
import { type Pool, type Queryable, transaction } from './database.ts'
import type { Vault } from './vault.ts'

export interface Credentials {
  id: number
  /** argon2id, as PHC writes it; null: none. */
  password: string | null
  /** Base32; null: none. */
  totpSecret: string | null
  /** The period whose code was used last. */
  totpStep: number | null
  /** Failed sign-ins since the last that succeeded. */
  failures: number
}

export interface SecondFactor {
  /** Base32. */
  secret: string
  /** The period of the code by which it was tried. */
  step: number
  recoveryCodes: readonly string[]
}

export type CredentialStore = ReturnType<typeof createCredentials>

const sealContext = (personId: number) => `totp ${personId}`

export function createCredentials(pool: Pool, vault: Vault) {
  const codeHash = (personId: number, code: string) =>
    vault.hash('sign-in', `recovery ${personId} ${code}`)

  async function read(where: string, value: unknown): Promise<Credentials | null> {
    const { rows } = await pool.query<
      Omit<Credentials, 'totpSecret' | 'totpStep'> & { sealed: Buffer | null; step: string | null }
    >(
      `select id, password, totp_sealed as sealed, totp_step::text as step, failures
       from people where disabled_at is null and ${where}`,
      [value],
    )
    const row = rows[0]
    if (row === undefined) return null
    const { sealed, step, ...rest } = row
    const secret = sealed === null ? null : vault.open(sealContext(rest.id), sealed)
    return {
      ...rest,
      totpSecret: secret?.toString('utf8') ?? null,
      totpStep: step === null ? null : Number(step),
    }
  }

  return {
    /** Null: there is nobody, or they are disabled. */
    ofLogin: (login: string) => read('lower(login) = lower($1)', login),
    ofPerson: (id: number) => read('id = $1', id),

    async failed(id: number): Promise<number> {
      const { rows } = await pool.query<{ failures: number }>(
        'update people set failures = failures + 1 where id = $1 returning failures',
        [id],
      )
      return rows[0]?.failures ?? 0
    },

    async setPassword(id: number, phc: string): Promise<void> {
      await pool.query('update people set password = $2 where id = $1', [id, phc])
    },

    /** Whether this period’s code was still to be used; then it is used now. */
    async useStep(id: number, step: number): Promise<boolean> {
      const { rowCount } = await pool.query(
        `update people set totp_step = $2 where id = $1 and totp_sealed is not null
           and (totp_step is null or totp_step < $2)`,
        [id, step],
      )
      return rowCount === 1
    },

    async setSecondFactor(id: number, factor: SecondFactor): Promise<void> {
      await transaction(pool, async (client) => {
        await client.query('update people set totp_sealed = $2, totp_step = $3 where id = $1', [
          ...[id, vault.seal(sealContext(id), factor.secret), factor.step],
        ])
        await client.query('delete from recovery_codes where person_id = $1', [id])
        for (const code of factor.recoveryCodes) {
          await client.query('insert into recovery_codes (person_id, code_hash) values ($1, $2)', [
            id,
            codeHash(id, code),
          ])
        }
      })
    },

    /** Whether it was one of theirs; then it is used now. */
    async useRecoveryCode(id: number, code: string): Promise<boolean> {
      const { rowCount } = await pool.query(
        'delete from recovery_codes where person_id = $1 and code_hash = $2',
        [id, codeHash(id, code)],
      )
      return rowCount === 1
    },

    async recoveryCodesLeft(id: number): Promise<number> {
      const { rows } = await pool.query<{ left: number }>(
        'select count(*)::int as left from recovery_codes where person_id = $1',
        [id],
      )
      return rows[0]?.left ?? 0
    },

    /** Their link, if any, is taken by it. False: somebody else has this subject. */
    async setSubject(id: number, subject: string): Promise<boolean> {
      const { rowCount } = await pool.query(
        `with linked as (update people set subject = $2 where id = $1
           and not exists (select from people where subject = $2 and id <> $1) returning id),
         taken as (delete from people_links where person_id in (select id from linked))
         select from linked`,
        [id, subject],
      )
      return rowCount === 1
    },

    /** They show nothing any more: a new link gives them a way in. */
    async clear(id: number): Promise<void> {
      await transaction(pool, (client) => clearCredentials(client, id))
    },
  }
}

/** Inside the caller's transaction: their sessions end too. */
export async function clearCredentials(tx: Queryable, id: number): Promise<void> {
  await tx.query(
    `update people set password = null, totp_sealed = null, totp_step = null, subject = null
     where id = $1`,
    [id],
  )
  await tx.query('delete from recovery_codes where person_id = $1', [id])
  await tx.query('delete from sessions where person_id = $1', [id])
}
