import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { readAll } from '../../../../core/index.ts'
import { CERTIFICATE_FILE, TOKEN_FILE } from './serve.ts'
import type { Settings } from './settings.ts'
import type { ClusterAgentState } from './state.ts'

const TIMEOUT_MS = 10_000
const MAX_BYTES = 1024 * 1024

/** What the Cluster Agent of this container says of itself. Throws when none answers. */
export async function askClusterAgent(settings: Settings): Promise<ClusterAgentState> {
  const { runFolder, address, commandPort } = settings
  const token = (await readFile(join(runFolder, TOKEN_FILE), 'utf8')).trim()
  const ca = await readFile(join(runFolder, CERTIFICATE_FILE), 'utf8')
  const host = address === '0.0.0.0' ? '127.0.0.1' : address
  return new Promise((resolve, reject) => {
    const asked = request(`https://${host}:${commandPort}/status`, {
      ca,
      agent: false,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    asked.once('error', reject)
    asked.once('response', (response) => {
      if (response.statusCode !== 200) {
        response.resume()
        reject(new Error(`it answered ${response.statusCode}`))
        return
      }
      readAll(response, MAX_BYTES)
        .then((body) => resolve(JSON.parse(body.toString('utf8')) as ClusterAgentState))
        .catch(reject)
    })
    asked.end()
  })
}
