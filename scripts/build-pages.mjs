// Bundles the widgets and the pages into dist/pages.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './lib/paths.mjs';

const out = join(root, 'dist', 'pages');
const shared = {
  bundle: true,
  minify: true,
  target: ['es2022', 'chrome111', 'firefox113', 'safari16.4'],
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"' },
};
const size = (file) => `${(gzipSync(readFileSync(join(out, file))).length / 1000).toFixed(1)} kB gzipped`;

await build({
  ...shared,
  entryPoints: [join(root, 'packages/widgets/src/vitrine.ts')],
  outfile: join(out, 'widget/vitrine.js'),
  format: 'iife',
  loader: { '.css': 'text' },
});
console.log(`widget/vitrine.js: ${size('widget/vitrine.js')}`);

for (const page of ['shop', 'admin']) {
  const source = join(root, 'packages', page, 'src');
  if (!existsSync(join(source, `${page}.tsx`))) continue;
  await build({
    ...shared,
    entryPoints: [join(source, `${page}.tsx`)],
    outfile: join(out, page, `${page}.js`),
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  });
  await build({ ...shared, entryPoints: [join(source, `${page}.css`)], outfile: join(out, page, `${page}.css`) });
  mkdirSync(join(out, page), { recursive: true });
  copyFileSync(join(source, 'index.html'), join(out, page, 'index.html'));
  console.log(`${page}: ${size(`${page}/${page}.js`)}`);
}

await build({
  ...shared,
  entryPoints: [join(root, 'packages/client/src/index.ts')],
  outfile: join(root, 'packages/client/dist/index.js'),
  format: 'esm',
});
