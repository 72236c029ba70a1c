import { readFileSync } from 'node:fs'
import { spawn, spawnSync } from 'node:child_process'
import { inject } from 'vitest'
import { createStack, secret, waitFor, type Secret } from '../../src/core/index.ts'
import {
  CLUSTERROLEBINDINGS,
  CLUSTERROLES,
  NAMESPACES,
  PODS,
  SERVICEACCOUNTS,
  createKubeClient,
  isPodReady,
  loadKubeconfig,
  randomSuffix,
  type KubeClient,
  type Pod,
  type PolicyRule,
  type TokenRequest,
} from '../../src/kube/index.ts'
import { ask, type AskOptions, type Reply } from './ask.ts'
import type { TargetFacts } from './target-facts.ts'

/**
 * A cluster that cases are tried on: the lab, or a real one. A case asserts the same of both, through what a user of
 * any cluster has: its API server, its kubelet, kubectl. Where the two must differ, the case says so and why.
 */
export interface Target extends AsyncDisposable {
  readonly facts: TargetFacts
  readonly caPem: string
  readonly admin: KubeClient
  /** A request to the API server, as nobody unless a token is given. */
  api(path: string, options?: Partial<AskOptions>): Promise<Reply>
  /** A request to the kubelet, as nobody unless a token is given. */
  kubelet(path: string, options?: Partial<AskOptions>): Promise<Reply>
  /** The real kubectl as the administrator; throws what it printed when it fails. */
  kubectl(argv: readonly string[], stdin?: string): Promise<string>
  /** A new namespace, deleted with the target; gives its name. */
  namespace(): Promise<string>
  /** A new ServiceAccount that may do this in the whole cluster, and a token of it. */
  account(namespace: string, rules?: readonly PolicyRule[]): Promise<Account>
  /** Creates the pod and waits until it is ready. */
  runPod(pod: Pod): Promise<Pod>
}

export interface Account {
  readonly namespace: string
  readonly name: string
  readonly username: string
  readonly token: Secret
}

/** What the set-up found: the lab always, the real cluster when SUBLET_CONFORMANCE_ENV names its file. */
export const targets = (): readonly TargetFacts[] => inject('targets')

/** Opens a target for one test file; disposing it deletes what the file had made there. */
export async function openTarget(facts: TargetFacts): Promise<Target> {
  const stack = createStack()
  const { options } = await loadKubeconfig(facts.kubeconfig)
  const admin = stack.use(createKubeClient(options))
  const ca = readFileSync(facts.caFile, 'utf8')
  const target: Target = {
    facts,
    caPem: ca,
    admin,
    api: (path, more) => ask(facts.apiUrl + path, { ca, ...more }),
    kubelet: (path, more) => ask(facts.kubeletUrl + path, { ca, ...more }),
    kubectl: (argv, stdin) => run('kubectl', ['--kubeconfig', facts.kubeconfig, ...argv], stdin),
    async namespace() {
      const name = `conformance-${randomSuffix()}`
      await admin.create(NAMESPACES, { metadata: { name } })
      stack.defer(() => admin.delete(NAMESPACES, { name }))
      // A pod needs its namespace's ServiceAccount, which a controller makes.
      const key = { namespace: name, name: 'default' }
      await waitFor(
        `the ServiceAccount of ${name}`,
        () => admin.get(SERVICEACCOUNTS, key).catch(() => undefined),
        { timeoutMs: 10_000 },
      )
      return name
    },
    async account(namespace, rules = []) {
      const account = await createAccount(admin, namespace, rules)
      const { name } = account
      if (rules.length > 0) {
        stack.defer(() => admin.delete(CLUSTERROLEBINDINGS, { name }))
        stack.defer(() => admin.delete(CLUSTERROLES, { name }))
      }
      return account
    },
    runPod: (pod) => runPod(admin, pod),
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  }
  return target
}

/** A new ServiceAccount that may do this in the whole cluster, and a token of it, good for an hour. */
export async function createAccount(
  admin: KubeClient,
  namespace: string,
  rules: readonly PolicyRule[] = [],
): Promise<Account> {
  const name = `account-${randomSuffix()}`
  await admin.create(SERVICEACCOUNTS, { metadata: { name, namespace } })
  if (rules.length > 0) {
    await admin.create(CLUSTERROLES, { metadata: { name }, rules })
    await admin.create(CLUSTERROLEBINDINGS, {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    })
  }
  const username = `system:serviceaccount:${namespace}:${name}`
  const token = await requestToken(admin, { namespace, name })
  return { namespace, name, username, token }
}

/** Another token of an account. */
export async function requestToken(
  admin: KubeClient,
  { namespace, name }: Pick<Account, 'namespace' | 'name'>,
  spec: TokenRequest['spec'] = {},
): Promise<Secret> {
  const made = await admin.create<TokenRequest>(
    SERVICEACCOUNTS,
    { metadata: { name, namespace }, spec: { expirationSeconds: 3600, ...spec } },
    { namespace, name, subresource: 'token' },
  )
  return secret(made.status?.token ?? '')
}

/** Creates the pod and waits until it is ready. */
export async function runPod(client: KubeClient, pod: Pod): Promise<Pod> {
  const { namespace, name = '' } = (await client.create<Pod>(PODS, pod)).metadata
  let seen = 'nothing'
  return waitFor(
    `pod ${namespace ?? ''}/${name} to be ready`,
    async () => {
      const found = await client.get<Pod>(PODS, { namespace, name })
      seen = JSON.stringify(found.status)
      return isPodReady(found) ? found : undefined
    },
    { timeoutMs: 60_000, intervalMs: 100, last: () => seen },
  )
}

/**
 * A container that every target can run: the real rig has no other image and cannot pull, and no pod network (so pods of
 * it need `hostNetwork: true`).
 */
export function shell(name: string, script: string): Pod['spec']['containers'][number] {
  return {
    name,
    image: 'busybox:latest',
    imagePullPolicy: 'IfNotPresent',
    command: ['sh', '-c', script],
  }
}

/** Whether a program can be run here; suites of those that cannot skip themselves, visibly. */
export const isInstalled = (program: string, ...argv: readonly string[]): boolean =>
  spawnSync(program, argv.length === 0 ? ['--version'] : argv).status === 0

/** Runs a program to its end; gives what it printed. Throws what it complained about when it fails. */
export function run(program: string, argv: readonly string[], stdin = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { timeout: 60_000 })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(stdout)
      else
        reject(new Error(`${program} ${argv.join(' ')}: ${code ?? 'killed'}\n${stderr}${stdout}`))
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin)
  })
}
