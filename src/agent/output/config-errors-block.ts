/** Why a check does not run: its files are wrong. */
export type ConfigErrors = readonly { readonly check: string; readonly fault: string }[]

/** By check, as the Agent has them: one text each. */
export function configErrorsOf(errors: ConfigErrors): Readonly<Record<string, string>> {
  const texts = new Map<string, string>()
  for (const { check, fault } of errors) {
    const before = texts.get(check)
    texts.set(check, before === undefined ? fault : `${before}\n${fault}`)
  }
  return Object.fromEntries(texts)
}

/** The part of the collector's status after the running checks; nothing without errors. Source: collector.tmpl */
export function configErrorsBlock(errors: ConfigErrors): string {
  const parts = Object.entries(configErrorsOf(errors)).map(([check, text]) =>
    [
      `    ${check}`,
      `    ${'-'.repeat(check.length)}`,
      ...text.split('\n').map((line) => `      ${line}`),
      '',
    ].join('\n'),
  )
  return parts.length === 0
    ? ''
    : ['', '  Config Errors', '  ==============', ...parts, ''].join('\n')
}
