import type { AgentLog } from '../log.ts'

/** What is odd now, by topic: shown in the status, and logged once when it is new. */
export interface Notes {
  /** undefined: it is in order again. */
  set(topic: string, text: string | undefined): void
  all(): readonly string[]
}

export function createNotes(log: AgentLog): Notes {
  const notes = new Map<string, string>()
  return {
    set(topic, text) {
      if (text === undefined) notes.delete(topic)
      else if (notes.get(topic) !== text) {
        notes.set(topic, text)
        log.warn('agent/logs', text)
      }
    },
    all: () => [...notes.values()],
  }
}
