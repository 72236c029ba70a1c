/** An address that was another machine's in the runbook, and what it is here. */
export interface ReplacedAddress {
  readonly from: string
  readonly to: string
}

/** Ports of a node: the kubelet's and, with minikube, the API server's. Private addresses only; loopback is the lab's own. */
const NODE_ADDRESS =
  /(?<![\d.])((?:10\.\d{1,3}|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.\d{1,3}\.\d{1,3}):(10250|8443)(?!\d)/g

/** Puts the lab's node in the place of other nodes: `172.17.0.2:10250` becomes `127.20.0.1:10250`. */
export function replaceNodeAddresses(
  command: string,
  nodeAddress: string,
): { readonly text: string; readonly replaced: readonly ReplacedAddress[] } {
  const replaced = new Map<string, ReplacedAddress>()
  const text = command.replaceAll(NODE_ADDRESS, (from, _address, port: string) => {
    const to = `${nodeAddress}:${port}`
    replaced.set(from, { from, to })
    return to
  })
  return { text, replaced: [...replaced.values()] }
}
