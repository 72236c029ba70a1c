import { describe, expect, it } from 'vitest'
import { SubletError } from '../../core/index.ts'
import { resolveImage } from './images.ts'

const program = (image: string, command: string[] = [], args: string[] = []) =>
  resolveImage(image).plan(command, args).program

describe('resolveImage', () => {
  it.each([
    'nginx',
    'nginx:alpine',
    'docker.io/library/nginx:1.29',
    'index.docker.io/library/nginx@sha256:' + 'a'.repeat(64),
    'localhost:5000/nginx:x',
  ])('knows %s as nginx', (image) => {
    expect(program(image).kind).toBe('nginx')
  })

  it.each([
    'registry.k8s.io/pause:3.10',
    'registry.k8s.io/coredns/coredns:v1.12.1',
    'registry.k8s.io/etcd:3.6.4-0',
    'registry.k8s.io/kube-apiserver:v1.36.2',
    'registry.k8s.io/kube-proxy:v1.36.2',
    'gcr.io/k8s-minikube/storage-provisioner:v5',
  ])('runs an idle child for %s', (image) => {
    expect(program(image)).toEqual({ kind: 'idle' })
    expect(program(image, ['/prog', '--flag'])).toEqual({ kind: 'idle' })
  })

  it.each([
    [[], [], { kind: 'sublet', args: ['agent', 'run'] }],
    [['agent', 'run'], [], { kind: 'sublet', args: ['agent', 'run'] }],
    [
      ['/opt/datadog-agent/bin/agent/agent'],
      ['status'],
      { kind: 'sublet', args: ['agent', 'status'] },
    ],
    [['trace-agent', '-config=x'], [], { kind: 'idle' }],
    [['process-agent'], [], { kind: 'idle' }],
    [['bash', '-c'], ['cp -r /a /b'], { kind: 'foreign', argv: ['bash', '-c', 'cp -r /a /b'] }],
  ])('starts the Datadog agent image with %j %j as %j', (command, args, expected) => {
    expect(program('gcr.io/datadoghq/agent:7.74.0', command, args)).toEqual(expected)
    expect(program('public.ecr.aws/datadog/agent:7', command, args)).toEqual(expected)
  })

  it.each([
    [[], [], { kind: 'cluster-agent', args: ['start'] }],
    [['datadog-cluster-agent', 'start'], [], { kind: 'cluster-agent', args: ['start'] }],
    [
      ['/opt/datadog-agent/bin/agent'],
      ['status', '--json'],
      { kind: 'cluster-agent', args: ['status', '--json'] },
    ],
    [['bash', '-c'], ['cp -r /a /b'], { kind: 'foreign', argv: ['bash', '-c', 'cp -r /a /b'] }],
    [['security-agent'], [], { kind: 'idle' }],
  ])('starts the Cluster Agent image with %j %j as %j', (command, args, expected) => {
    expect(program('gcr.io/datadoghq/cluster-agent:7.74.0', command, args)).toEqual(expected)
    expect(program('datadog/cluster-agent', command, args)).toEqual(expected)
    expect(resolveImage('datadog/cluster-agent').bin).toBe('cluster-agent')
  })

  it.each(['ghcr.io/loft-sh/vcluster-pro:0.30.0', 'ghcr.io/loft-sh/vcluster-oss:0.30.0'])(
    'starts %s as a virtual control plane',
    (image) => {
      const expected = { kind: 'sublet', args: ['lab', 'vcluster', '--name', 'k8s1'] }
      expect(program(image, [], ['--name', 'k8s1'])).toEqual(expected)
      expect(program(image, ['/vcluster', 'start'], ['--name', 'k8s1'])).toEqual(expected)
    },
  )

  it.each(['ghcr.io/sublet/sublet:0.1.0', 'sublet', 'sublet/gateway:dev'])(
    'starts %s as sublet itself',
    (image) => {
      const expected = { kind: 'sublet', args: ['gateway', '--config', '/etc/x'] }
      expect(program(image, [], ['gateway', '--config', '/etc/x'])).toEqual(expected)
      expect(program(image, ['sublet', 'gateway', '--config', '/etc/x'])).toEqual(expected)
    },
  )

  it('gives an image one id per tag', () => {
    const id = resolveImage('nginx:alpine').id
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(resolveImage('docker.io/library/nginx:alpine').id).toBe(id)
    expect(resolveImage('nginx').id).not.toBe(id)
    expect(resolveImage('nginx').name).toBe('nginx:latest')
  })

  it.each(['mysql:8', 'evil/pause-not', 'notnginx', ''])(
    'refuses %j and says what there is',
    (image) => {
      const attempt = (): unknown => resolveImage(image)
      expect(attempt).toThrow(SubletError)
      expect(attempt).toThrow(/ErrImagePull.*registry\.k8s\.io\/pause.*nginx.*busybox/)
    },
  )

  it('a pod’s arguments alone replace the shell that busybox runs by itself', () => {
    const busybox = resolveImage('busybox:1.36')
    expect(busybox.plan([], []).argv).toEqual(['sh'])
    expect(busybox.plan([], ['echo', 'hi']).argv).toEqual(['echo', 'hi'])
    expect(busybox.plan(['sleep'], []).argv).toEqual(['sleep'])
  })
})
