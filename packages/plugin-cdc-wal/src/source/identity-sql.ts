import { quoteIdentifier, quoteLiteral, quoteTable } from '@sluice/postgres';
import type { IdentityPlan } from './identity.ts';
import type { MemberState, ReplicaIdentity } from './state.ts';

/** What an index of ours remembers in its COMMENT: the identity that the table had before. */
const indexMark = 'sluice identity, before: ';

export type FormerIdentity = ReplicaIdentity | `index ${string}`;

export function formerIdentity(member: MemberState): FormerIdentity {
  if (member.identity !== 'index') return member.identity;
  const index = member.indexes.find((candidate) => candidate.identity);
  return index === undefined ? 'nothing' : `index ${index.name}`;
}

export function formatIndexComment(former: FormerIdentity): string {
  return indexMark + former;
}

/** The former identity that an index of ours remembers; null for an index of somebody else's. */
export function parseIndexComment(comment: string | null): FormerIdentity | null {
  if (comment === null || !comment.startsWith(indexMark)) return null;
  const former = comment.slice(indexMark.length);
  if (former === 'default' || former === 'nothing' || former === 'full') return former;
  return former.startsWith('index ') ? `index ${former.slice(6)}` : null;
}

export function setIdentity(member: MemberState, identity: FormerIdentity): string {
  const table = `ALTER TABLE ONLY ${quoteTable(member.table)} REPLICA IDENTITY`;
  switch (identity) {
    case 'default':
    case 'nothing':
    case 'full':
      return `${table} ${identity.toUpperCase()}`;
    case 'index':
      throw new RangeError('REPLICA IDENTITY USING INDEX needs an index.');
    default:
      return `${table} USING INDEX ${quoteIdentifier(identity.slice('index '.length))}`;
  }
}

export interface IdentitySql {
  /** Each runs alone: what builds indexes cannot run inside a transaction. */
  readonly alone: readonly string[];
  /** Run in one transaction. */
  readonly together: readonly string[];
  /** To be remembered in the capture's record, where no index of ours remembers it. */
  readonly former: FormerIdentity | null;
}

/** The statements of a plan; none for what is fine or cannot be done. */
export function identitySql(member: MemberState, plan: IdentityPlan): IdentitySql {
  const former = formerIdentity(member);
  switch (plan.kind) {
    case 'fine':
    case 'impossible':
      return { alone: [], together: [], former: null };
    case 'default':
    case 'full':
      return { alone: [], together: [setIdentity(member, plan.kind)], former };
    case 'index': {
      const index = member.indexes.find((candidate) => candidate.name === plan.index);
      const ours = index?.name.startsWith('sluice_identity_') === true;
      const statement = setIdentity(member, `index ${plan.index}`);
      return ours
        ? { alone: [], together: [commentOn(member, plan.index, former), statement], former: null }
        : { alone: [], together: [statement], former };
    }
    case 'new-index': {
      const index = quoteTable({ schema: member.table.schema, name: plan.index });
      const columns = plan.columns.map(quoteIdentifier).join(', ');
      return {
        alone: [
          ...(plan.invalid ? [`DROP INDEX CONCURRENTLY IF EXISTS ${index}`] : []),
          `CREATE UNIQUE INDEX CONCURRENTLY ${quoteIdentifier(plan.index)} ON ${quoteTable(member.table)} (${columns})`,
        ],
        together: [commentOn(member, plan.index, former), setIdentity(member, `index ${plan.index}`)],
        former: null,
      };
    }
  }
}

function commentOn(member: MemberState, index: string, former: FormerIdentity): string {
  const name = quoteTable({ schema: member.table.schema, name: index });
  return `COMMENT ON INDEX ${name} IS ${quoteLiteral(formatIndexComment(former))}`;
}
