import { expect, test } from 'vitest'
import { waitFor } from '../../src/core/index.ts'
import { CONFIGMAPS, PODS, SECRETS } from '../../src/kube/index.ts'
import { caseOf } from './differs.ts'
import { onEachTarget } from './each-target.ts'
import { shell } from './target.ts'
import { pod } from './tenant-workload.ts'

/**
 * Files of volumes follow their objects, those of a `subPath` do not. A kubelet looks at a pod each minute or so, and at once
 * when the pod itself changes: an annotation is changed too, so that nobody has to wait.
 */

const READ =
  'while true; do echo "$(cat /c/k) $(cat /s/k) $(cat /p/c/k) $(cat /p/s/k) $(cat /one)"; sleep 0.3; done'

onEachTarget((target, name) => {
  let seen = ''
  test('configMap, secret and projected follow', async () => {
    const { admin } = target()
    const namespace = await target().namespace()
    const write = (k: string): Promise<unknown> =>
      Promise.all([
        admin.patch(CONFIGMAPS, { namespace, name: 'o' }, { data: { k } }, 'merge'),
        admin.patch(SECRETS, { namespace, name: 'o' }, { stringData: { k } }, 'merge'),
      ])
    await admin.create(CONFIGMAPS, { metadata: { namespace, name: 'o' }, data: { k: 'old' } })
    await admin.create(SECRETS, { metadata: { namespace, name: 'o' }, stringData: { k: 'old' } })
    const mounts = [
      { name: 'c', mountPath: '/c' },
      { name: 's', mountPath: '/s' },
      { name: 'p', mountPath: '/p' },
      { name: 'c', mountPath: '/one', subPath: 'k' },
    ]
    const projected = {
      sources: [
        { configMap: { name: 'o', items: [{ key: 'k', path: 'c/k' }] } },
        { secret: { name: 'o', items: [{ key: 'k', path: 's/k' }] } },
      ],
    }
    await target().runPod(
      pod(namespace, 'reader', {
        containers: [{ ...shell('main', READ), volumeMounts: mounts }],
        volumes: [
          { name: 'c', configMap: { name: 'o' } },
          { name: 's', secret: { secretName: 'o' } },
          { name: 'p', projected },
        ],
      }),
    )
    const last = async (): Promise<string> => {
      const argv = ['logs', '-n', namespace, 'reader', '--tail=1']
      return (await target().kubectl(argv)).trim()
    }
    const until = async (start: string): Promise<void> => {
      const what = `a line that starts with ${start}`
      const look = async (): Promise<true | undefined> => {
        seen = await last()
        return seen.startsWith(start) ? true : undefined
      }
      await waitFor(what, look, { timeoutMs: 35_000, intervalMs: 300, last: () => seen })
    }
    await until('old old old old old')
    await write('new')
    const poked = { metadata: { annotations: { poked: 'yes' } } }
    await admin.patch(PODS, { namespace, name: 'reader' }, poked, 'merge')
    await until('new new new new')
  })

  caseOf('live-volumes', name)('a subPath stays', () => {
    expect(seen).toBe('new new new new old')
    return Promise.resolve()
  })
})
