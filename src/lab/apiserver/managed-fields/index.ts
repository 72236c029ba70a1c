/** Who owns which field of an object, and server-side apply. */
export { applyConfiguration, beforeFirstApply, type ApplyOutcome } from './apply.ts'
export { applyConflict } from './conflicts.ts'
export { undeclaredFields } from './custom-types.ts'
export { customRootOf, rootOf, type Typed } from './descend.ts'
export { ItemKeyError } from './list-items.ts'
export { managersOf, readManagers, setManagers, type Manager, type ManagerId } from './managers.ts'
export { managersAfterUpdate, unmanaged } from './update.ts'
export { zeroObject } from './zero-objects.ts'
