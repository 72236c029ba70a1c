import { describeError } from '../../../core/index.ts'
import type { ProcessStreams, StreamOptions } from '../../runtime/types.ts'
import type { CommandStreams } from './command-streams.ts'

/** What is run: `open` starts the command, or attaches to what runs already. */
export interface RemoteCommand {
  readonly argv: readonly string[]
  readonly stdin: boolean
  readonly stdout: boolean
  readonly stderr: boolean
  readonly tty: boolean
  open(options: StreamOptions): Promise<ProcessStreams>
}

/** Runs a command for a client until it ends or the client has gone. */
export function runCommand(command: RemoteCommand, client: CommandStreams): void {
  let process: ProcessStreams | undefined
  let isGone = false
  /** What came before the command had started. */
  const early: (() => void)[] = []
  const withProcess = (act: (running: ProcessStreams) => void): void => {
    if (process) act(process)
    else early.push(() => process && act(process))
  }
  client.listen({
    input: (chunk) =>
      withProcess(({ stdin }) => {
        if (stdin?.writable !== true || stdin.write(chunk)) return
        client.holdBack(true)
        stdin.once('drain', () => client.holdBack(false))
      }),
    // On a terminal end-of-file is a character; closing the pipe would end the terminal.
    inputEnded: () => withProcess(({ stdin }) => (command.tty ? undefined : void stdin?.end())),
    resized: (columns, rows) => withProcess((running) => running.resize(columns, rows)),
    drained: () => process?.holdBack(false),
    closed() {
      isGone = true
      process?.leave()
    },
  })
  const { stdin, tty, argv } = command
  void command
    .open({
      stdin,
      tty,
      onOutput(stream, chunk) {
        if (!command[stream]) return
        if (!client.send(stream, chunk)) process?.holdBack(true)
      },
    })
    .then(
      async (running) => {
        process = running
        if (isGone) running.leave()
        for (const act of early.splice(0)) act()
        client.finish({ kind: 'exited', exitCode: await running.ended, argv })
      },
      (error: unknown) => client.finish({ kind: 'failed', message: describeError(error) }),
    )
}
