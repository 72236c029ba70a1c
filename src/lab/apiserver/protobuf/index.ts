/** Reads the protobuf bodies that kubectl sends for the kinds it knows. Answers are JSON, which it takes as well. */
import { fieldsOf, textOf } from '../fields.ts'
import { decodeMessage } from './decode.ts'
import { ENVELOPE, messageName, messageOf } from './schemas.ts'

export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf'

const MAGIC = Buffer.from('k8s\0')

/** The object as JSON would have it; undefined for a kind without a schema here. Throws when it cannot be read. */
export function decodeProtobuf(body: Buffer): Record<string, unknown> | undefined {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new Error('the body does not start as Kubernetes protobuf does')
  }
  const envelope = decodeMessage(body.subarray(MAGIC.length), ENVELOPE)
  const { kind, apiVersion } = fieldsOf(envelope['typeMeta'])
  const schema = messageOf(messageName(textOf(apiVersion) ?? '', textOf(kind) ?? ''))
  if (schema === undefined) return undefined
  const raw = Buffer.from(textOf(envelope['raw']) ?? '', 'base64')
  return { kind, apiVersion, ...decodeMessage(raw, schema) }
}
