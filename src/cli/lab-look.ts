import { join } from 'node:path'
import { PROJECT_FOLDER } from '../core/index.ts'
import {
  readFacts,
  readOwner,
  readLabStatus,
  stateDir,
  takeDown,
  type DownReport,
} from '../lab/index.ts'
import { quote } from './quote.ts'

interface Flags {
  readonly stateDir?: string
  readonly json?: true
}

/** `sublet lab status` */
export async function status(flags: Flags): Promise<void> {
  const dir = stateDir(flags.stateDir)
  const found = await readLabStatus(dir, readFacts(dir))
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`)
    return
  }
  const memory =
    found.memoryBytes === null ? 'unknown' : `${Math.round(found.memoryBytes / 1024 / 1024)} MiB`
  const lines = [
    `lab         ${dir.root}, process ${found.pid}, since ${found.startedAt}`,
    ...found.nodes.map(
      (node) =>
        `node        ${node.name} (${node.address}), kubelet ${node.kubelet}` +
        (node.ready ? '' : ', NOT READY'),
    ),
    `host API    ${found.hostApi}`,
    ...found.vclusters.map((v) => `vcluster    ${v.name} in ${v.hostNamespace}, ${v.api}`),
    `runtime     ${found.runtime} (${found.runtimeWhy}), readings from ${found.accounting}`,
    ...found.nodes.map((node) => `docker      ${node.dockerHost}  (${node.name})`),
    `processes   ${found.processes}, ${memory} of memory (proportional set size)`,
    '',
    ...found.pods.map(
      (pod) =>
        `${pod.ready ? 'ready    ' : 'not ready'}  ${pod.namespace}/${pod.name}` +
        (pod.restarts === 0 ? '' : `  (${pod.restarts} restarts)`),
    ),
    ...found.emptied.map(
      (name) =>
        `\nvcluster ${name} was started again and is empty: it keeps its state in memory. Start afresh: sublet lab down, then up.`,
    ),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  const isWhole = [...found.nodes, ...found.pods].every(({ ready }) => ready)
  if (found.emptied.length > 0 || !isWhole) process.exitCode = 1
}

/** The stand-ins for minikube, vcluster and helm, and this program itself. */
export const STAND_IN_FOLDER: string = join(PROJECT_FOLDER, 'bin/stand-ins')

/** `sublet lab env`: the lab need not run yet, for `minikube start` may be what starts it. */
export async function env(flags: Flags): Promise<void> {
  const { assertStandIns, labEnvironment } = await import('../lab/tools/index.ts')
  const dir = stateDir(flags.stateDir)
  assertStandIns(STAND_IN_FOLDER)
  const variables = labEnvironment(dir)
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`)
  process.stdout.write(`${lines.join('\n')}\nexport PATH=${quote(STAND_IN_FOLDER)}:"$PATH"\n`)
  const owner = readOwner(dir)
  if (owner?.alive === true) return
  const ended = owner === undefined ? 'No lab runs' : 'The lab has died'
  process.stderr.write(
    `${ended} in ${dir.root}: start one with \`minikube start\` or \`sublet lab up\`.\n`,
  )
}

/** `sublet lab down` */
export async function down(flags: Flags): Promise<void> {
  const dir = stateDir(flags.stateDir)
  const report = await takeDown(dir)
  process.stdout.write(
    flags.json ? `${JSON.stringify(report)}\n` : `${sentenceOf(report, dir.root)}\n`,
  )
}

function sentenceOf(report: DownReport, root: string): string {
  if (report.found === 'nothing') return `No lab in ${root}: nothing to do.`
  const leftovers = report.killed === 0 ? '' : ` ${report.killed} leftover processes were ended.`
  return report.found === 'crashed'
    ? `The lab in ${root} had crashed; its remains are removed.${leftovers}`
    : `The lab in ${root} is stopped and removed.${leftovers}`
}
