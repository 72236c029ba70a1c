import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readProcess } from './process-table.ts'

/**
 * One small shell for the whole lab. Its stdin is a pipe that only the lab process holds: when the lab ends, even by
 * SIGKILL, the shell reads the end of it, kills what is still recorded and removes the lab's cgroups. It never kills a pid
 * that another process has by now (the start time differs).
 */
const SCRIPT = `
trap '' HUP INT TERM
records=$1; shift
while read -r _; do :; done
started() { set -f; set -- \${1##*") "}; set +f; started=\${20}; }
for record in "$records"/*; do
  read -r pid start _ <"$record" || continue
  read -r stat <"/proc/$pid/stat" || continue
  started "$stat"
  [ "$started" = "$start" ] || continue
  kill -KILL "-$pid"
  kill -KILL "$pid"
done 2>/dev/null
for try in 1 2 3 4 5 6 7 8 9 10; do
  left=
  for parent; do
    [ -d "$parent" ] || continue
    left=1
    find "$parent" -name cgroup.procs | while read -r procs; do
      while read -r pid; do kill -KILL "$pid"; done <"$procs"
    done
    find "$parent" -depth -type d -exec rmdir {} ';'
  done 2>/dev/null
  [ -n "$left" ] || break
  sleep 0.1
done
`

export interface Guardian {
  /** Notes a process and its group, so that it can be found when the lab process has died. */
  record(pid: number, containerId: string): void
  forget(pid: number): void
  /** Lets the guardian go; resolves when it has ended. */
  close(): Promise<void>
}

/** Where the records of running processes lie: one file per process, named by its pid: `<pid> <start time> <container>`. */
export function recordsDir(rootDir: string): string {
  return join(rootDir, 'processes')
}

/** Where the guardian's own pid and start time are noted, for whoever cleans up after a crash. */
export function guardianFile(rootDir: string): string {
  return join(rootDir, 'guardian')
}

/** Starts the guardian of a lab. `parents`: the lab's own cgroup directories, noted in `<rootDir>/cgroups`. */
export function startGuardian(rootDir: string, parents: readonly string[]): Guardian {
  const dir = recordsDir(rootDir)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(rootDir, 'cgroups'), parents.map((parent) => `${parent}\n`).join(''))
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'sublet-guardian', dir, ...parents], {
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  if (shell.pid !== undefined) {
    writeFileSync(guardianFile(rootDir), `${shell.pid} ${readProcess(shell.pid)?.startTime ?? ''}`)
  }
  const ended = new Promise<void>((resolve) => {
    shell.once('exit', () => resolve())
    shell.once('error', () => resolve())
  })
  shell.stdin.on('error', () => undefined)
  return {
    record(pid, containerId) {
      const startTime = readProcess(pid)?.startTime
      if (startTime !== undefined) {
        writeFileSync(join(dir, String(pid)), `${pid} ${startTime} ${containerId}\n`)
      }
    },
    forget: (pid) => rmSync(join(dir, String(pid)), { force: true }),
    async close() {
      shell.stdin.end()
      await ended
      await rm(guardianFile(rootDir), { force: true })
    },
  }
}
