import { inspect } from 'node:util'

const HIDDEN = '[secret]'

/** A value that cannot be printed by accident: templates, JSON, logs and `inspect` show `[secret]`. */
export interface Secret {
  /** The value itself. Easy to search for, so that each use can be reviewed. */
  reveal(): string
  toString(): string
  toJSON(): string
}

/** Wraps a token, password or key. */
export function secret(value: string): Secret {
  const wrapped = {
    reveal: () => value,
    toString: () => HIDDEN,
    toJSON: () => HIDDEN,
    [inspect.custom]: () => HIDDEN,
  }
  return wrapped
}
