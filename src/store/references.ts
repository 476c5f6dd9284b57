// References: keyed tables loaded by a feed (contacts, payments) and looked up by mappings.
// Keys are hashed and rows sealed: the table says nothing to who reads it without the key.
import type { Pool } from './database.ts'
import { transaction } from './database.ts'
import type { Institutions } from './institutions.ts'
import { finishTable, type TableSummary } from './table-drops.ts'
import type { Vault } from './vault.ts'

export interface ReferenceRow {
  key: string
  values: Record<string, string>
}

export type References = ReturnType<typeof createReferences>

export function createReferences(pool: Pool, vault: Vault, institutions: Institutions) {
  const hashOf = (reference: string, key: string) => vault.hash('reference', `${reference}\0${key}`)

  return {
    /** The rows of these keys; absent keys are absent from the answer. */
    async find(
      institution: string,
      reference: string,
      keys: string[],
    ): Promise<Map<string, Record<string, string>>> {
      const id = await institutions.idOf(institution)
      const byHash = new Map(
        keys.map((key) => [hashOf(reference, key).toString('latin1'), key] as const),
      )
      const { rows } = await pool.query<{ key_hash: Buffer; sealed: Buffer }>(
        `select key_hash, sealed from reference_rows
         where institution_id = $1 and reference = $2 and key_hash = any($3)`,
        [id, reference, [...byHash.keys()].map((hash) => Buffer.from(hash, 'latin1'))],
      )
      const found = new Map<string, Record<string, string>>()
      for (const { key_hash, sealed } of rows) {
        const clear = vault.open(rowContext(id, reference, key_hash), sealed).toString('utf8')
        found.set(byHash.get(key_hash.toString('latin1')) as string, JSON.parse(clear))
      }
      return found
    },

    /**
     * Loads a drop's rows in one transaction and marks the drop mapped: a row replaces the one of
     * its key, the last of a drop wins. Rows that the drop does not name stay: contacts come in
     * deltas.
     */
    async load(
      target: { institution: string; reference: string; dropId: number },
      batches: AsyncIterable<ReferenceRow[]>,
      summary: () => TableSummary,
      now: Temporal.Instant,
    ): Promise<number> {
      const { institution, reference, dropId } = target
      const id = await institutions.idOf(institution)
      return transaction(pool, async (client) => {
        let count = 0
        for await (const batch of batches) {
          const rows = new Map(
            batch.map(({ key, values }) => {
              const hash = hashOf(reference, key)
              const sealed = vault.seal(rowContext(id, reference, hash), JSON.stringify(values))
              return [hash.toString('latin1'), { hash, sealed }] as const
            }),
          )
          const unique = [...rows.values()]
          await client.query(
            `insert into reference_rows (institution_id, reference, key_hash, drop_id, sealed)
             select $1, $2, key_hash, $3, sealed from unnest($4::bytea[], $5::bytea[]) as t (key_hash, sealed)
             on conflict (institution_id, reference, key_hash)
               do update set drop_id = excluded.drop_id, sealed = excluded.sealed`,
            [id, reference, dropId, unique.map((row) => row.hash), unique.map((row) => row.sealed)],
          )
          count += batch.length
        }
        await finishTable(client, vault, { dropId, rows: count, summary: summary(), now })
        return count
      })
    },
  }
}

function rowContext(institutionId: number, reference: string, keyHash: Buffer): string {
  return `reference/${institutionId}/${reference}/${keyHash.toString('hex')}`
}
