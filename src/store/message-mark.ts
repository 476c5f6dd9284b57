// A message's mark: what it is known by when its ids are not, because the database that gave them
// is gone. Institution, series, key, purpose and text make it, so the same notice mapped again has
// the same marks. Invariant: it tells nothing of a person, since the key enters as its keyed hash.

/** Bytes of a mark. */
export const MARK_BYTES = 16

/** SQL: the mark of message `m`, whose notice is `n`, its series `s` and its institution `i`. */
export const MARK = `substring(sha256(convert_to(
  concat_ws(E'\\n', i.name, s.name, m.purpose, m.template), 'UTF8') || n.key_hash)
  from 1 for ${MARK_BYTES})`

/** SQL: what `MARK` needs beside `m`. */
export const MARK_JOINS = `join notices n on n.id = m.notice_id
  join series s on s.id = n.series_id join institutions i on i.id = n.institution_id`
