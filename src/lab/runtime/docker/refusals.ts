import type { ContainerInfo } from '../types.ts'
import { findContainer } from './find-container.ts'
import { Refusal } from './answers.ts'

/** What the lab's Docker does not do: the request, what was asked for, and what to do instead. */
interface Refused {
  readonly method: 'POST' | 'PUT' | 'DELETE' | 'GET'
  readonly path: RegExp
  /** `{}` is the container. */
  readonly what: string
  readonly instead: Instead
}

type Instead = 'pod' | 'run' | 'pull' | 'copy' | 'none'

const container = (
  method: Refused['method'],
  verb: string,
  what: string,
  instead: Instead = 'pod',
): Refused => ({ method, path: new RegExp(`^/containers/([^/]+)${verb}$`), what, instead })

const REFUSED: readonly Refused[] = [
  { method: 'POST', path: /^\/containers\/create$/, what: 'create a container', instead: 'run' },
  container('POST', '/start', 'start {}'),
  container('POST', '/stop', 'stop {}'),
  container('POST', '/restart', 'restart {}'),
  container('POST', '/kill', 'kill {}'),
  container('POST', '/pause', 'pause {}'),
  container('POST', '/unpause', 'unpause {}'),
  container('POST', '/rename', 'rename {}'),
  container('POST', '/update', 'update {}'),
  container('DELETE', '', 'remove {}'),
  container('GET', '/archive', 'copy from {}', 'copy'),
  container('PUT', '/archive', 'copy to {}', 'copy'),
  container('GET', '/export', 'export {}', 'copy'),
  container('GET', '/changes', 'list the changes of {}', 'none'),
  { method: 'POST', path: /^\/containers\/prune$/, what: 'prune containers', instead: 'pod' },
  { method: 'POST', path: /^\/commit$/, what: 'commit a container', instead: 'none' },
  { method: 'POST', path: /^\/images\/create$/, what: 'pull or import an image', instead: 'pull' },
  { method: 'POST', path: /^\/(build|images\/load)$/, what: 'make an image', instead: 'pull' },
  { method: 'POST', path: /^\/images\/.*$/, what: 'push, tag or prune images', instead: 'pull' },
  { method: 'DELETE', path: /^\/images\/.*$/, what: 'remove an image', instead: 'pull' },
]

const WHY = "the lab's kubelet owns its containers' life"

/** The refusal of a request that would change something, or that the lab has no answer to; undefined: it is not known. */
export function refusalOf(
  method: string,
  path: string,
  containers: readonly ContainerInfo[],
): Refusal | undefined {
  const refused = REFUSED.find((each) => each.method === method && each.path.test(path))
  if (refused) {
    const reference = refused.path.exec(path)?.[1]
    const found = reference === undefined ? undefined : findContainer(containers, reference)
    if (reference !== undefined && !found) {
      return new Refusal(404, `No such container: ${reference}`)
    }
    const what = refused.what.replace('{}', found?.runtimeName ?? 'a container')
    const status = refused.instead === 'none' || refused.instead === 'copy' ? 501 : 403
    const why = status === 501 ? 'the lab has no layers of files' : WHY
    return new Refusal(status, `cannot ${what}: ${why}. ${insteadOf(refused.instead, found)}`)
  }
  if (method === 'GET' || method === 'HEAD') return undefined
  const known = 'docker ps, inspect, logs, stats, top, exec, attach, wait, events, info and images'
  return new Refusal(403, `${method} ${path} is not allowed: ${WHY}. What works: ${known}`)
}

function insteadOf(instead: Instead, found: ContainerInfo | undefined): string {
  const { podName = 'POD', podNamespace = 'NAMESPACE' } = found?.sandbox ?? {}
  switch (instead) {
    case 'pod':
      return `Change its pod instead: kubectl delete pod -n ${podNamespace} ${podName}`
    case 'run':
      return 'Make a pod instead: kubectl run NAME --image=IMAGE'
    case 'pull':
      return 'Name the image in a pod: the kubelet gets it, or says which images the lab has'
    case 'copy':
      return `Copy by the pod instead: kubectl cp ${podNamespace}/${podName}:PATH PATH`
    case 'none':
      return 'Only a real Docker Engine does that'
  }
}
