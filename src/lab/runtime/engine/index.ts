/** Containers of a real Docker Engine, behind the same interface as the lab's own. */
export { createEngineRuntime, type EngineRuntimeOptions } from './engine-runtime.ts'
export { engineSocket } from './find-engine.ts'
export { sweepEngine } from './sweep-engine.ts'
