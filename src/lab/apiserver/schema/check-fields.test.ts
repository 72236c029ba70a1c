import { expect, test } from 'vitest'
import { checkFields } from './check-fields.ts'

const fault = (object: unknown, type = 'Deployment'): string | undefined =>
  checkFields(object, type).fault?.decoded

test('names unknown fields by their paths', () => {
  const containers = [{ name: 'c' }, { name: 'd', imag: 'x' }]
  const object = {
    spec: { foo: null, template: { spec: { containers } } },
    metadata: { labels: { any: 'x' } },
  }
  expect(checkFields(object, 'Deployment')).toEqual({
    unknown: [
      { dotted: 'spec.foo', applied: '.spec.foo' },
      {
        dotted: 'spec.template.spec.containers[1].imag',
        applied: '.spec.template.spec.containers[name="d"].imag',
      },
    ],
    fault: undefined,
  })
})

test("says what is of the wrong type, in Go's words", () => {
  expect(fault({ spec: { replicas: 'two' } })).toBe(
    'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  )
  const env = [{ name: 'a', value: 1 }]
  expect(fault({ spec: { template: { spec: { containers: [{ env }] } } } })).toBe(
    'json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string',
  )
  expect(fault({ metadata: { labels: { a: true } } })).toBe(
    'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
  )
  expect(fault({ spec: { template: { spec: { containers: {} } } } })).toBe(
    'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
  )
  expect(fault({ data: { a: 'no base64' } }, 'Secret')).toBe('illegal base64 data at input byte 2')
  const limits = { cpu: 1, memory: '1Gi', 'x/y': 'many' }
  expect(fault({ spec: { containers: [{ resources: { limits } }] } }, 'Pod')).toContain(
    'quantities must match',
  )
  expect(fault({ spec: { ports: [{ targetPort: 'http', port: 1.5 }] } }, 'Service')).toContain(
    'cannot unmarshal number 1.5 into Go struct field ServicePort.spec.ports.port of type int32',
  )
})
