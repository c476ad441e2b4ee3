// The scripts in the repository are what esbuild makes of their sources.

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';

const ASSETS = resolve(import.meta.dirname, '../../../crates/console/assets');

test('each script is built from its source', async () => {
  const sources = (await readdir(ASSETS)).filter((name) => name.endsWith('.ts'));
  assert.deepEqual(sources.sort(), ['console.ts', 'live.ts', 'proof.ts']);
  for (const source of sources) {
    const options = { entryPoints: [join(ASSETS, source)], target: 'es2022', charset: 'utf8', write: false };
    const [{ text }] = (await build(options)).outputFiles;
    const script = source.replace('.ts', '.js');
    assert.equal(await readFile(join(ASSETS, script), 'utf8'), text, `esbuild ${source} --target=es2022 --charset=utf8 > ${script}`);
  }
});
