import { readFileSync } from 'node:fs'

/** The name of a block device by `major:minor`, from /proc/diskstats; the numbers themselves when it is not there. */
export function createDeviceNames(
  path = '/proc/diskstats',
): (major: number, minor: number) => string {
  let names: Map<string, string> | undefined
  const read = (): Map<string, string> => {
    const found = new Map<string, string>()
    try {
      for (const line of readFileSync(path, 'utf8').split('\n')) {
        const [major, minor, name] = line.trim().split(/\s+/)
        if (major && minor && name) found.set(`${major}:${minor}`, name)
      }
    } catch {
      // Elsewhere than on Linux devices keep their numbers.
    }
    return found
  }
  return (major, minor) => {
    names ??= read()
    const key = `${major}:${minor}`
    return names.get(key) ?? key
  }
}
