/** The libraries that the build puts into the programs, so that an installed Sublet downloads none of them. */
const builtIn = [
  ...[
    '@opentelemetry/[^/]+',
    '@peculiar/x509',
    'cli-table3',
    'commander',
    'jose',
    'mdast-util-from-markdown',
  ],
  ...['pino', 'prom-client', 'reflect-metadata', 'rfc6902', 'undici', 'ws', 'yaml'],
]
/** Imports point downwards only: the rooms of src/, from the roof to the floor. */
const rooms = [
  ['cli', 'dashboard'],
  ['doctor', 'lab'],
  ['agent', 'gateway'],
  ['remedies'],
  ['tenants', 'kubelet'],
  ['kube'],
  ['core'],
]
const above = (index) => rooms.slice(0, index).flat()
const upwards = rooms.flatMap((floor, index) =>
  floor.map((room) => ({
    name: `${room}-imports-downwards`,
    severity: 'error',
    from: { path: `^src/${room}/` },
    to: {
      path: `^src/(${[...above(index), ...floor.filter((r) => r !== room)].join('|') || '-'})/`,
    },
  })),
)
module.exports = {
  forbidden: [
    ...upwards,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-dev-dependency-in-src',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: {
        dependencyTypes: ['npm-dev'],
        pathNot: `node_modules/(${builtIn.join('|')}|@types/[^/]+|undici-types)/`,
      },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '\\.(test|d)\\.ts$' },
      to: {},
    },
    {
      name: 'product-never-imports-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '\\.test\\.ts$|^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node'] },
  },
}
