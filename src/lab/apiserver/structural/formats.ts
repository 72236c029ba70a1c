import { isIPv4, isIPv6 } from 'node:net'

const RFC3339 =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/
const DURATION = /^[+-]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h)\s*)+$/

const matches =
  (pattern: RegExp) =>
  (text: string): boolean =>
    pattern.test(text)

/** The formats of text that a kube-apiserver looks at (kube-openapi/pkg/validation/strfmt); others say nothing. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': matches(RFC3339),
  date: matches(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/),
  duration: matches(DURATION),
  byte: matches(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
  uuid: matches(/^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i),
  email: matches(/^[^\s@]+@[^\s@]+$/),
  hostname: matches(
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?)*$/i,
  ),
  mac: matches(/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr(text) {
    const [address = '', bits = '', ...more] = text.split('/')
    const most = isIPv4(address) ? 32 : isIPv6(address) ? 128 : -1
    return more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most
  },
  uri: (text) => URL.canParse(text),
}

/** Whether a text has a format. */
export function hasFormat(text: string, format: unknown): boolean {
  const test =
    typeof format === 'string' && Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined
  return test === undefined || test(text)
}
