/**
 * Takes secrets out of what is shown. Of an API key its last five digits stay, as with the Agent, so that people can tell
 * which one it is; of everything else nothing. Source: pkg/util/scrubber/default.go
 */

const HIDDEN = '********'

/** Keys whose text is a secret, whatever it looks like. */
const SECRET_KEY =
  /api_?key|app_?key|application_key|pass(wd|word|phrase|_?code)?$|password|secret|token|credential|community_string|authorization|private_?key|client_key/i
/** Keys that only say where a secret is, or whether one is used. */
const PLACE_KEY = /(_path|_file|_url|_auth|^ssl_private_key|^tls_private_key|^kubelet_client_key)$/i

const TEXT_RULES: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/-----BEGIN [^-]+-----[\s\S]*?(-----END [^-]+-----|$)/g, HIDDEN],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, HIDDEN],
  [/\b(Bearer|Basic)\s+[^\s"',]+/gi, `$1 ${HIDDEN}`],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):[^\s/?#]*@/gi, `$1:${HIDDEN}@`],
  [/([?&][\w-]*(?:key|token|password|secret)=)[^&\s]+/gi, `$1${HIDDEN}`],
  [/\b[a-f0-9]{27}([a-f0-9]{5})\b/gi, `${'*'.repeat(27)}$1`],
  [/\b[a-f0-9]{35}([a-f0-9]{5})\b/gi, `${'*'.repeat(35)}$1`],
]

/** A text without what looks like a secret. */
export function scrubText(text: string): string {
  return TEXT_RULES.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text)
}

/** A value of YAML or JSON without secrets; `key` is what it stands under. */
export function scrub(value: unknown, key = ''): unknown {
  const isSecret = SECRET_KEY.test(key) && !PLACE_KEY.test(key)
  if (typeof value === 'string') {
    const scrubbed = scrubText(value)
    return isSecret && scrubbed === value && value !== '' ? HIDDEN : scrubbed
  }
  if (typeof value === 'number' && isSecret) return HIDDEN
  if (Array.isArray(value)) return value.map((item) => scrub(item, key))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, scrub(member, isSecret ? key : name)]),
  )
}
