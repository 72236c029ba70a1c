import type { Service } from './workloads.ts'

/**
 * What containers find in their environment about services (pkg/kubelet/envvars, FromServices): `WEB_SERVICE_HOST`,
 * `WEB_SERVICE_PORT`, and Docker's links. Headless services and those without an address have none.
 */
export function serviceVariables(services: readonly Service[]): Map<string, string> {
  const values = new Map<string, string>()
  for (const service of services) {
    const host = service.spec.clusterIP ?? ''
    const [first] = service.spec.ports ?? []
    if (host === '' || host === 'None' || first === undefined) continue
    const prefix = variableName(service.metadata.name ?? '')
    values.set(`${prefix}_SERVICE_HOST`, host)
    values.set(`${prefix}_SERVICE_PORT`, String(first.port))
    for (const { name, port } of service.spec.ports ?? []) {
      if (name) values.set(`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port))
    }
    addLinks(values, prefix, host, service.spec.ports ?? [])
  }
  return values
}

function addLinks(
  values: Map<string, string>,
  prefix: string,
  host: string,
  ports: NonNullable<Service['spec']['ports']>,
): void {
  ports.forEach(({ port, protocol = 'TCP' }, index) => {
    const url = `${protocol.toLowerCase()}://${host.includes(':') ? `[${host}]` : host}:${port}`
    const link = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`
    if (index === 0) values.set(`${prefix}_PORT`, url)
    values.set(link, url)
    values.set(`${link}_PROTO`, protocol.toLowerCase())
    values.set(`${link}_PORT`, String(port))
    values.set(`${link}_ADDR`, host)
  })
}

const variableName = (text: string): string => text.toUpperCase().replaceAll('-', '_')
