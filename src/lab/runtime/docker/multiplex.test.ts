import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createUnframer, frame, type StreamName } from './multiplex.ts'

test('whatever was framed comes out again, however its bytes are cut', () => {
  const part = fc.tuple(fc.constantFrom<StreamName>('stdout', 'stderr'), fc.string())
  fc.assert(
    fc.property(fc.array(part), fc.integer({ min: 1, max: 20 }), (parts, size) => {
      const bytes = Buffer.concat(parts.map(([stream, text]) => frame(stream, Buffer.from(text))))
      const seen = { stdout: '', stderr: '' }
      const chunks: Record<StreamName, Buffer[]> = { stdout: [], stderr: [] }
      const add = createUnframer((stream, chunk) => chunks[stream].push(chunk))
      for (let at = 0; at < bytes.length; at += size) add(bytes.subarray(at, at + size))
      for (const [stream, text] of parts) seen[stream] += text
      expect(Buffer.concat(chunks.stdout)).toEqual(Buffer.from(seen.stdout))
      expect(Buffer.concat(chunks.stderr)).toEqual(Buffer.from(seen.stderr))
    }),
  )
})
