import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyone, changedAcl, grantees, rightsOfOther, rightsOfOwner, type Acl } from './acl.ts';
import { answered, deleted, flag, seen, type FlagEdit } from './flag.ts';
import { asAccountId } from './ids.ts';
import {
  allRights,
  copyEdit,
  includesAll,
  includesAny,
  noRights,
  parseRights,
  permittedEdit,
  shownRights,
  union,
  without,
  type Rights,
} from './rights.ts';

const anyRights = fc.subarray(Array.from(allRights)).map((letters) => letters.join('') as Rights);
const of = (letters: string): Rights => {
  const parsed = parseRights(letters);
  assert.ok('rights' in parsed, letters);
  return parsed.rights;
};

test('letters are read in any order, c and d for what they stand for (RFC 4314 section 2.1.1)', () => {
  assert.equal(of('aerl'), 'lrea');
  assert.equal(of('lrswida'), 'lrswitea');
  assert.equal(of('c'), 'kx');
  assert.equal(of(''), '');
  assert.deepEqual(parseRights('lrq'), { unknown: 'q' });
  assert.deepEqual(parseRights('L'), { unknown: 'L' });
  assert.deepEqual(parseRights('0'), { unknown: '0' });
});

test('who is told of k or x is told of c, and of t or e of d', () => {
  assert.equal(shownRights(of('lrk')), 'lrkc');
  assert.equal(shownRights(of('lre')), 'lred');
  assert.equal(shownRights(allRights), `${allRights}cd`);
  assert.equal(shownRights(noRights), '');
  fc.assert(fc.property(anyRights, (rights) => includesAll(of(shownRights(rights)), rights)));
});

test('rights are sets', () => {
  fc.assert(
    fc.property(anyRights, anyRights, (a, b) => {
      const both = union(a, b);
      assert.ok(includesAll(both, a) && includesAll(both, b));
      assert.equal(union(b, a), both);
      const left = without(a, b);
      assert.equal(includesAny(left, b), false);
      assert.equal(union(left, b), both);
      assert.equal(includesAny(a, b), without(a, b) !== a);
    }),
  );
});

const anna = asAccountId('1');
const bert = asAccountId('2');
const acl = (entries: Record<string, string>): Acl =>
  new Map(Object.entries(entries).map(([name, letters]) => [name, of(letters)]));

test('rights of all entries count together, negative ones against them', () => {
  assert.equal(rightsOfOther(undefined, bert), noRights);
  assert.equal(rightsOfOther(acl({ anyone: 'lr', 2: 's' }), bert), 'lrs');
  assert.equal(rightsOfOther(acl({ anyone: 'lrs', '-2': 'rs' }), bert), 'l');
  assert.equal(rightsOfOther(acl({ 2: 'lrw', '-anyone': 'w' }), bert), 'lr');
  assert.equal(rightsOfOther(acl({ 1: 'lrw' }), bert), noRights);
});

test('an owner has all rights until his entry says less, and keeps l and a', () => {
  assert.equal(rightsOfOwner(undefined, anna), allRights);
  assert.equal(rightsOfOwner(acl({ 2: 'lr' }), anna), allRights);
  assert.equal(rightsOfOwner(acl({ 1: 'r' }), anna), 'lra');
  assert.equal(rightsOfOwner(acl({ 1: '', anyone: 's' }), anna), 'lsa');
  const anyAcl = fc.dictionary(fc.constantFrom('1', '-1', '2', anyone, '-anyone'), anyRights);
  fc.assert(
    fc.property(anyAcl, (entries) =>
      includesAll(rightsOfOwner(acl(entries), anna), 'la' as Rights),
    ),
  );
});

test('an entry is replaced, added to, taken from and deleted', () => {
  const other = { identifier: '2', otherwise: noRights };
  const owner = { identifier: '1', otherwise: allRights };
  const change = (
    before: Acl | undefined,
    who: typeof other,
    [mode, letters]: readonly ['replace' | 'add' | 'remove' | 'delete', string],
  ) => {
    const after = changedAcl(before, { ...who, mode, rights: of(letters) });
    return after && Object.fromEntries(after);
  };
  assert.deepEqual(change(undefined, other, ['replace', 'lr']), { 2: 'lr' });
  assert.deepEqual(change(acl({ 2: 'lr' }), other, ['add', 'rs']), { 2: 'lrs' });
  assert.deepEqual(change(acl({ 2: 'lr', anyone: 'l' }), other, ['remove', 'lr']), { anyone: 'l' });
  assert.equal(change(acl({ 2: 'lr' }), other, ['delete', '']), undefined);
  assert.deepEqual(change(undefined, owner, ['remove', 'swipkxte']), { 1: 'lra' });
  assert.deepEqual(change(acl({ 2: 'l' }), owner, ['replace', '']), { 1: '', 2: 'l' });
  assert.equal(change(acl({ 1: 'lra' }), owner, ['add', allRights]), undefined);
  assert.deepEqual(grantees(acl({ 2: 'l', '-3': 'l', anyone: 'r' })), ['2', anyone]);
});

test('a STORE changes what the rights allow, and nothing where they allow nothing (RFC 4314 section 4)', () => {
  const edit = (mode: FlagEdit['mode'], ...flags: string[]): FlagEdit => ({
    mode,
    flags: flags.map(flag),
  });
  const add = edit('add', '\\Seen', '\\Deleted', 'blue');
  assert.equal(permittedEdit(add, allRights), add);
  assert.deepEqual(permittedEdit(add, of('s'))?.flags, [seen]);
  assert.deepEqual(permittedEdit(add, of('tw'))?.flags, [deleted, 'blue']);
  assert.equal(permittedEdit(add, of('lr')), undefined);
  assert.equal(permittedEdit(edit('remove', '\\Answered'), of('st')), undefined);
  assert.deepEqual(permittedEdit(edit('replace', '\\Answered', '\\Deleted'), of('ws')), {
    mode: 'replace',
    flags: [answered],
    keeps: ['deleted'],
  });
  assert.deepEqual(permittedEdit(edit('replace'), of('t')), {
    mode: 'replace',
    flags: [],
    keeps: ['seen', 'others'],
  });
  assert.equal(permittedEdit(edit('replace'), of('lr')), undefined);
  assert.equal(copyEdit(allRights), undefined);
  assert.deepEqual(copyEdit(of('lrsi'))?.keeps, ['seen']);
});
