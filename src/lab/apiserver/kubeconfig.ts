import type { KeyPair } from '../../kube/index.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** A kubeconfig with one context, as YAML (JSON's strings are YAML's, too). */
export function kubeconfigOf(cluster: {
  readonly name: string
  readonly url: string
  readonly caPem: string
  readonly admin: KeyPair
}): string {
  const name = JSON.stringify(cluster.name)
  return `apiVersion: v1
kind: Config
clusters:
- name: ${name}
  cluster:
    server: ${JSON.stringify(cluster.url)}
    certificate-authority-data: ${base64(cluster.caPem)}
users:
- name: ${name}
  user:
    client-certificate-data: ${base64(cluster.admin.certPem)}
    client-key-data: ${base64(cluster.admin.keyPem)}
contexts:
- name: ${name}
  context:
    cluster: ${name}
    user: ${name}
current-context: ${name}
`
}
