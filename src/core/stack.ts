/** Things that were opened one after the other, closed in the opposite order. Closing twice is harmless. */
export interface Stack extends AsyncDisposable {
  use<T extends AsyncDisposable>(opened: T): T
  defer(close: () => Promise<void> | void): void
}

/** Node 20 has no AsyncDisposableStack; this is the part of it that Sublet needs. Every close runs; the first error is thrown. */
export function createStack(): Stack {
  const closers: (() => Promise<void> | void)[] = []
  return {
    use(opened) {
      closers.push(async () => opened[Symbol.asyncDispose]())
      return opened
    },
    defer(close) {
      closers.push(close)
    },
    async [Symbol.asyncDispose]() {
      const errors: unknown[] = []
      for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
        try {
          await close()
        } catch (error) {
          errors.push(error)
        }
      }
      if (errors.length > 0) throw errors[0]
    },
  }
}
