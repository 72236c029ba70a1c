import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { SubletError } from '../../core/index.ts'
import { takeDown } from '../down.ts'
import { readFacts, readOwner, type StateDir } from '../state.ts'
import { labEnvironment } from '../tools/index.ts'
import { openBashSession, type BashSession } from './bash-session.ts'
import { createInstallFinder, type InstallFinder } from './installs.ts'
import { replaceNodeAddresses, type ReplacedAddress } from './node-addresses.ts'
import { readRunbook, type RunbookBlock } from './read-runbook.ts'
import { splitCommands, type ShellCommand } from './split-commands.ts'

export interface ReplayOptions {
  readonly markdown: string
  readonly dir: StateDir
  /** `bin/stand-ins` */
  readonly standIns: string
  /** The first step that is run; files of earlier ones are written all the same. 1 is all of it. */
  readonly from: number
  /** For one command, in milliseconds. */
  readonly timeoutMs: number
  /** Leave the working folder, and a lab that the runbook has started. */
  readonly keep: boolean
  /** More variables for its shell. */
  readonly env?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  readonly listen: (event: ReplayEvent) => void
}

export type ReplayEvent =
  | { readonly kind: 'step'; readonly step: StepInfo; readonly steps: number }
  | { readonly kind: 'command'; readonly text: string }
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'result'; readonly result: CommandResult }
  | { readonly kind: 'note'; readonly text: string }

export interface StepInfo {
  /** 1 is the first. */
  readonly number: number
  readonly heading: string
  readonly line: number
  /** The file that it writes; undefined: it runs commands. */
  readonly file?: string
}

export interface CommandResult {
  /** As it was run: with the lab's addresses. */
  readonly command: string
  /** In the Markdown file. */
  readonly line: number
  readonly status: 'ok' | 'failed' | 'skipped'
  readonly exitCode: number | null
  readonly seconds: number
  readonly output: string
  readonly replaced: readonly ReplacedAddress[]
  /** Why it was skipped, or what is to be said of its failure. */
  readonly why?: string
}

export interface StepResult extends StepInfo {
  readonly status: 'ok' | 'failed' | 'not-run'
  readonly commands: readonly CommandResult[]
}

export interface ReplayReport {
  readonly ok: boolean
  readonly seconds: number
  readonly steps: readonly StepResult[]
  /** Where its files are, when they were kept. */
  readonly folder: string | null
}

type Step = StepInfo & {
  readonly block: RunbookBlock
  readonly commands: readonly ShellCommand[]
}

/**
 * Runs a runbook: every command in one bash, in order, until one fails. Throws E_INPUT when there is nothing to run or a
 * block is no shell, before anything is run. When it ends, however it ends, nothing of it runs any more: the background
 * processes of the shell are ended, and a lab that came up meanwhile is taken down (unless `keep`).
 */
export async function replay(options: ReplayOptions): Promise<ReplayReport> {
  const { dir, keep } = options
  const steps = await planSteps(options.markdown)
  if (options.from > steps.length)
    throw new SubletError(
      'E_USAGE',
      `the runbook has ${steps.length} steps, none is ${options.from}`,
    )
  const begin = performance.now()
  const hadLab = readOwner(dir)?.alive === true
  const scratch = mkdtempSync(join(tmpdir(), 'sublet-replay-'))
  const folder = join(scratch, 'work')
  mkdirSync(folder)
  try {
    const results = await runSteps(steps, folder, scratch, options)
    return {
      ok: results.every(({ status }) => status !== 'failed'),
      seconds: secondsSince(begin),
      steps: results,
      folder: keep ? folder : null,
    }
  } finally {
    if (!keep) {
      rmSync(scratch, { recursive: true, force: true })
      if (!hadLab) await takeDown(dir)
    }
  }
}

async function planSteps(markdown: string): Promise<Step[]> {
  const blocks = readRunbook(markdown)
  if (!blocks.some(({ kind }) => kind === 'commands')) {
    throw new SubletError('E_INPUT', 'the runbook has no bash block', {
      hint: 'Commands are in fenced blocks that begin with ```bash.',
    })
  }
  return Promise.all(
    blocks.map(async (block, at) => {
      const { heading, line, content } = block
      const isFile = block.kind === 'file'
      return {
        number: at + 1,
        heading,
        line,
        ...(isFile ? { file: block.path } : {}),
        block,
        commands: isFile ? [] : await splitCommands(content, line),
      }
    }),
  )
}

