import type { AgentConfig } from '../config.ts'
import { messageOf } from '../go-errors.ts'
import { nodeProxyBase } from '../kubelet/api-server-detour.ts'
import { kubeletAsker, kubeletPlaces, type KubeletReply } from './ask-kubelet.ts'
import {
  pass,
  skipped,
  trouble,
  type Diagnosis,
  type DiagnoseRun,
  type Suite,
} from './diagnosis.ts'
import { credentialSources, type CredentialSource } from './kubelet-sources.ts'
import { tokenFacts } from './token-facts.ts'

/** What tells who may read: every kubelet has it, and none gives it to strangers. */
const PROTECTED = '/stats/summary'
const ENDPOINTS = ['/healthz?verbose', '/pods', '/metrics/cadvisor', '/metrics', '/metrics/probes']

/** The node's kubelet: where it is, which way of proving who asks it takes, and what it gives to the agent. */
export const KUBELET_SUITE: Suite = {
  name: 'connectivity-kubelet',
  about: "the node's kubelet: its address, each source of credentials, each endpoint",
  async diagnose(run) {
    const address = await findAddress(run)
    if (address.base === undefined) return address.found
    const tried = await tryCredentials(run, address.base)
    const found = [...address.found, ...tried.found]
    return tried.works ? [...found, ...(await tryEndpoints(run, address.base))] : found
  },
}

interface Address {
  /** The first that answers; undefined: none. */
  readonly base: string | undefined
  readonly found: readonly Diagnosis[]
}

const ADDRESS_HINT =
  'Set DD_KUBERNETES_KUBELET_HOST to the address of the node (the chart: status.hostIP). If it is a matter of the certificate: DD_KUBELET_CLIENT_CA names its authority, DD_KUBELET_TLS_VERIFY=false takes any.'

/** As the agent looks for it: any answer is one, also a refusal. */
async function findAddress({ loaded: { config }, signal, now }: DiagnoseRun): Promise<Address> {
  const name = 'Address'
  const failed: string[] = []
  try {
    using asker = kubeletAsker(config, now)
    for (const { base } of await kubeletPlaces(config)) {
      const reply = await asker.get(`${base}/spec`, signal)
      if (reply.status === undefined) {
        failed.push(reply.error)
        continue
      }
      const plain = base.startsWith('http:') && config.kubelet.httpsPort > 0
      const text = `${base} answers (${reply.status} to GET /spec)`
      if (!plain) return { base, found: [pass(name, text)] }
      const more = { remediation: ADDRESS_HINT, rawError: failed.join('; ') }
      const warning = `${text}; HTTPS does not work, and without it no token is sent`
      return { base, found: [trouble('WARNING', name, warning, more)] }
    }
  } catch (error) {
    signal.throwIfAborted()
    failed.push(messageOf(error))
  }
  const where =
    config.kubelet.host === ''
      ? 'DD_KUBERNETES_KUBELET_HOST is not set'
      : `host: ${config.kubelet.host}`
  const rawError = failed.length === 0 ? 'there is no address to try' : failed.join('; ')
  const text = `No kubelet answers (${where})`
  return {
    base: undefined,
    found: [trouble('FAIL', name, text, { remediation: ADDRESS_HINT, rawError })],
  }
}

interface Tried {
  readonly source: CredentialSource
  readonly reply: KubeletReply
}

/** Every source alone, in the order of preference; what is in use and does not work is a failure. */
async function tryCredentials(
  run: DiagnoseRun,
  base: string,
): Promise<{ readonly works: boolean; readonly found: readonly Diagnosis[] }> {
  const { config } = run.loaded
  const tried: Tried[] = []
  const missing: Diagnosis[] = []
  for (const source of credentialSources(config, run.env)) {
    if (source.missing !== undefined && !source.isUsed) {
      missing.push(skipped(source.name, `Not tried: ${source.missing}`))
    } else tried.push({ source, reply: await tryAlone(run, source, base) })
  }
  const works = tried.some(({ source, reply }) => source.isUsed && reply.status === 200)
  const found = tried.map((one) => diagnoseSource(one, works, config))
  return { works, found: [...found, ...missing] }
}

