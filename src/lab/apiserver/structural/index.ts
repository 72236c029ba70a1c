/** What a CustomResourceDefinition's structural schema does with its objects: pruning, defaults, validation. */
export { setSchemaDefaults } from './defaults.ts'
export { pruneUnknown } from './prune.ts'
export { schemaFaults } from './validate.ts'
