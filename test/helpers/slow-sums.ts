/** Sums of decimal texts by counting billionths of a billionth, to hold the exact ones against. */
export function slowSum(texts: readonly string[]): bigint {
  return texts.reduce((total, text) => total + atto(text), 0n)
}

/** In 10^-18. */
export function atto(text: string): bigint {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const shift = 18 + Number(exponent) - fraction.length
  return BigInt(whole + fraction) * 10n ** BigInt(shift)
}
