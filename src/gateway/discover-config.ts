import { parseLabelSelector } from '../kube/index.ts'
import type { NodeView } from '../kubelet/index.ts'
import type { YamlValue } from './yaml-reader.ts'

/** An object of a vcluster's host namespace that the operator put there, and the key in it. */
export interface ObjectSource {
  readonly kind: 'configMap' | 'secret'
  /** May hold `{vcluster}`. */
  readonly name: string
  readonly key: string
}

/** How vclusters are found on the host, and what is known of each. Templates hold {vcluster} {namespace} {podIP} {port}. */
export interface DiscoverConfig {
  /** Of the control planes' pods. */
  readonly labelSelector: string
  /** Where to look; none: in all namespaces. */
  readonly namespaces: readonly string[]
  readonly apiUrl: string
  /** Who signed the API servers' certificates: one file for all, an object for each, or the system's roots. */
  readonly ca: ObjectSource | { readonly kind: 'file'; readonly path: string } | undefined
  readonly keys: ObjectSource | { readonly kind: 'url'; readonly url: string }
  readonly nodeView: NodeView
}

export const DISCOVER_DEFAULTS = {
  labelSelector: 'app=vcluster',
  apiUrl: 'https://{podIP}:{port}',
  jwksPath: '/openid/v1/jwks',
  caKey: 'ca.crt',
  jwksKey: 'jwks',
  nodeView: 'own-sum',
} as const

const NODE_VIEWS: readonly NodeView[] = ['own-sum', 'capacity', 'none']

/** The `discover` section; undefined without one. */
export function readDiscover(
  section: YamlValue,
  file: (value: YamlValue) => string,
): DiscoverConfig | undefined {
  if (section.isNull) return undefined
  const labelSelector = section.key('labelSelector')
  const [api, keys, access] = [section.key('api'), section.key('keys'), section.key('access')]
  const [url, ca, caFile] = [api.key('url'), api.key('ca'), api.key('caFile')]
  const jwksUrl = keys.key('jwksUrl')
  const selector = labelSelector.text() ?? DISCOVER_DEFAULTS.labelSelector
  const parsed = parseLabelSelector(selector)
  if (!parsed.ok) labelSelector.fault(parsed.message)
  const apiUrl = template(url, DISCOVER_DEFAULTS.apiUrl)
  if (!ca.isNull && !caFile.isNull) ca.fault('give one of ca and caFile')
  const source = readSource(keys, DISCOVER_DEFAULTS.jwksKey)
  if (source !== undefined && !jwksUrl.isNull) keys.fault('give a URL or an object, not both')
  if ((access.text() ?? 'self') !== 'self') access.fault('discovered tenants have access: self')
  const config: DiscoverConfig = {
    labelSelector: selector,
    namespaces: section
      .key('namespaces')
      .items()
      .map((item) => item.text() ?? ''),
    apiUrl,
    ca: caFile.isNull
      ? readSource(ca, DISCOVER_DEFAULTS.caKey)
      : { kind: 'file', path: file(caFile) },
    keys: source ?? { kind: 'url', url: template(jwksUrl, apiUrl + DISCOVER_DEFAULTS.jwksPath) },
    nodeView: readNodeView(section.key('nodeView')),
  }
  for (const each of [section, api, ca, keys]) each.noOtherKeys()
  return config
}

function readNodeView(value: YamlValue): NodeView {
  const text = value.text() ?? DISCOVER_DEFAULTS.nodeView
  const found = NODE_VIEWS.find((one) => one === text)
  if (found === undefined) value.fault(`must be one of: ${NODE_VIEWS.join(', ')}`)
  return found ?? 'none'
}

/** `{ configMap: NAME, key: KEY }` or `{ secret: NAME, key: KEY }`. */
function readSource(section: YamlValue, defaultKey: string): ObjectSource | undefined {
  const [configMap, secret, key] = [
    section.key('configMap'),
    section.key('secret'),
    section.key('key'),
  ]
  if (configMap.isNull && secret.isNull) return undefined
  if (!configMap.isNull && !secret.isNull) section.fault('give one of configMap and secret')
  const kind = configMap.isNull ? 'secret' : 'configMap'
  const name = (kind === 'secret' ? secret : configMap).text() ?? ''
  if (/[{}]/.test(name.replaceAll('{vcluster}', ''))) {
    section.fault('its name may hold {vcluster} and no other placeholder')
  }
  return { kind, name, key: key.text() ?? defaultKey }
}

function template(value: YamlValue, other: string): string {
  const text = value.text() ?? other
  const filled = text.replaceAll(/\{(vcluster|namespace|podIP|port)\}/g, '1')
  const url = URL.canParse(filled) ? new URL(filled) : undefined
  if (/[{}]/.test(filled) || url?.protocol !== 'https:' || url.search !== '') {
    value.fault('must be an https:// URL; it may hold {vcluster}, {namespace}, {podIP}, {port}')
  }
  return text
}
