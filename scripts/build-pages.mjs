// Bundles the widgets and the pages into dist/pages.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create, ts } from '@custom-elements-manifest/analyzer';
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

// LangChain itself is the caller's: a second copy of its classes would not be recognised.
await build({
  ...shared,
  entryPoints: [join(root, 'packages/langchain/src/index.ts')],
  outfile: join(root, 'packages/langchain/dist/index.js'),
  format: 'esm',
  platform: 'node',
  packages: 'external',
});

// The custom-elements manifest that editors and documentation tools read: attributes, events, parts and properties of the widgets.
const widgets = join(root, 'packages/widgets/src');
const modules = ['recommendations.ts', 'visual-search.ts', 'vitrine.ts'].map((name) =>
  ts.createSourceFile(`src/${name}`, readFileSync(join(widgets, name), 'utf8'), ts.ScriptTarget.ES2022, true),
);
const manifest = create({ modules, plugins: [], context: { dev: false } });
// The analyser takes the name of a helper's parameter for one more event.
for (const { declarations } of manifest.modules)
  for (const declaration of declarations ?? [])
    if (declaration.events) declaration.events = declaration.events.filter(({ name }) => name.startsWith('vitrine-'));
writeFileSync(join(out, 'widget/custom-elements.json'), `${JSON.stringify(manifest, null, 1)}\n`);
