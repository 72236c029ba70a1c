/**
 * One error class, one catalogue. The code is for programs, the message for the case at hand, the hint for people.
 * An expected refusal (a denied token, a foreign pod) is a result, not an error.
 */

export interface ErrorKind {
  /** What the reader can do next, as a sentence. */
  readonly hint: string
  /** Exit code of a command that ends with this error: 1 found a problem, 2 wrong usage. */
  readonly exit: 1 | 2
}

export type ErrorCode =
  | 'E_USAGE'
  | 'E_CONFIG'
  | 'E_INPUT'
  | 'E_PLATFORM'
  | 'E_PORT_IN_USE'
  | 'E_NO_PERMISSION'
  | 'E_LAB_RUNNING'
  | 'E_LAB_NOT_RUNNING'
  | 'E_LAB_STALE'
  | 'E_LAB_START'
  | 'E_CHILD_DIED'
  | 'E_TIMEOUT'
  | 'E_HTTP'
  | 'E_TOO_LARGE'
  | 'E_KUBE_STATUS'
  | 'E_KUBELET_SHAPE'
  | 'E_RUNTIME'

/** Every code that Sublet can end with. docs/errors.md has a section for each; a test holds the two together. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorKind>> = {
  E_USAGE: { exit: 2, hint: 'See `sublet --help` or `sublet COMMAND --help`.' },
  E_CONFIG: { exit: 2, hint: 'Correct the named keys; docs/gateway.md lists all of them.' },
  E_INPUT: { exit: 2, hint: 'Check the named file or stream.' },
  E_PLATFORM: { exit: 1, hint: 'Run the lab on Linux.' },
  E_PORT_IN_USE: {
    exit: 1,
    hint: 'Stop the other program, or choose another address or port.',
  },
  E_NO_PERMISSION: { exit: 1, hint: 'Choose a folder that you may write to (--state-dir).' },
  E_LAB_RUNNING: {
    exit: 1,
    hint: 'Use that lab, stop it with `sublet lab down`, or start another one with --state-dir.',
  },
  E_LAB_NOT_RUNNING: { exit: 1, hint: 'Start one with `sublet lab up`.' },
  E_LAB_STALE: { exit: 1, hint: 'Clean up with `sublet lab down`, then run `sublet lab up`.' },
  E_LAB_START: { exit: 1, hint: 'The lab log, named above, says more.' },
  E_CHILD_DIED: { exit: 1, hint: 'The log of that container, named above, says why.' },
  E_TIMEOUT: { exit: 1, hint: 'Look at what it waited for, then try again.' },
  E_HTTP: { exit: 1, hint: 'Check the address, the port and the certificate.' },
  E_TOO_LARGE: {
    exit: 1,
    hint: 'The answer is larger than the limit; see the limits in the docs.',
  },
  E_KUBE_STATUS: { exit: 1, hint: 'The API server refused; its reason is in the message.' },
  E_KUBELET_SHAPE: { exit: 1, hint: 'The answer is not what a kubelet sends; check the address.' },
  E_RUNTIME: { exit: 1, hint: 'The container log says more.' },
}

/** An error that a person will read: `code` for programs, `message` what and why, `hint` what to do next. */
export class SubletError extends Error {
  readonly code: ErrorCode
  readonly hint: string

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'SubletError'
    this.code = code
    this.hint = options.hint ?? ERRORS[code].hint
  }

  get exitCode(): 1 | 2 {
    return ERRORS[this.code].exit
  }
}

/** The text of anything that was thrown, with Node's own error codes kept. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(describeError).join('; ')
  }
  if (error instanceof Error) {
    const cause = error.cause instanceof Error ? `: ${describeError(error.cause)}` : ''
    return error.message + cause
  }
  return String(error)
}

/** Node's own code of a system error (`EADDRINUSE`, `EACCES`, …), if it is one. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
