/**
 * Stands in for the Datadog Cluster Agent in the lab: `start`, `status`, `health`, `version`. What it says is so: it asks
 * the API server that its pod is given, takes part in the election of a leader, and serves no checks because there are none.
 */
import { SubletError, describeError, readVersion } from '../../../../core/index.ts'
import { withProcessSignal } from '../../../process-signal.ts'
import { askClusterAgent } from './ask.ts'
import { runClusterAgent } from './run.ts'
import { readSettings } from './settings.ts'
import { healthText, statusText } from './status-text.ts'

const USAGE = `Usage: datadog-cluster-agent COMMAND [--json]

The lab's stand-in for the Datadog Cluster Agent.

Commands:
  start     run until stopped: leader election, metadata, health, status
  status    leader election, cluster checks, metadata and what the API server listed last
  health    the components, and which are not well (then the exit code is 1)
  version   the version

Example: kubectl exec -n datadog deploy/datadog-agent-cluster-agent -- cluster-agent status
`

/** What the one that runs says of itself; 1 when it is not well, 255 when none answers. */
async function tell(
  command: 'status' | 'health',
  isJson: boolean,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const state = await askClusterAgent(readSettings(env)).catch((error: unknown) => {
    process.stderr.write(
      `Error: could not reach the Cluster Agent: ${describeError(error)}. Make sure that it runs in this container (\`datadog-cluster-agent start\`).\n`,
    )
  })
  if (!state) return 255
  const text = command === 'status' ? statusText(state, readVersion()) : healthText(state)
  process.stdout.write(isJson ? JSON.stringify(state, null, 2) + '\n' : text)
  const isWell = state.components.every(({ why }) => why === undefined)
  return command === 'health' && !isWell ? 1 : 0
}

async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [command = 'start', ...flags] = argv.filter((word) => word !== '--no-color')
  switch (command) {
    case 'start':
    case 'run':
      await withProcessSignal(env, (signal) => runClusterAgent(env, signal))
      return 0
    case 'status':
    case 'health':
      return tell(command, flags.includes('--json') || flags.includes('-j'), env)
    case 'version':
      process.stdout.write(
        `Cluster Agent ${readVersion()} - Meta: sublet - Node.js version: ${process.version}\n`,
      )
      return 0
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(USAGE)
      return 0
    default:
      process.stderr.write(`Error: unknown command ${JSON.stringify(command)}\n${USAGE}`)
      return 255
  }
}

process.stdout.on('error', () => process.exit())
try {
  process.exitCode = await main(process.argv.slice(2), process.env)
} catch (error) {
  const hint = error instanceof SubletError ? ` ${error.hint}` : ''
  process.stderr.write(`Error: ${describeError(error)}${hint}\n`)
  process.exitCode = 255
}
// Sockets of clients that never close would keep the process.
if (['start', 'run', undefined].includes(process.argv[2])) process.exit()
