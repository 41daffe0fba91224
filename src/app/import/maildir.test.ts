import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folderName } from './maildir.ts';

test('names of folders in modified UTF-7, in UTF-8, in neither', () => {
  const cases: [disk: string, name: string][] = [
    ['Entw&APw-rfe', 'Entwürfe'],
    ['R&-D', 'R&D'],
    ['&U,BTFw-', '台北'],
    ['&2D3eAA-', '😀'],
    ['Entwürfe', 'Entwürfe'],
    ['&2D0-', '&2D0-'],
    ['a&b', 'a&b'],
    ['&A-', '&A-'],
  ];
  for (const [disk, name] of cases) assert.equal(folderName(disk), name, disk);
});
