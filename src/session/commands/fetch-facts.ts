import type { FetchItem, FetchValue } from '../../model/fetch-item.ts';
import type { Part } from '../../model/part.ts';
import { cachedHeaderNames } from '../../mime/cached-headers.ts';
import { headerFilter, namesWithin } from '../../mime/section.ts';
import type { MessageFacts } from '../../store/store.ts';
import { isColumnItem, type ColumnItem } from './fetch-columns.ts';

/** Items that a message's facts answer. */
export type FactsItem = Extract<
  FetchItem,
  { kind: 'ENVELOPE' | 'BODYSTRUCTURE' | 'EMAILID' | 'THREADID' }
>;

type FieldsItem = Extract<FetchItem, { kind: 'BODY[]' }>;

/** What columns and facts answer, so that nothing of a message has to be opened. */
export type KnownItem = ColumnItem | FactsItem | FieldsItem;

/** Whether columns and facts answer it. Header fields that the store keeps are among that; of other bodies nothing is. */
export function isKnownItem(item: FetchItem): item is KnownItem {
  return isColumnItem(item) || isFactsItem(item) || isKnownFields(item);
}

function isFactsItem(item: FetchItem): item is FactsItem {
  const { kind } = item;
  return (
    kind === 'ENVELOPE' || kind === 'BODYSTRUCTURE' || kind === 'EMAILID' || kind === 'THREADID'
  );
}

function isKnownFields(item: FetchItem): item is FieldsItem {
  return (
    item.kind === 'BODY[]' &&
    item.peek &&
    item.partial === undefined &&
    item.section.part.length === 0 &&
    item.section.text.kind === 'HEADER.FIELDS' &&
    namesWithin(item.section.text.names, cachedHeaderNames)
  );
}

/** Whether it is among what the store may keep ready (`FactsOptions.only`). */
export function isTold(item: KnownItem): boolean {
  return item.kind === 'BODYSTRUCTURE' ? item.extended : item.kind !== 'BODY[]';
}

export type FactsMaker = (facts: MessageFacts) => FetchValue | undefined;

/** The function that makes this item's value of a message; what it does not know the message has to be opened for. */
export function factsMaker(item: FactsItem | FieldsItem): FactsMaker {
  if (item.kind !== 'BODY[]') return (facts) => factsValue(item, facts);
  const { section } = item;
  const filter = headerFilter(section.text.kind === 'HEADER.FIELDS' ? section.text.names : []);
  return (facts) => {
    // Whether there is an empty line behind the fields of a message without a body only its bytes tell.
    return (facts.hasBody ?? isNotEmpty(facts.structure))
      ? { kind: 'BODY[]', section, content: filter(facts.headers) }
      : undefined;
  };
}

function isNotEmpty({ bodyStart, bodyEnd }: Part): boolean {
  return bodyStart < bodyEnd;
}

/** The value of such an item: the text that the store has ready, where it has. */
export function factsValue(item: FactsItem, facts: MessageFacts): FetchValue {
  switch (item.kind) {
    case 'ENVELOPE':
      return { kind: 'ENVELOPE', envelope: facts.envelopeText ?? facts.envelope };
    case 'BODYSTRUCTURE': {
      const { extended } = item;
      const part = (extended ? facts.structureText : undefined) ?? facts.structure;
      return { kind: 'BODYSTRUCTURE', extended, part };
    }
    case 'EMAILID':
      return { kind: 'EMAILID', id: facts.emailId };
    case 'THREADID':
      return { kind: 'THREADID', id: facts.threadId };
  }
}
