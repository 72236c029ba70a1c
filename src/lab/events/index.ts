/** Events: what controllers, the scheduler and the kubelet tell about an object, as `kubectl describe` shows it. */
export { createEventRecorder, type EventRecorder, type RecorderOptions } from './recorder.ts'
export { referenceOf, type EventReference } from './reference.ts'
