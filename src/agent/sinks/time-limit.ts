/** Waits for `work`, but no longer than this; what becomes of it is not this function's. Never rejects. */
export async function timeLimit(work: Promise<unknown> | undefined, ms: number): Promise<void> {
  if (work === undefined) return
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work.catch(() => undefined), over])
  clearTimeout(timer)
}