async function tryAlone(
  { loaded: { config }, signal, now }: DiagnoseRun,
  { alone }: CredentialSource,
  base: string,
): Promise<KubeletReply> {
  const own = { ...config, kubelet: { ...config.kubelet, ...alone } }
  try {
    const at = own.kubelet.nodeProxy ? nodeProxyBase(own) : base
    using asker = kubeletAsker(own, now)
    return await asker.get(at + PROTECTED, signal)
  } catch (error) {
    signal.throwIfAborted()
    return { error: messageOf(error) }
  }
}

function diagnoseSource({ source, reply }: Tried, works: boolean, config: AgentConfig): Diagnosis {
  const { name, isUsed } = source
  const use = isUsed ? 'in use' : 'not in use'
  if (reply.status === 200) {
    const text = `The kubelet gives ${PROTECTED} to it (${use})`
    if (isUsed || works) return pass(name, text)
    return { ...pass(name, text), remediation: `It would work. ${source.howToUse}` }
  }
  const facts = source.tokenPath === undefined ? '' : `. ${tokenFacts(config, source.tokenPath)}`
  const text = `${replyText(reply)} (${use})${facts}`
  // The agent does without it: nothing to mend. That strangers are refused is as it should be.
  if (!isUsed && (works || source.isStranger)) return skipped(name, text)
  const rawError = reply.error ?? `${reply.status}: ${reply.body}`
  const remediation = isUsed ? remedyFor(reply) : undefined
  const more = { rawError, ...(remediation === undefined ? {} : { remediation }) }
  return trouble(isUsed && !works ? 'FAIL' : 'WARNING', name, text, more)
}

function replyText({ status }: KubeletReply): string {
  if (status === undefined) return `${PROTECTED} could not be asked for`
  if (status === 401)
    return `401: the kubelet, and the API server that it asks, do not know who this is`
  if (status === 403)
    return `403: the kubelet knows who this is, and does not allow it ${PROTECTED}`
  return `The kubelet answers ${status} to ${PROTECTED}`
}

function remedyFor({ status }: KubeletReply): string {
  if (status === 401) {
    return "In a virtual cluster the node's kubelet asks the host's API server, which knows none of the virtual cluster's tokens: ask the gateway instead (`sublet manifests gateway`), or mount a token of the host apart from the agent's own and name it in DD_KUBELET_AUTH_TOKEN_PATH (`sublet manifests token-path`). `sublet doctor` tells which case this is."
  }
  if (status === 403) {
    return 'Give this user get on nodes/stats and nodes/metrics (the ClusterRole of the chart) in the cluster that the kubelet asks; a kubelet remembers a refusal for half a minute.'
  }
  return 'Look at the error: a file that cannot be read, a certificate that is not trusted, or a kubelet that is busy.'
}

/** What else the kubelet check reads, as the agent asks for it. */
async function tryEndpoints(
  { loaded: { config }, signal, now }: DiagnoseRun,
  base: string,
): Promise<readonly Diagnosis[]> {
  using asker = kubeletAsker(config, now)
  const found: Diagnosis[] = []
  for (const path of ENDPOINTS) {
    const reply = await asker.get(base + path, signal)
    const name = `Endpoint ${path}`
    if (reply.status === 200) found.push(pass(name, `${base}${path} answers`))
    else if (reply.status === 404) {
      found.push(trouble('WARNING', name, `${base}${path} is not there: its metrics are missing`))
    } else {
      const rawError = reply.error ?? `${reply.status}: ${reply.body}`
      const remediation =
        reply.status === 403
          ? 'Give this user get on nodes/metrics, nodes/pods, nodes/healthz, or on nodes/proxy where the kubelet has no finer rights.'
          : 'Look at the error; the check itself goes on without this endpoint.'
      found.push(trouble('FAIL', name, `${base}${path} gives nothing`, { remediation, rawError }))
    }
  }
  return found
}
