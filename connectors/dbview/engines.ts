// The kinds of database that a feed may name, and who speaks each one's SQL.
// Invariant: loading this file loads no driver that Staffetta does not bring.
import type { SqlDialect } from './dialect.ts'
import { mysql } from './mysql.ts'
import { oracle } from './oracle.ts'
import { postgresql } from './postgresql.ts'
import { sqlServer } from './sql-server.ts'

export const engines = ['postgresql', 'mysql', 'mariadb', 'sqlserver', 'oracle'] as const

export const dialects: Record<(typeof engines)[number], SqlDialect> = {
  postgresql,
  mysql,
  mariadb: mysql,
  sqlserver: sqlServer,
  oracle,
}
