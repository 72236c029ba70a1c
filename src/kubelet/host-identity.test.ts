import { describe, expect, test } from 'vitest'
import { virtualCgroupPath, virtualRuntimeName } from './host-identity.ts'
import type { PodOwner } from './owner.ts'

const HOST = 'a25c6e48-1d58-44b0-84db-ff00912b6170'
const VIRTUAL = '6f1b0a6e-8a3e-4d0a-9d55-0d1d5a3f7c01'
const OTHER = 'ff433c44-20f9-484c-8ca8-c042946be052'
const CID = 'd28694387215da792ca05065f469e123c4236048c707d647376766f50ee90459'
const under = (uid: string): string => uid.replaceAll('-', '_')

const owner: PodOwner = {
  slice: 0,
  host: { namespace: 'vcluster-k8s1', name: 'web-x-shop-x-k8s1' },
  hostUid: HOST,
  hostNetwork: false,
  virtual: { namespace: 'shop', name: 'web', uid: VIRTUAL },
  hostOnlyContainers: new Set(),
  virtualName: () => undefined,
}

describe('a cgroup path', () => {
  test.each([
    [`/kubepods/burstable/pod${HOST}`, `/kubepods/burstable/pod${VIRTUAL}`],
    [`/kubepods/besteffort/pod${HOST}/${CID}`, `/kubepods/besteffort/pod${VIRTUAL}/${CID}`],
    [`/kubepods/pod${HOST}/${CID}`, `/kubepods/pod${VIRTUAL}/${CID}`],
    [
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${under(HOST)}.slice/cri-containerd-${CID}.scope`,
      `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${under(VIRTUAL)}.slice/cri-containerd-${CID}.scope`,
    ],
    [
      `/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod${under(HOST)}.slice`,
      `/kubelet-kubepods.slice/kubelet-kubepods-pod${under(VIRTUAL)}.slice`,
    ],
    // The node is a container itself: its id is the host's affair.
    [`/docker/${CID}/kubelet/kubepods/pod${HOST}/${CID}`, `/kubepods/pod${VIRTUAL}/${CID}`],
  ])('%s', (path, virtual) => {
    expect(virtualCgroupPath(path, owner)).toBe(virtual)
  })

  test.each([
    ['another pod’s', `/kubepods/burstable/pod${OTHER}/${CID}`],
    ['of two pods', `/kubepods/burstable/pod${HOST}/pod${OTHER}`],
    ['of two pods, ours second', `/kubepods/burstable/pod${OTHER}/pod${HOST}`],
    ['the root', '/'],
    ['all pods', '/kubepods/burstable'],
    ['a service', '/system.slice/kubelet.service'],
    ['without kubepods', `/pod${HOST}/${CID}`],
    ['with something below the container', `/kubepods/pod${HOST}/${CID}/inner`],
    ['with a name that is no container’s', `/kubepods/pod${HOST}/victim`],
    ['empty', ''],
    ['a longer uid', `/kubepods/pod${HOST}0`],
  ])('%s is nobody’s', (_, path) => {
    expect(virtualCgroupPath(path, owner)).toBeUndefined()
  })
})

describe('a runtime name', () => {
  test.each([
    [CID, CID],
    ['', ''],
    [`k8s_app_web-x-shop-x-k8s1_vcluster-k8s1_${HOST}_3`, `k8s_app_web_shop_${VIRTUAL}_3`],
    [`k8s_POD_web-x-shop-x-k8s1_vcluster-k8s1_${HOST}_0`, `k8s_POD_web_shop_${VIRTUAL}_0`],
    [`k8s_app_web-x-shop-x-k8s1_vcluster-k8s1_${OTHER}_0`, ''],
    [`k8s_app_x_y_web_vcluster-k8s1_${HOST}_0`, ''],
    ['web-x-shop-x-k8s1', ''],
    [`k8s_app"_web_vcluster_${HOST}_0`, ''],
    [CID.toUpperCase(), ''],
  ])('%s', (name, virtual) => {
    expect(virtualRuntimeName(name, owner)).toBe(virtual)
  })
})
