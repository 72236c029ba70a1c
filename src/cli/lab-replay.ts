import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { SubletError } from '../core/index.ts'
import { readOwner, stateDir, type RuntimeWish } from '../lab/index.ts'
import type { CommandResult, ReplayEvent, ReplayReport } from '../lab/replay/index.ts'
import { STAND_IN_FOLDER } from './lab-look.ts'
import { RUNTIME_VARIABLE } from './runtime-wish.ts'
import { withSignals } from './signals.ts'

export interface ReplayFlags {
  readonly stateDir?: string
  readonly from: string
  readonly timeout: string
  readonly keep?: true
  readonly runtime?: RuntimeWish
  readonly json?: true
}

const MAX_BYTES = 4 * 1024 * 1024

/** `sublet lab replay FILE.md` */
export async function replayRunbook(file: string, flags: ReplayFlags): Promise<void> {
  const markdown = textOf(file)
  const dir = stateDir(flags.stateDir)
  const from = wholeNumber('--from', flags.from)
  const timeoutMs = wholeNumber('--timeout', flags.timeout) * 1000
  const { assertStandIns } = await import('../lab/tools/index.ts')
  const { replay } = await import('../lab/replay/index.ts')
  assertStandIns(STAND_IN_FOLDER)
  if (readOwner(dir)?.alive === true)
    process.stderr.write(`A lab runs in ${dir.root}: the runbook works on it.\n`)
  const printer = createPrinter(flags.json === true)
  try {
    const report = await withSignals((signal) =>
      replay({
        markdown,
        dir,
        standIns: STAND_IN_FOLDER,
        from,
        timeoutMs,
        keep: flags.keep === true,
        env: flags.runtime === undefined ? {} : { [RUNTIME_VARIABLE]: flags.runtime },
        signal,
        listen: printer.listen,
      }),
    )
    printer.close()
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ file, ...report }, null, 2)}\n`
        : `\n${summaryOf(basename(file), report)}\n`,
    )
    if (!report.ok) process.exitCode = 1
  } finally {
    printer.close()
  }
}

function textOf(file: string): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    throw new SubletError('E_INPUT', `the runbook ${file} cannot be read`, { cause })
  }
  if (bytes.length > MAX_BYTES)
    throw new SubletError('E_INPUT', `${file} is too long for a runbook`)
  return bytes.toString('utf8')
}

function wholeNumber(flag: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new SubletError(
    'E_USAGE',
    `${flag} must be a whole number from 1, not ${JSON.stringify(text)}`,
  )
}

function summaryOf(name: string, { ok, seconds, steps, folder }: ReplayReport): string {
  const commands = steps.flatMap((step) => step.commands)
  const count = (status: CommandResult['status']): number =>
    commands.filter((command) => command.status === status).length
  const skipped = count('skipped') === 0 ? '' : `, ${count('skipped')} skipped`
  const done = count('ok')
  const counts = `${done} ${done === 1 ? 'command' : 'commands'}${skipped} in ${seconds.toFixed(1)} s`
  const kept = folder === null ? '' : `\nIts files are in ${folder}`
  if (ok) return `✓ ${name}: ${steps.length} steps, ${counts}${kept}`
  const failed = commands.find(({ status }) => status === 'failed')
  return `✗ ${name}: stopped at line ${failed?.line ?? '?'} after ${counts}${kept}\n  ${failed?.command.split('\n')[0] ?? ''}\n  exit code ${failed?.exitCode ?? '?'}${failed?.why === undefined ? '' : `: ${failed.why}`}`
}

/** Shows events as they come on standard output; for JSON only the steps, on the standard error of a terminal. */
function createPrinter(isJson: boolean): {
  readonly listen: (event: ReplayEvent) => void
  close(): void
} {
  const clock = createClock()
  const out = isJson ? process.stderr : process.stdout
  const isShown = !isJson || process.stderr.isTTY
  return {
    listen(event) {
      clock.clear()
      if (isShown && (!isJson || event.kind === 'step')) out.write(linesOf(event))
      if (event.kind === 'command') clock.start()
      if (event.kind === 'result') clock.stop()
    },
    close: () => clock.stop(),
  }
}

function linesOf(event: ReplayEvent): string {
  switch (event.kind) {
    case 'step': {
      const { number, heading, line, file } = event.step
      const what = file === undefined ? '' : `: writes ${file}`
      return `\n── ${number}/${event.steps}  ${heading || 'Beginning'} (line ${line})${what}\n`
    }
    case 'command':
      return `$ ${event.text.replaceAll('\n', '\n> ')}\n`
    case 'output':
      return event.text.replaceAll(/^(?=.)/gm, '  ') + (event.text.endsWith('\n') ? '' : '\n')
    case 'note':
      return `~ ${event.text}\n`
    case 'result':
      return `${resultOf(event.result)}\n`
  }
}

function resultOf({ status, seconds, exitCode, why }: CommandResult): string {
  const more = why === undefined ? '' : `: ${why}`
  if (status === 'skipped') return `- skipped${more}`
  const time = `${seconds.toFixed(1)} s`
  if (status === 'failed') return `✗ exit code ${exitCode ?? '?'} after ${time}${more}`
  return `✓ ${time}${exitCode === 0 ? '' : `, exit code ${exitCode ?? '?'} goes on`}${more}`
}

/** Counts the seconds of a command that is under way, where somebody watches. */
function createClock(): { start(): void; clear(): void; stop(): void } {
  const { stderr } = process
  let timer: NodeJS.Timeout | undefined
  let isDrawn = false
  const clear = (): void => {
    if (isDrawn) stderr.write('\r\u001b[2K')
    isDrawn = false
  }
  return {
    clear,
    start() {
      if (!stderr.isTTY) return
      const begin = Date.now()
      timer = setInterval(() => {
        stderr.write(`\r\u001b[2K… ${Math.round((Date.now() - begin) / 1000)} s`)
        isDrawn = true
      }, 1000)
      timer.unref()
    },
    stop() {
      clearInterval(timer)
      clear()
    },
  }
}
