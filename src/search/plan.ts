import type { MessageFacts } from '../store/store.ts';
import type { SearchSource } from './source.ts';

/**
 * A search program made ready for one mailbox: a tree whose leaves know what they cost. Values are
 * three-valued: true, false, or undefined while what a leaf needs was not read yet (or cannot be read).
 */
export type Plan =
  | { readonly kind: 'constant'; readonly value: boolean }
  /** Decided by the columns alone. */
  | { readonly kind: 'column'; readonly test: (position: number) => boolean }
  /** Decided by the message's facts: one row of the store. */
  | { readonly kind: 'facts'; readonly test: (facts: MessageFacts) => boolean }
  /** Decided by the message's bytes; `bytesLeaves[index]` says how. */
  | { readonly kind: 'bytes'; readonly index: number }
  | { readonly kind: 'and'; readonly plans: readonly Plan[] }
  | { readonly kind: 'or'; readonly plans: readonly Plan[] }
  | { readonly kind: 'not'; readonly plan: Plan };

/** What must be looked for in a message's bytes. */
export type BytesLeaf =
  /** A field of the message's header, by its name in lower case, that the facts do not have. */
  | { readonly kind: 'header'; readonly name: string; readonly text: string }
  /** The message's text; TEXT looks into the headers too. */
  | { readonly kind: 'body' | 'text'; readonly text: string };

/** What is known of a message so far. */
export interface Known {
  readonly source: SearchSource;
  position: number;
  facts: MessageFacts | undefined;
  /** In parallel to the plan's bytes leaves; undefined before the bytes were read. */
  leaves: readonly (boolean | undefined)[] | undefined;
}

/** Whether a message matches, or undefined when what is known does not decide it. */
export function evaluate(plan: Plan, known: Known): boolean | undefined {
  switch (plan.kind) {
    case 'constant':
      return plan.value;
    case 'column':
      return plan.test(known.position);
    case 'facts':
      return known.facts === undefined ? undefined : plan.test(known.facts);
    case 'bytes':
      return known.leaves?.[plan.index];
    case 'not': {
      const value = evaluate(plan.plan, known);
      return value === undefined ? undefined : !value;
    }
    case 'and':
      return evaluateAll(plan.plans, known, false);
    case 'or':
      return evaluateAll(plan.plans, known, true);
  }
}

/** AND is decided by one false, OR by one true; otherwise any undefined leaves it open. */
function evaluateAll(plans: readonly Plan[], known: Known, decisive: boolean): boolean | undefined {
  let open = false;
  for (const plan of plans) {
    const value = evaluate(plan, known);
    if (value === decisive) return decisive;
    if (value === undefined) open = true;
  }
  return open ? undefined : !decisive;
}

/** How dear a plan is to decide: 0 columns, 1 facts, 2 bytes. */
export function cost(plan: Plan): number {
  switch (plan.kind) {
    case 'constant':
    case 'column':
      return 0;
    case 'facts':
      return 1;
    case 'bytes':
      return 2;
    case 'not':
      return cost(plan.plan);
    case 'and':
    case 'or':
      return Math.max(...plan.plans.map(cost));
  }
}
