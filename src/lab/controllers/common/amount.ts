/** A number, or a percentage of all, rounded up or down (intstr.GetScaledValueFromIntOrPercent). */
export function amountOf(value: number | string, all: number, round: 'up' | 'down'): number {
  const percent = /^(\d+)%$/.exec(String(value))?.[1]
  if (percent === undefined) return Math.max(0, Math.trunc(Number(value)) || 0)
  const exact = (Number(percent) * all) / 100
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact)
}

/** How many more and how many fewer pods than wished there may be during a rolling update; never both none. */
export function fenceposts(
  surge: number | string,
  unavailable: number | string,
  wished: number,
): { readonly surge: number; readonly unavailable: number } {
  const more = amountOf(surge, wished, 'up')
  const fewer = amountOf(unavailable, wished, 'down')
  return { surge: more, unavailable: Math.min(wished, more === 0 && fewer === 0 ? 1 : fewer) }
}
