import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createEngineClient, isRefusal, type EngineClient } from './client.ts'
import { LAB_LABEL } from './create-body.ts'
import { MACHINE_LABEL } from './machine-base.ts'

/** Where the engine of a lab's node is, and the label of what is the lab's there. */
export interface EngineRecord {
  readonly socket: string
  readonly lab: string
}

/** In the runtime's directory; written before the first container is made. */
export const engineRecordFile = (rootDir: string): string => join(rootDir, 'engine.json')

interface Listed {
  readonly Id: string
  readonly Labels?: Readonly<Record<string, string>> | null
}

/**
 * Removes the containers that a dead lab's node has left on an engine: those with its label, and no others. Returns how
 * many ran. Nothing recorded is no error; throws E_RUNTIME when the engine does not answer.
 */
export async function sweepEngine(rootDir: string): Promise<number> {
  const record = readRecord(rootDir)
  if (!record) return 0
  const killed = await removeLabelled(createEngineClient(record.socket), record)
  rmSync(engineRecordFile(rootDir), { force: true })
  return killed
}

/** Containers first, then the stand-ins' image. */
export async function removeLabelled(
  client: EngineClient,
  { lab }: Pick<EngineRecord, 'lab'>,
): Promise<number> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${LAB_LABEL}=${lab}`] }))
  const listed = (await client.ask(`/containers/json?all=1&filters=${filters}`)) as (Listed & {
    readonly State?: string
  })[]
  const own = listed.filter(({ Labels }) => Labels?.[LAB_LABEL] === lab)
  await Promise.all(own.map(({ Id }) => removeById(client, Id)))
  await removeImages(client)
  return own.filter(({ State }) => State === 'running').length
}

/** The stand-ins' image; the engine keeps what another lab's container uses. */
async function removeImages(client: EngineClient): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [MACHINE_LABEL] }))
  const images = (await client.ask(`/images/json?all=1&filters=${filters}`)) as { Id: string }[]
  for (const { Id } of images) {
    await client.ask(`/images/${Id}`, { method: 'DELETE' }).catch(() => undefined)
  }
}

/** Ends and removes one; that it is gone already, or is just going, is no error. */
export async function removeById(client: EngineClient, id: string): Promise<void> {
  try {
    await client.ask(`/containers/${id}?force=1&v=1`, { method: 'DELETE' })
  } catch (error) {
    if (!isRefusal(error, 404, 409)) throw error
  }
}

function readRecord(rootDir: string): EngineRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(engineRecordFile(rootDir), 'utf8')) as EngineRecord
    const isWhole = [record.socket, record.lab].every(
      (each) => typeof each === 'string' && each !== '',
    )
    return isWhole ? record : undefined
  } catch {
    return undefined
  }
}
