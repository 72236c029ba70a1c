import { randomInt } from 'node:crypto'

/** No vowels and no look-alikes, so that no words come out. Source: apimachinery/util/rand. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'
const SUFFIX_LENGTH = 5
const MAX_NAME = 63

/** `count` random characters for a name. */
export function randomSuffix(count: number = SUFFIX_LENGTH): string {
  return Array.from({ length: count }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

/** A name for `metadata.generateName`: the prefix, cut to 58 characters, and five random ones. */
export function generateName(prefix: string): string {
  return prefix.slice(0, MAX_NAME - SUFFIX_LENGTH) + randomSuffix()
}

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/
/** A DNS-1123 label: namespaces, containers, ports. At most 63 characters. */
export function isDnsLabel(name: string): boolean {
  return name.length <= MAX_NAME && LABEL.test(name)
}

/** A DNS-1123 subdomain: most objects. At most 253 characters. */
export function isDnsSubdomain(name: string): boolean {
  return name.length <= 253 && name.split('.').every((part) => LABEL.test(part))
}

/** Why a name cannot be an object's, in the API server's words; undefined: it can. */
export function dnsSubdomainFault(name: string): string | undefined {
  if (name.length > 253) return 'must be no more than 253 bytes'
  if (isDnsSubdomain(name)) return undefined
  return (
    'a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, ' +
    "'-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', " +
    "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
  )
}

/** The same for a label. */
export function dnsLabelFault(name: string): string | undefined {
  if (name.length > MAX_NAME) return 'must be no more than 63 bytes'
  if (isDnsLabel(name)) return undefined
  return (
    'a lowercase RFC 1123 label must consist of lower case alphanumeric characters or ' +
    "'-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', " +
    "regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
  )
}
