// A watch over what the store writes: a database in which no message and no flow can make a move
// that the domain does not allow, whatever statement tries it. The moves are those of the domain.
import { type FlowState, flowStateWords, mayMoveFlow } from '../../src/domain/flow.ts'
import { type MessageState, mayMove, messageStates } from '../../src/domain/message.ts'
import type { Queryable } from '../../src/store/database.ts'

const flowStates = Object.keys(flowStateWords) as FlowState[]

/** From now on an illegal move of a flow fails, with where it went from and to. */
export async function guardFlows(db: Queryable): Promise<void> {
  await guard(db, 'flows', pairs<FlowState>(flowStates, mayMoveFlow))
}

/** The same of messages; but for a database that is behind its journal, which knows better. */
export async function guardMessages(db: Queryable): Promise<void> {
  await guard(db, 'messages', pairs<MessageState>(messageStates, mayMove))
}

function pairs<S extends string>(states: readonly S[], may: (from: S, to: S) => boolean): string[] {
  return states.flatMap((from) =>
    states.filter((to) => from !== to && may(from, to)).map((to) => `${from} ${to}`),
  )
}

async function guard(db: Queryable, table: string, legal: string[]): Promise<void> {
  await db.query(`
    create or replace function legal_${table}() returns trigger language plpgsql as $$
    begin
      if old.state || ' ' || new.state <> all (array[${legal.map((pair) => `'${pair}'`).join(', ')}]) then
        raise exception 'illegal move of % %: % to %', tg_table_name, new.id, old.state, new.state;
      end if;
      return new;
    end $$`)
  await db.query(`
    create or replace trigger legal_moves before update of state on ${table} for each row
    when (old.state is distinct from new.state) execute function legal_${table}()`)
}
