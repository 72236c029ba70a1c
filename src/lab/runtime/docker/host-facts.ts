import { arch, availableParallelism, release, totalmem, version } from 'node:os'
import { readKernelFile } from '../kernel-file.ts'

/** What Docker tells about the machine. */
export const hostFacts: () => {
  readonly cpus: number
  readonly memoryBytes: number
  readonly kernel: string
  readonly build: string
  readonly architecture: string
  readonly goArchitecture: string
} = () => ({
  cpus: availableParallelism(),
  memoryBytes: totalmem(),
  kernel: release(),
  build: version(),
  architecture: arch() === 'x64' ? 'x86_64' : arch() === 'arm64' ? 'aarch64' : arch(),
  goArchitecture: arch() === 'x64' ? 'amd64' : arch(),
})

/** Nanoseconds that all CPUs together have counted, busy or idle: the first line of /proc/stat, in ticks of 10 ms. */
export function systemCpuNanoseconds(): number {
  const line = (readKernelFile('/proc/stat') ?? '').split('\n', 1)[0] ?? ''
  const ticks = line.trim().split(/\s+/).slice(1, 8).map(Number)
  return ticks.reduce((sum, value) => sum + value, 0) * 10_000_000
}
