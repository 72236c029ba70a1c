import { expect, test } from 'vitest'
import { serviceVariables } from './service-variables.ts'

test('a service’s variables are those that a real kubelet gave', () => {
  const services = [
    {
      metadata: { name: 'my-svc' },
      spec: {
        clusterIP: '127.77.0.129',
        ports: [
          { name: 'web', port: 80 },
          { name: 'dns', port: 53, protocol: 'UDP' },
        ],
      },
    },
    { metadata: { name: 'headless' }, spec: { clusterIP: 'None', ports: [{ port: 80 }] } },
    { metadata: { name: 'outside' }, spec: { type: 'ExternalName' } },
  ]
  const lines = [...serviceVariables(services)].map(([name, value]) => `${name}=${value}`)
  expect(lines.toSorted()).toEqual(
    `MY_SVC_PORT=tcp://127.77.0.129:80
MY_SVC_PORT_53_UDP=udp://127.77.0.129:53
MY_SVC_PORT_53_UDP_ADDR=127.77.0.129
MY_SVC_PORT_53_UDP_PORT=53
MY_SVC_PORT_53_UDP_PROTO=udp
MY_SVC_PORT_80_TCP=tcp://127.77.0.129:80
MY_SVC_PORT_80_TCP_ADDR=127.77.0.129
MY_SVC_PORT_80_TCP_PORT=80
MY_SVC_PORT_80_TCP_PROTO=tcp
MY_SVC_SERVICE_HOST=127.77.0.129
MY_SVC_SERVICE_PORT=80
MY_SVC_SERVICE_PORT_DNS=53
MY_SVC_SERVICE_PORT_WEB=80`.split('\n'),
  )
})
