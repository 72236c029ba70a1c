import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { HEAD_BYTES } from './limits.ts'

/** By what a file is known again: an inode's number can come back, a beginning with its time does not. */
export interface Head {
  /** Hash of the first `headBytes` bytes; '' for none. */
  readonly head: string
  readonly headBytes: number
}

export const NO_HEAD: Head = { head: '', headBytes: 0 }

/** Of the first `bytes` bytes, or as many as there are. */
export async function readHead(file: FileHandle, bytes: number = HEAD_BYTES): Promise<Head> {
  const buffer = Buffer.alloc(Math.min(bytes, HEAD_BYTES))
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
  if (bytesRead === 0) return NO_HEAD
  const head = createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('base64')
  return { head, headBytes: bytesRead }
}

/** Whether the file begins with what was seen. */
export async function hasHead(file: FileHandle, { head, headBytes }: Head): Promise<boolean> {
  if (headBytes === 0) return true
  const found = await readHead(file, headBytes)
  return found.headBytes === headBytes && found.head === head
}
