// Part of `npm run check`: every dependency in the lockfile has a permissive licence, and none runs a script at installation that
// package.json's `allowScripts` does not decide on by name. `--list` prints every package with its licence.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';

const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);
/** Weak copyleft that touches none of our code, by name: where it is, and why it may stay. */
const EXCEPTIONS = [
  // sharp's libvips: a shared library beside sharp, loaded at run time, replaceable by the user.
  { licence: 'LGPL-3.0-or-later', packages: /^@img\/sharp-/ },
  // Tools of the build and the tests alone (file-level copyleft, unchanged, not shipped).
  { licence: 'MPL-2.0', packages: /^(lightningcss|axe-core)/ },
];

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const allowed = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).allowScripts ?? {};
const packages = Object.entries(lock.packages)
  .filter(([path, entry]) => path.includes('node_modules/') && !entry.link)
  .map(([path, entry]) => ({ name: path.replace(/^.*node_modules\//, ''), ...entry }));

const permits = (name, licence) =>
  PERMISSIVE.has(licence) || EXCEPTIONS.some((each) => each.licence === licence && each.packages.test(name));
/** `MIT OR GPL-2.0` offers a choice, `Apache-2.0 AND MIT` asks for both. */
const isPermissive = (name, expression) => {
  const text = String(expression ?? '').replace(/^\((.*)\)$/, '$1');
  if (text.includes(' OR ')) return text.split(' OR ').some((part) => isPermissive(name, part.trim()));
  return text !== '' && text.split(' AND ').every((part) => permits(name, part.trim()));
};

const wrong = [];
const byLicence = new Map();
for (const { name, version, license, hasInstallScript } of packages) {
  byLicence.set(license ?? 'none', (byLicence.get(license ?? 'none') ?? 0) + 1);
  if (!isPermissive(name, license)) wrong.push(`${name} ${version}: licence ${license ?? 'unknown'}`);
  if (hasInstallScript && allowed[name] === undefined)
    wrong.push(`${name} ${version} runs a script when installed: decide on it in package.json's allowScripts`);
}
for (const name of Object.keys(allowed))
  if (!packages.some((each) => each.name === name && each.hasInstallScript))
    wrong.push(`allowScripts names ${name}, which runs no script`);
if (process.argv.includes('--list'))
  for (const { name, version, license } of packages.sort((a, b) => (a.name < b.name ? -1 : 1)))
    console.log(`${name} ${version}\t${license}`);
if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
const counts = [...byLicence].sort((a, b) => b[1] - a[1]).map(([licence, count]) => `${count} ${licence}`);
console.log(`licences: ${packages.length} packages (${counts.join(', ')})`);
