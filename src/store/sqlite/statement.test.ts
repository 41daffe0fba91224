import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { forgetStatements, prepare } from './statement.ts';

test('a statement is prepared when it is first run, and gives rows in the shape asked', () => {
  using connection = Object.assign(new Database(':memory:'), {
    [Symbol.dispose]: () => void connection.close(),
  });
  const rows = prepare(connection, 'SELECT a, b FROM t ORDER BY a').raw();
  const firsts = prepare(connection, 'SELECT a FROM t WHERE a > ? ORDER BY a').pluck();
  const add = prepare(connection, 'INSERT INTO t VALUES (?, ?)').raw();
  connection.exec('CREATE TABLE t (a, b)');
  assert.equal(add.run(1, 2).changes, 1);
  add.run(3, 4);
  assert.deepEqual(rows.all(), [
    [1, 2],
    [3, 4],
  ]);
  assert.deepEqual(firsts.all(0), [1, 3]);
  assert.equal(firsts.get(3), undefined);
  assert.deepEqual(
    [...rows.iterate()],
    [
      [1, 2],
      [3, 4],
    ],
  );
});

test('a statement that was forgotten, or whose connection is another one, is prepared again', () => {
  const connections = [new Database(':memory:'), new Database(':memory:')];
  connections.forEach((each, at) => each.exec(`CREATE TABLE t (a); INSERT INTO t VALUES (${at})`));
  let at = 0;
  const on = {
    get connection() {
      return connections[at]!;
    },
  };
  const statement = prepare(on, 'SELECT a FROM t').pluck();
  assert.equal(statement.get(), 0);
  at = 1;
  assert.equal(statement.get(), 1);
  forgetStatements(connections[0]!);
  forgetStatements(connections[1]!);
  assert.equal(statement.get(), 1);
  connections[1]!.close();
  at = 0;
  assert.equal(statement.get(), 0);
  connections[0]!.close();
});
