import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { templatePath } from '../../../../../src/decode/protocols/lib/path-template.ts';
import { describeSql } from '../../../../../src/decode/protocols/lib/sql.ts';
import { sanitizeSql } from '../../../../../src/decode/protocols/lib/sql-sanitize.ts';

test('statements lose every literal and comment', () => {
  const cases: readonly (readonly ['postgresql' | 'mysql' | 'cql', string, string])[] = [
    ['postgresql', "select $t$it's s$t$, 12, E'a\\'s' -- s", 'select ?, ?, ?'],
    [
      'postgresql',
      "select 1.5e10, .5, x'ff', t1.c2 from s.t1 /* a /* b */ s */ where a=-5",
      'select ?, ?, ?, t1.c2 from s.t1 where a=-?',
    ],
    ['postgresql', 'SELECT "a" FROM "t 1" WHERE id = $1', 'SELECT "a" FROM "t 1" WHERE id = $1'],
    ['postgresql', "INSERT INTO t VALUES (1, 'a'), (2, 'b')", 'INSERT INTO t VALUES (?)'],
    ['mysql', "SELECT \"s\", `a` FROM `d`.`t1` WHERE a='it''s' # s", 'SELECT ?, `a` FROM `d`.`t1` WHERE a=?'],
    [
      'cql',
      "SELECT * FROM k.t WHERE id = 6f9619ff-8b86-d011-b42d-00c04fc964ff AND n = 's' // s",
      'SELECT * FROM k.t WHERE id = ? AND n = ?',
    ],
  ];
  for (const [dialect, statement, text] of cases) assert.equal(sanitizeSql(statement, dialect), text);
});

test('where a quote is not sure the rest is left out, in either reading', () => {
  for (const dialect of ['postgresql', 'mysql', 'cql'] as const) {
    assert.doesNotMatch(sanitizeSql("INSERT INTO t VALUES ('a\\', 'secret')", dialect), /secret/);
    assert.doesNotMatch(sanitizeSql("INSERT INTO t VALUES ('it\\'s secret')", dialect), /secret/);
  }
});

test('no literal leaks, whatever it holds, even when cut', () => {
  const literal = fc.string().map((text) => `'${text.replaceAll("'", "''")}zqzq'`);
  fc.assert(
    fc.property(
      literal,
      literal,
      fc.nat(),
      fc.constantFrom('postgresql', 'mysql', 'cql'),
      (left, right, cut, dialect) => {
        const statement = `SELECT a FROM t WHERE b = ${left} AND c IN (${right}, ${left}) -- zqzq`;
        const kept = statement.slice(0, statement.length - (cut % statement.length));
        assert.doesNotMatch(sanitizeSql(kept, dialect as 'mysql'), /zqzq/);
      },
    ),
    { numRuns: 2000 },
  );
});

test('a summary names the operation and what it works on', () => {
  assert.equal(
    describeSql('select * from "users" u join x on 1=1', 'postgresql').summary,
    'select users'.replace('select', 'SELECT'),
  );
  assert.equal(describeSql('CREATE TABLE IF NOT EXISTS a.b (x int)', 'postgresql').summary, 'CREATE a.b');
  assert.equal(describeSql('grmbl', 'mysql').summary, '_OTHER');
});

test('paths are templated and lose their query', () => {
  const cases: Readonly<Record<string, string>> = {
    '/users/7?token=x': '/users/{id}',
    '/v2/orders/6f9619ff-8b86-d011-b42d-00c04fc964ff': '/v2/orders/{id}',
    '/blobs/deadbeef01': '/blobs/{id}',
    '/a@b.c/x%20y': '/{id}/{id}',
    'http://host:80/users/7': '/users/{id}',
    '/static/app.min.js': '/static/app.min.js',
    '/a/b/c/d/e/f/g/h/i/j': '/a/b/c/d/e/f/g/h/…',
    '/': '/',
    '*': '*',
  };
  for (const [target, path] of Object.entries(cases)) assert.equal(templatePath(target), path, target);
});
