import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { ConnectionOptions } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { onCore } from './gateway-rig.ts'

/** An API server in a process of its own. */
export interface ApiServerRig extends AsyncDisposable {
  /** How to connect to it as its administrator. */
  readonly api: ConnectionOptions
  /** How to connect to Node's own server in the same process. */
  readonly bare: ConnectionOptions
  /** CPU time of the process since it started, in milliseconds. */
  cpu(): number
  /** Memory after a collection of garbage, in MiB: objects of JavaScript, and all that is resident. */
  memory(): Promise<{ readonly heap: number; readonly resident: number }>
}

/** What getconf CLK_TCK says on every Linux that Node runs on. */
const MS_PER_TICK = 10
const MIB = 2 ** 20

export async function startApiServerRig(): Promise<ApiServerRig> {
  const script = fileURLToPath(new URL('apiserver-child.js', import.meta.url))
  // For a profile: BENCH_NODE_FLAGS='--cpu-prof --cpu-prof-dir=/tmp/profiles'
  const flags = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '')
  const program = [process.execPath, '--expose-gc', ...flags, script]
  const [command = process.execPath, ...args]: readonly string[] = [...onCore(0), ...program]
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  const nextLine = async (): Promise<string> => String((await once(lines, 'line'))[0])
  type Facts = Record<'ca' | 'cert' | 'key', string> & Record<'port' | 'barePort', number>
  const { port, barePort, ca, cert, key } = JSON.parse(await nextLine()) as Facts
  return {
    api: { host: '127.0.0.1', port, ca, cert, key },
    bare: { host: '127.0.0.1', port: barePort, ca },
    cpu() {
      const text = readFileSync(`/proc/${child.pid ?? 0}/stat`, 'utf8')
      // After the name in brackets: state is field 3, utime 14, stime 15.
      const fields = text.split(') ')[1]?.split(' ') ?? []
      return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK
    },
    async memory() {
      const answer = nextLine()
      child.stdin.write('\n')
      const { heapUsed, external, rss } = JSON.parse(await answer) as NodeJS.MemoryUsage
      return { heap: (heapUsed + external) / MIB, resident: rss / MIB }
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}
