/** The floor: errors, time, secrets, logs, waiting, bounded reads. Imports nothing of Sublet. */
export { ERRORS, SubletError, describeError, systemCode, type ErrorCode } from './errors.ts'
export { systemClock, manualClock, rfc3339, type Clock } from './clock.ts'
export { secret, type Secret } from './secret.ts'
export { sleep, waitFor } from './wait.ts'
export { createLogger, type Logger, type LogLevel } from './log.ts'
export { readAll } from './bytes.ts'
export { containerPath } from './container-path.ts'
export { listen, type ListenTarget } from './listen.ts'
