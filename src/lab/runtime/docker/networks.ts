import { createHash } from 'node:crypto'
import { Refusal } from './answers.ts'

/** `GET /networks`: the node's own and none, as where a kubelet makes the pods' networks. */
export function networksAnswer(): readonly object[] {
  return [network('none', 'null'), network('host', 'host')]
}

/** `GET /networks/{name}`. Throws a 404 in Docker's words. */
export function inspectNetwork(reference: string): object {
  const found = [network('none', 'null'), network('host', 'host')].find(
    ({ Name, Id }) => Name === reference || (reference !== '' && Id.startsWith(reference)),
  )
  if (!found) throw new Refusal(404, `network ${reference} not found`)
  return found
}

function network(name: string, driver: string): { readonly Name: string; readonly Id: string } {
  return {
    Name: name,
    Id: createHash('sha256').update(`sublet network ${name}`).digest('hex'),
    ...{ Created: '0001-01-01T00:00:00Z', Scope: 'local', Driver: driver },
    ...{ EnableIPv6: false, IPAM: { Driver: 'default', Options: null, Config: [] } },
    ...{ Internal: false, Attachable: false, Ingress: false, ConfigFrom: { Network: '' } },
    ...{ ConfigOnly: false, Containers: {}, Options: {}, Labels: {} },
  }
}
