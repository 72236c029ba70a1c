import type { PodOwner } from './owner.ts'

/**
 * The pod part of a cgroup path: `pod<uid>` with cgroupfs, `…-pod<uid>.slice` with systemd, which writes `_` for `-`.
 * Static pods have a hash of their configuration in place of the uid.
 */
const POD_SEGMENT =
  /^((?:[a-z0-9]+-)*)pod([0-9a-f]{8}(?:[-_]?[0-9a-f]{4}){3}[-_]?[0-9a-f]{12})(\.slice)?$/

/** `kubepods`, `burstable`, `kubelet-kubepods-besteffort.slice` … */
const PARENT_SEGMENT = /^[a-z]+(?:-[a-z]+)*(?:\.slice)?$/
/** `<id>`, `cri-containerd-<id>.scope`, `docker-<id>.scope`, `crio-<id>` … */
const CONTAINER_SEGMENT = /^(?:[a-z]+-){0,3}[0-9a-f]{64}(?:\.scope)?$/

/**
 * A cgroup path with the host pod's uid replaced by the virtual one, starting at the kubepods cgroup. Undefined when the
 * path does not name exactly this pod, or has a part that is not known: then nobody can say whose row it is.
 */
export function virtualCgroupPath(path: string, owner: PodOwner): string | undefined {
  const segments = path.split('/')
  const top = segments.findIndex((segment) => segment.includes('kubepods'))
  const pod = segments.findIndex((segment) => POD_SEGMENT.test(segment))
  if (top < 0 || pod <= top) return undefined
  if (!segments.slice(top, pod).every((segment) => PARENT_SEGMENT.test(segment))) return undefined
  const container = segments.slice(pod + 1)
  if (container.length > 1 || !container.every((segment) => CONTAINER_SEGMENT.test(segment)))
    return undefined
  const [, parent = '', uid = '', slice = ''] = POD_SEGMENT.exec(segments[pod] ?? '') ?? []
  if (uid.replaceAll('_', '-') !== owner.hostUid) return undefined
  const virtual = slice === '' ? owner.virtual.uid : owner.virtual.uid.replaceAll('-', '_')
  return ['', ...segments.slice(top, pod), `${parent}pod${virtual}${slice}`, ...container].join('/')
}

const CONTAINER_ID = /^[0-9a-f]{64}$/

/**
 * A container's runtime name without host names. containerd's is the container id and stays; Docker's and CRI-O's is
 * `k8s_<container>_<pod>_<namespace>_<uid>_<attempt>` and gets the virtual names. Anything else is emptied.
 */
export function virtualRuntimeName(name: string, owner: PodOwner): string {
  if (CONTAINER_ID.test(name)) return name
  const parts = name.split('_')
  const [prefix, container = '', , , uid, attempt = ''] = parts
  if (prefix !== 'k8s' || parts.length !== 6 || uid !== owner.hostUid) return ''
  if (!/^[A-Za-z0-9.-]+$/.test(container) || !/^\d+$/.test(attempt)) return ''
  const { virtual } = owner
  return `k8s_${container}_${virtual.name}_${virtual.namespace}_${virtual.uid}_${attempt}`
}

const DEVICE_PART = /^[A-Za-z0-9_.:-]{1,64}$/

/**
 * True for a disk's name (`/dev/vda1`, `/dev/mapper/vg-root`) and for a kind (`tmpfs`). A mount point of the node, or a
 * name with an id of a sandbox, a pod or a volume in it, says something about the node or about neighbours.
 */
export function isDeviceName(value: string): boolean {
  const name = value.startsWith('/dev/') ? value.slice('/dev/'.length) : value
  const parts = name.split('/')
  return (
    parts.length <= 2 && parts.every((part) => DEVICE_PART.test(part) && !ID_IN_NAME.test(part))
  )
}

/** A uid, or a run of hexadecimal digits that is long enough for an id. */
const ID_IN_NAME = /[0-9a-f]{12}|[0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}/
