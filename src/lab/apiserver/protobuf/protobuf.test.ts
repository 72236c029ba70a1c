import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeProtobuf } from './index.ts'

/** The body of `kubectl create configmap c --from-literal=a=b` (1.32). */
const CONFIG_MAP = Buffer.concat([
  Buffer.from('k8s\0'),
  message(1, Buffer.concat([text(1, 'v1'), text(2, 'ConfigMap')])),
  message(
    2,
    Buffer.concat([
      message(1, Buffer.concat([text(1, 'c'), text(2, ''), text(3, 't1'), text(5, '')])),
      message(2, Buffer.concat([text(1, 'a'), text(2, 'b')])),
      message(3, Buffer.concat([text(1, 'bin'), message(2, Buffer.from([0, 255]))])),
    ]),
  ),
  text(3, ''),
  text(4, ''),
])

function message(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes])
}

function text(number: number, value: string): Buffer {
  return message(number, Buffer.from(value))
}

test('a ConfigMap comes out as its JSON would', () => {
  expect(decodeProtobuf(CONFIG_MAP)).toEqual({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name: 'c', namespace: 't1' },
    data: { a: 'b' },
    binaryData: { bin: 'AP8=' },
  })
})

test('a kind without a schema is left to the caller', () => {
  const envelope = Buffer.concat([text(1, 'v1'), text(2, 'PodMetrics')])
  expect(
    decodeProtobuf(Buffer.concat([Buffer.from('k8s\0'), message(1, envelope)])),
  ).toBeUndefined()
})

test('bytes that are no message are an error, never a hang or a crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const body = Buffer.concat([CONFIG_MAP.subarray(0, 4), bytes])
      try {
        decodeProtobuf(body)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }),
  )
  expect(() => decodeProtobuf(CONFIG_MAP.subarray(0, 30))).toThrow('unexpected end')
})
