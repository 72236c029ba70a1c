import { arch, platform } from 'node:process'
import { readVersion } from '../core/index.ts'
import type { CommandResult } from './read-status.ts'

/** The release of the Datadog Agent whose checks, texts and intake this agent follows. */
const FOLLOWS = '7.74'

/** `agent version`, in the order of the Agent's line; what it says of Go is said of Node.js here. */
export function agentVersion({ json = false }: { readonly json?: boolean } = {}): CommandResult {
  const facts = {
    version: readVersion(),
    meta: 'sublet',
    follows: FOLLOWS,
    serialization: 'v2 series, JSON',
    node: process.version,
    platform: `${platform}/${arch}`,
  }
  const text = json
    ? JSON.stringify(facts, null, 2)
    : `Agent ${facts.version} - Meta: ${facts.meta}, follows Agent ${FOLLOWS} - Serialization version: ${facts.serialization} - Node.js version: ${facts.node}`
  return { text: text + '\n', exitCode: 0 }
}
