import { execFile } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { promisify } from 'node:util'
import { readKernelFile } from '../kernel-file.ts'
import { familyOf, readProcessTable } from '../process-table.ts'
import type { ContainerInfo } from '../types.ts'
import { Refusal } from './answers.ts'
import { needRunning } from './find-container.ts'

const run = promisify(execFile)
const MAX_PS_BYTES = 16 * 1024 * 1024

/** `GET /containers/{id}/top`: what the machine's `ps` says, of the container's processes only, as Docker does it. */
export async function topAnswer(container: ContainerInfo, psArgs: string): Promise<object> {
  needRunning(container)
  const args = psArgs.split(/\s+/).filter((word) => word !== '')
  let table: string
  try {
    const options = { timeout: 10_000, maxBuffer: MAX_PS_BYTES, env: { PATH: process.env['PATH'] } }
    table = (await run('ps', args, options)).stdout
  } catch (error) {
    const said = (error as { stderr?: string }).stderr ?? ''
    const why = said.trim().split('\n')[0] || String(error)
    throw new Refusal(500, why.startsWith('ps') ? why : `ps: ${why}`)
  }
  return pickProcesses(table, pidsOf(container))
}

/** The rows of a `ps` table that have one of these pids. Docker cuts rows at white space; the last column keeps its own. */
export function pickProcesses(
  table: string,
  pids: ReadonlySet<number>,
): { readonly Processes: readonly string[][]; readonly Titles: readonly string[] } {
  const [head = '', ...rows] = table.split('\n')
  const titles = head.trim().split(/\s+/)
  const column = titles.indexOf('PID')
  if (column < 0) throw new Refusal(500, "Couldn't find PID field in ps output")
  const processes = rows
    .map((row) => cut(row, titles.length))
    .filter((fields) => pids.has(Number(fields[column] ?? NaN)))
  return { Processes: processes, Titles: titles }
}

function cut(row: string, columns: number): string[] {
  const fields = row.trim().split(/\s+/)
  if (fields.length <= columns) return fields
  return [...fields.slice(0, columns - 1), fields.slice(columns - 1).join(' ')]
}

/**
 * A container's processes, commands that run in it included. Those of namespaces of its own are in these (in the pid namespace
 * its pod's others may be too); a child process's are its descendants and who else has its root directory in the environment.
 */
export function pidsOf({ pid, rootDir, sandbox }: ContainerInfo): ReadonlySet<number> {
  if (pid === undefined) return new Set()
  const table = readProcessTable()
  const isShared = (sandbox.processes ?? 'container') !== 'container'
  const kinds = isShared ? (['pid', 'mnt'] as const) : (['pid'] as const)
  const spacesOf = (one: number): string => kinds.map((kind) => namespaceOf(one, kind)).join(' ')
  const spaces = spacesOf(pid)
  if (namespaceOf(pid, 'pid') !== '' && spaces !== spacesOf(process.pid)) {
    return new Set(table.map((stat) => stat.pid).filter((each) => spacesOf(each) === spaces))
  }
  const mark = `SUBLET_CONTAINER_ROOT=${rootDir}`
  const marked = table
    .map((stat) => stat.pid)
    .filter((each) => environmentOf(each).includes(mark) && each !== process.pid)
  return new Set(familyOf([pid, ...marked], table).map((stat) => stat.pid))
}

const environmentOf = (pid: number): readonly string[] =>
  (readKernelFile(`/proc/${pid}/environ`) ?? '').split('\0')

/** Empty for what has ended, or may not be looked at. */
function namespaceOf(pid: number, kind: 'pid' | 'mnt'): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`)
  } catch {
    return ''
  }
}
