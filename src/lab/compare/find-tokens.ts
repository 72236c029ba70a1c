import { readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'

const MAX_DEPTH = 8
const MAX_FILE_BYTES = 64 * 1024

/** The key ids of all tokens in the files that are mounted into this container. The tokens themselves go nowhere. */
export function keyIdsInFiles(env: NodeJS.ProcessEnv): string[] {
  return tokensInFiles(env['SUBLET_CONTAINER_ROOT'] ?? '/var/run/secrets').map(keyIdOf)
}

/** Of a container with a root of its own: what is not its pod's. */
const NO_MOUNTS = [
  '/bin',
  '/dev',
  '/lib',
  '/lib64',
  '/opt/sublet',
  '/proc',
  '/sbin',
  '/sys',
  '/usr',
]

const JWT = /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g

/** Small files only; sockets and the like are skipped. */
function tokensInFiles(root: string): string[] {
  const seen = new Set<string>()
  const tokens: string[] = []
  const visit = (dir: string, depth: number): void => {
    const real = realpathSync(dir)
    if (depth > MAX_DEPTH || seen.has(real)) return
    seen.add(real)
    for (const name of readdirSync(dir)) {
      const path = join(dir, name)
      if (NO_MOUNTS.includes(path)) continue
      const stat = statSync(path, { throwIfNoEntry: false })
      if (stat?.isDirectory() === true) visit(path, depth + 1)
      else if (stat?.isFile() === true && stat.size < MAX_FILE_BYTES) {
        tokens.push(...(readFileSync(path, 'utf8').match(JWT) ?? []))
      }
    }
  }
  visit(root, 0)
  return tokens
}

function keyIdOf(token: string): string {
  try {
    const header = JSON.parse(
      Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8'),
    ) as { kid?: string }
    return header.kid ?? ''
  } catch {
    return ''
  }
}
