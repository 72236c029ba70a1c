/**
 * How many bytes of an answer are about somebody else's pods. Works on the smallest unit that stands for one thing: a
 * line of a text answer, an element of a JSON answer's list.
 */
export function foreignBytes(body: string, marks: readonly string[]): number {
  if (marks.length === 0) return 0
  const found = markFinder(marks)
  return units(body).reduce((sum, unit) => (found(unit) ? sum + Buffer.byteLength(unit) : sum), 0)
}

/** One regular expression over all marks: names, uids and ids hold nothing that needs more than escaping. */
function markFinder(marks: readonly string[]): (text: string) => boolean {
  const escaped = [...new Set(marks)].map((mark) =>
    mark.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`),
  )
  const pattern = new RegExp(escaped.join('|'))
  return (text) => pattern.test(text)
}

function units(body: string): string[] {
  if (!/^\s*[[{]/.test(body)) return body.split('\n')
  try {
    const parsed = JSON.parse(body) as unknown
    const lists = Array.isArray(parsed)
      ? [parsed]
      : Object.values(parsed as Record<string, unknown>)
    return lists.flatMap((value) =>
      Array.isArray(value) ? value.map((item) => JSON.stringify(item)) : [JSON.stringify(value)],
    )
  } catch {
    return body.split('\n')
  }
}
