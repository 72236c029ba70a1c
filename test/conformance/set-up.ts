import type { TestProject } from 'vitest/node'
import { createStack, type Stack } from '../../src/core/index.ts'
import { NAMESPACES, createKubeClient, isNotFound, loadKubeconfig } from '../../src/kube/index.ts'
import buildOnce from '../build.ts'
import { startLabTarget } from './lab-target.ts'
import { startRealTarget } from './real-target.ts'
import { runPod } from './target.ts'
import type { TargetFacts } from './target-facts.ts'
import { HOST_POD, createNamespace, pod, startTenantWorkload } from './tenant-workload.ts'

const ONLY_THE_LAB = `
  ******************************************************************************
  *  ONLY THE LAB: nothing is tried against a real cluster.                    *
  *  SUBLET_CONFORMANCE_ENV=FILE names one; CONTRIBUTING.md says what is in it. *
  ******************************************************************************
`

/** Builds the program, starts the targets and what runs in them; all of it ends with the suite. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await buildOnce()
  const stack = createStack()
  try {
    const envFile = process.env['SUBLET_CONFORMANCE_ENV'] || undefined
    const targets = await Promise.all([
      startLabTarget(stack),
      ...(envFile === undefined ? [] : [startRealTarget(envFile, stack)]),
    ])
    await Promise.all(targets.map((target) => startWorkload(target, stack)))
    project.provide('targets', targets)
    for (const { name, apiUrl } of targets) console.log(`conformance: target ${name}, ${apiUrl}`)
    if (envFile === undefined) console.warn(ONLY_THE_LAB)
  } catch (error) {
    await stack[Symbol.asyncDispose]()
    throw error
  }
  return async () => stack[Symbol.asyncDispose]()
}

async function startWorkload(target: TargetFacts, stack: Stack): Promise<void> {
  const { options } = await loadKubeconfig(target.kubeconfig)
  await using admin = createKubeClient(options)
  await createNamespace(admin, HOST_POD.namespace)
  stack.defer(() => removeHostPod(target))
  await Promise.all([
    runPod(admin, pod(HOST_POD.namespace, HOST_POD.name)),
    ...target.vclusters.map(async ({ name, kubeconfig }) => {
      await using virtual = createKubeClient((await loadKubeconfig(kubeconfig)).options)
      await startTenantWorkload(virtual, name)
    }),
  ])
}

async function removeHostPod(target: TargetFacts): Promise<void> {
  await using admin = createKubeClient((await loadKubeconfig(target.kubeconfig)).options)
  await admin.delete(NAMESPACES, { name: HOST_POD.namespace }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
  })
}
