/**
 * Imports go only to a lower level, and into another module only through its `<folder>.api.ts`.
 * Levels are the table of docs/architecture.md.
 */
const levels = [
  ['maths'],
  ['platform'],
  ['access', 'catalog', 'interactions'],
  ['embedding', 'behaviour', 'quality', 'merchandising', 'experiments'],
  ['fusion'],
  ['retrieval'],
  ['recommendation'],
  ['evaluation'],
  ['training', 'privacy'],
  ['connect', 'storefront', 'admin', 'backup', 'agents', 'campaigns'],
  ['cli'],
];
const forbidden = [
  {
    name: 'no-circle',
    severity: 'error',
    comment: 'A circle hides who depends on whom.',
    from: { path: '^src' },
    to: { circular: true },
  },
  {
    name: 'maths-imports-nothing',
    severity: 'error',
    comment: 'Domain maths is pure: no framework, no platform.',
    from: { path: '^src/maths/', pathNot: '\\.spec\\.ts$' },
    to: {
      pathNot: [
        '^src/maths/',
        '^node:',
        '^(fs|path|os|worker_threads|perf_hooks|crypto|url|module)$',
        'node_modules/onnxruntime',
      ],
    },
  },
];
levels.forEach((folders, level) => {
  for (const folder of folders) {
    const higherOrSame = levels
      .slice(level)
      .flat()
      .filter((other) => other !== folder);
    forbidden.push({
      name: `${folder}-imports-down`,
      severity: 'error',
      comment: `${folder} may import only lower levels.`,
      from: { path: `^src/${folder}/`, pathNot: '\\.spec\\.ts$' },
      to: { path: `^src/(${higherOrSame.join('|')})/` },
    });
    if (folder !== 'maths' && folder !== 'platform') {
      forbidden.push({
        name: `${folder}-through-its-api`,
        severity: 'error',
        comment: `Other modules see ${folder} only through ${folder}.api.ts (composition roots may also take its module).`,
        from: { path: '^src/', pathNot: [`^src/${folder}/`, '\\.spec\\.ts$', '^src/[^/]+\\.ts$', '^src/cli/'] },
        to: {
          path: `^src/${folder}/`,
          pathNot:
            folder === 'recommendation'
              ? '^src/recommendation/(recommendation|blending)\\.(api|module)\\.ts$'
              : `^src/${folder}/${folder}\\.(api|module)\\.ts$`,
        },
      });
    }
  }
});
module.exports = {
  forbidden,
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^dist|^data)' },
  },
};