async function runSteps(
  steps: readonly Step[],
  folder: string,
  scratch: string,
  options: ReplayOptions,
): Promise<StepResult[]> {
  const env = {
    ...process.env,
    ...labEnvironment(options.dir),
    ...options.env,
    PATH: `${options.standIns}:${process.env['PATH'] ?? ''}`,
  }
  const installs = createInstallFinder()
  const results: StepResult[] = []
  let ended = false
  await using session = openBashSession({ folder, scratch, env })
  for (const step of steps) {
    const { block } = step
    const info = infoOf(step)
    if (ended || (step.number < options.from && block.kind === 'commands')) {
      results.push({ ...info, status: 'not-run', commands: [] })
      continue
    }
    options.listen({ kind: 'step', step: info, steps: steps.length })
    if (block.kind === 'file') writeBlock(folder, block.path, block.content)
    const done = await runCommands(step, { session, installs, options })
    const failed = done.results.some(({ status }) => status === 'failed')
    ended = failed || done.ended
    results.push({ ...info, status: failed ? 'failed' : 'ok', commands: done.results })
  }
  return results
}

const infoOf = ({ number, heading, line, file }: Step): StepInfo => ({
  number,
  heading,
  line,
  ...(file === undefined ? {} : { file }),
})

function writeBlock(folder: string, path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), `${content}\n`)
}

interface Running {
  readonly session: BashSession
  readonly installs: InstallFinder
  readonly options: ReplayOptions
}

async function runCommands(
  step: Step,
  running: Running,
): Promise<{ results: CommandResult[]; ended: boolean }> {
  const results: CommandResult[] = []
  for (const command of step.commands) {
    const { result, ended } = await runCommand(command, step.line + command.line - 1, running)
    running.options.listen({ kind: 'result', result })
    results.push(result)
    if (ended) return { results, ended: true }
  }
  return { results, ended: false }
}

async function runCommand(
  { text }: ShellCommand,
  line: number,
  { session, installs, options }: Running,
): Promise<{ result: CommandResult; ended: boolean }> {
  const { listen, timeoutMs, signal } = options
  const skipped = installs.find(text)
  if (skipped !== undefined) {
    listen({ kind: 'command', text })
    const nothing = { exitCode: null, seconds: 0, output: '', replaced: [] }
    const result = { command: text, line, status: 'skipped', why: skipped, ...nothing } as const
    return { result, ended: false }
  }
  const { text: command, replaced } = adapt(text, options.dir)
  listen({ kind: 'command', text: command })
  for (const { from, to } of replaced)
    listen({ kind: 'note', text: `${from} is ${to} in the lab: replaced` })
  const begin = performance.now()
  const end = await session.run(command, {
    timeoutMs,
    signal,
    onOutput: (output) => listen({ kind: 'output', text: output }),
  })
  const failed = end.shellEnded && end.exitCode !== 0
  const why = end.timedOut
    ? `it did not end within ${timeoutMs / 1000} s (--timeout)`
    : end.shellEnded && !failed
      ? 'the shell has ended here'
      : undefined
  return {
    result: {
      command,
      line,
      status: failed ? 'failed' : 'ok',
      exitCode: end.exitCode,
      seconds: secondsSince(begin),
      output: end.output,
      replaced,
      ...(why === undefined ? {} : { why }),
    },
    ended: end.shellEnded,
  }
}

/** The addresses are those of the lab that runs at that moment; without one there is nothing to put in their place. */
function adapt(text: string, dir: StateDir): ReturnType<typeof replaceNodeAddresses> {
  try {
    return replaceNodeAddresses(text, readFacts(dir).nodeAddress)
  } catch (error) {
    if (error instanceof SubletError) return { text, replaced: [] }
    throw error
  }
}

const secondsSince = (begin: number): number => Math.round(performance.now() - begin) / 1000
