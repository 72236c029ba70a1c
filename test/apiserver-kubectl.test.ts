import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../src/core/index.ts'
import { NODES, SERVICEACCOUNTS, isNotFound } from '../src/kube/index.ts'
import { startCluster, type TestCluster } from './helpers/cluster.ts'

const installed = spawnSync('kubectl', ['version', '--client'], { timeout: 20_000 }).status === 0

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

describe.skipIf(!installed)(
  `the real kubectl${installed ? '' : ' (not installed: skipped)'}`,
  () => {
    let cluster: TestCluster
    let directory: string
    beforeAll(async () => {
      const controllers = [
        'serviceaccount',
        'namespace',
        'daemonset',
        'scheduler',
        'garbage-collector',
      ] as const
      cluster = await startCluster({ controllers })
      directory = await mkdtemp(join(tmpdir(), 'sublet-kubectl-'))
      await writeFile(join(directory, 'config'), await cluster.api.kubeconfig(), { mode: 0o600 })
      await cluster.admin.create(NODES, { metadata: { name: 'n1' } })
    })
    afterAll(async () => {
      await cluster[Symbol.asyncDispose]()
      await rm(directory, { recursive: true })
    })

    const environment = (): NodeJS.ProcessEnv => ({
      PATH: process.env['PATH'],
      HOME: directory,
      KUBECONFIG: join(directory, 'config'),
      KUBE_EDITOR: join(directory, 'edit'),
    })
    const run = (line: string, input = ''): Promise<Outcome> =>
      new Promise((resolve) => {
        const options = { env: environment(), timeout: 20_000 }
        const child = execFile('kubectl', line.split(' '), options, (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : 1, stdout, stderr })
        })
        child.stdin?.end(input)
      })
    const ok = async (line: string, input?: string): Promise<string> => {
      const { code, stdout, stderr } = await run(line, input)
      if (code !== 0) throw new Error(`kubectl ${line}: ${stderr}`)
      return stdout.trim()
    }
    const namespace = async (name: string): Promise<string> => {
      await ok(`create namespace ${name}`)
      await waitFor(
        `the default account of ${name}`,
        () =>
          cluster.admin
            .get(SERVICEACCOUNTS, { namespace: name, name: 'default' })
            .catch((error: unknown) => {
              if (isNotFound(error)) return undefined
              throw error
            }),
        { timeoutMs: 5_000, intervalMs: 10 },
      )
      return name
    }

    test('sees a cluster', async () => {
      expect(await ok('version')).toContain('Server Version: v1.36.2')
      expect(await ok('get ns')).toContain('kube-system')
      expect(await ok('api-resources -o name')).toContain('daemonsets.apps')
      expect(await ok('get --raw /readyz')).toBe('ok')
      expect(await ok('auth whoami -o json')).toContain('"kubernetes-admin"')
      expect(await ok('auth can-i delete nodes')).toBe('yes')
      expect(await run('auth can-i delete nodes --as=jane')).toMatchObject({
        code: 1,
        stdout: 'no\n',
      })
      expect(await run('get pods nothing')).toMatchObject({
        stderr: 'Error from server (NotFound): pods "nothing" not found\n',
      })
      expect(await ok('get pods')).toBe('')
    })

    test('creates, reads, changes and deletes', async () => {
      const ns = await namespace('crud')
      await ok(`-n ${ns} create configmap c --from-literal=a=b`)
      await ok(`-n ${ns} create secret generic s --from-literal=user=me`)
      await ok(`-n ${ns} create serviceaccount agent`)
      await ok(`-n ${ns} create role reader --verb=get,list --resource=pods`)
      await ok(`-n ${ns} create rolebinding reader --role=reader --serviceaccount=${ns}:agent`)
      expect(await ok(`-n ${ns} get secret s -o jsonpath={.data.user}`)).toBe('bWU=')
      expect(await ok(`auth can-i list pods -n ${ns} --as=system:serviceaccount:${ns}:agent`)).toBe(
        'yes',
      )
      expect(await ok(`-n ${ns} create token agent`)).toMatch(/^ey[\w-]+\.[\w-]+\.[\w-]+$/)
      await ok(`-n ${ns} label configmap c app=x`)
      await ok(`-n ${ns} annotate configmap c why=test`)
      await ok(`-n ${ns} patch configmap c --type=merge -p {"data":{"more":"1"}}`)
      expect(await ok(`-n ${ns} get configmap -l app=x -o name`)).toBe('configmap/c')
      expect(await ok(`-n ${ns} get configmap -l app!=x -o name`)).toBe(
        'configmap/kube-root-ca.crt',
      )
      const yaml = await ok(`-n ${ns} get configmap c -o yaml`)
      expect(yaml).toContain('more: "1"')
      await ok(`-n ${ns} delete configmap c`)
      expect((await run(`-n ${ns} get configmap c`)).code).toBe(1)
      expect((await run('create configmap c -n nowhere')).stderr).toContain(
        'namespaces "nowhere" not found',
      )
      await ok(`delete namespace ${ns}`)
      expect((await run(`get namespace ${ns}`)).stderr).toContain('NotFound')
    })

    test('creates what a file describes, with validation left to the server', async () => {
      const ns = await namespace('files')
      const file = (image: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: ${ns}, labels: { app: web } }
spec: { containers: [{ name: c, image: "${image}" }] }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent, namespace: ${ns} }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec: { containers: [{ name: c, image: x }] }
`
      expect(await ok('create --dry-run=server -o name -f -', file('a'))).toContain('pod/web')
      expect(await ok('create -f -', file('a'))).toBe(
        'pod/web created\ndaemonset.apps/agent created',
      )
      const selected = `-n ${ns} get pods --field-selector spec.nodeName=n1`
      await waitFor(
        'both pods to be scheduled',
        async () => ((await ok(`${selected} -o name`)).split('\n').length === 2 ? true : undefined),
        { timeoutMs: 10_000 },
      )
      const web = await ok(`-n ${ns} get pod web -o json`)
      expect(await ok('replace -f -', web.replace('"image": "a"', '"image": "b"'))).toBe(
        'pod/web replaced',
      )
      expect(await ok(`-n ${ns} get pod web -o jsonpath={.spec.containers[0].image}`)).toBe('b')
      expect(await ok(`-n ${ns} delete pod web --force --grace-period=0`)).toContain('web')
      const json = JSON.parse(await ok(`-n ${ns} get ds -o json`)) as { items: { kind: string }[] }
      expect(json.items.map(({ kind }) => kind)).toEqual(['DaemonSet'])
      expect(await ok(`-n ${ns} delete daemonset agent`)).toContain('deleted')
      expect(
        (
          await run(
            'create -f -',
            '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{}}',
          )
        ).stderr,
      ).toContain('The Pod "p" is invalid: spec.containers: Required value')
    })

    const configMap = (ns: string, data: string): string =>
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"${ns}"},"data":${data}}`

    test('applies, from the client and on the server', async () => {
      const ns = await namespace('applying')
      const data = `-n ${ns} get configmap c -o jsonpath={.data}`
      await ok('apply -f -', configMap(ns, '{"a":"1","b":"1"}'))
      expect(await ok('apply -f -', configMap(ns, '{"a":"1","b":"1"}'))).toContain('unchanged')
      await ok('apply -f -', configMap(ns, '{"a":"2"}'))
      expect(await ok(data)).toBe('{"a":"2"}')
      expect(await ok(`-n ${ns} apply view-last-applied configmap c -o json`)).toContain('"a": "2"')
      expect((await run('diff -f -', configMap(ns, '{"a":"3"}'))).stdout).toContain('+  a: "3"')

      await ok(`-n ${ns} patch configmap c --type=merge -p {"data":{"a":"4"}}`)
      const apply = 'apply --server-side --field-manager=me -f -'
      const refused = await run(apply, configMap(ns, '{"a":"5","c":"1"}'))
      expect(refused.stderr).toContain(
        'Apply failed with 1 conflict: conflict with "kubectl-patch" using v1: .data.a',
      )
      await ok(`${apply} --force-conflicts`, configMap(ns, '{"a":"5","c":"1"}'))
      await ok(apply, configMap(ns, '{"a":"5"}'))
      expect(await ok(data)).toBe('{"a":"5"}')
    })

    test('patches and edits', async () => {
      const ns = await namespace('patching')
      const pod = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"${ns}"},"spec":{"containers":[{"name":"c","image":"a"},{"name":"d","image":"a"}]}}`
      await ok('create -f -', pod)
      const images = `-n ${ns} get pod p -o jsonpath={.spec.containers[*].image}`
      await ok(`-n ${ns} patch pod p -p {"spec":{"containers":[{"name":"d","image":"b"}]}}`)
      expect(await ok(images)).toBe('a b')
      await ok(`-n ${ns} set image pod/p c=c`)
      expect(await ok(images)).toBe('c b')
      await writeFile(join(directory, 'edit'), '#!/bin/sh\nsed -i "s/image: c$/image: e/" "$1"\n', {
        mode: 0o700,
      })
      await ok(`-n ${ns} edit pod p`)
      expect(await ok(images)).toBe('e b')
      const wrong = await run(`-n ${ns} patch pod p -p {"spec":{"hostname":1}}`)
      expect(wrong.stderr).toContain('cannot convert int64 to string')
      const typo = await run(
        'create -f -',
        pod.replace('"containers"', '"contianers":[],"containers"'),
      )
      expect(typo.stderr).toContain('strict decoding error: unknown field "spec.contianers"')
      const warned = await run(
        'create --validate=warn --dry-run=server -f -',
        pod.replace('"name":"p"', '"name":"q"').replace('"spec"', '"spek":1,"spec"'),
      )
      expect(warned).toMatchObject({ code: 0, stderr: 'Warning: unknown field "spek"\n' })
      await ok('create -f -', configMap(ns, '{"a":"1"}'))
      expect(await ok('replace --force -f -', configMap(ns, '{"a":"2"}'))).toContain('replaced')
      expect(await ok(`-n ${ns} get configmap c -o jsonpath={.data.a}`)).toBe('2')
    })

    test('shows what is there in the columns of a real cluster', async () => {
      const ns = await namespace('shown')
      const kc = `-n ${ns}`
      expect(
        await ok(`${kc} create deployment web --image=nginx:1.25 --replicas=2 --port=80`),
      ).toBe('deployment.apps/web created')
      await ok(`${kc} create job once --image=busybox`)
      await ok(`${kc} expose deployment web --port=80`)
      const rows = async (line: string): Promise<string[][]> =>
        (await ok(line)).split('\n').map((row) => row.trim().split(/\s{2,}/))
      expect(await rows(`${kc} get deployment -o wide`)).toEqual([
        ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR'],
        ['web', '0/2', '0', '0', expect.stringMatching(/^\d+s$/), 'nginx', 'nginx:1.25', 'app=web'],
      ])
      expect((await rows(`${kc} get job`))[1]?.slice(0, 3)).toEqual(['once', 'Running', '0/1'])
      expect(await ok(`${kc} get all -o name`)).toBe(
        'service/web\ndeployment.apps/web\njob.batch/once',
      )
      const [header, row] = await rows('get nodes')
      expect(header).toEqual(['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION'])
      expect(row?.slice(0, 3)).toEqual(['n1', 'Unknown', '<none>'])
      expect(await ok(`${kc} scale deployment web --replicas=3`)).toBe('deployment.apps/web scaled')
      expect(await ok(`${kc} get deployment web -o jsonpath={.spec.replicas}`)).toBe('3')
      expect((await run(`${kc} get pods --field-selector no=1`)).stderr).toContain(
        'field label not supported: no',
      )
    })

    test('explains types and lists rights', async () => {
      const ports = await ok('explain pod.spec.containers.ports')
      expect(ports).toMatch(/^KIND: {7}Pod\nVERSION: {4}v1\n\nFIELD: ports <\[\]ContainerPort>\n/)
      expect(ports).toMatch(/containerPort\t<integer> -required-\n +Number of port to expose/)
      expect(ports).toMatch(/protocol\t<string>\n +enum: SCTP, TCP, UDP\n/)
      const [header, ...rules] = (await ok('auth can-i --list')).split('\n')
      expect(header).toMatch(/^Resources +Non-Resource URLs +Resource Names +Verbs/)
      expect(rules[0]).toMatch(/^\*\.\* +\[\] +\[\] +\[\*\]/)
    })

    test('watches', async () => {
      const ns = await namespace('watching')
      const args = ['-n', ns, 'get', 'configmaps', '--watch-only', '-o', 'name']
      const child = spawn('kubectl', args, { env: environment() })
      let seen = ''
      child.stdout.on('data', (data: Buffer) => (seen += data.toString()))
      await waitFor(
        'the watch to start',
        () => ((cluster.api.requestCounts()['watch configmaps'] ?? 0) > 1 ? true : undefined),
        { timeoutMs: 10_000, intervalMs: 10 },
      )
      await ok(`-n ${ns} create configmap seen`)
      await waitFor('the event', () => (seen.includes('configmap/seen') ? true : undefined), {
        timeoutMs: 10_000,
        intervalMs: 10,
      })
      child.kill()
      await once(child, 'exit')
    })
  },
)
