/** What `agent status` shows of the collector of logs. */
export interface LogsStatus {
  readonly running: boolean
  /** Why not, or what is odd, as sentences. */
  readonly notes: readonly string[]
  readonly collectAll: boolean
  /** Where the files are, in the container. */
  readonly folder: string
  /** Lines that the sinks have, and bytes of their messages. */
  readonly lines: number
  readonly bytes: number
  readonly truncated: number
  /** Bytes that wait in files. */
  readonly unreadBytes: number
  readonly openFiles: number
  /** Milliseconds since 1970; 0: never. */
  readonly lastSentAt: number
  /** Folders of pods that the kubelet connection does not show: never opened. */
  readonly foreignFolders: number
  /** At most 100, by name. */
  readonly containers: readonly LogsContainer[]
}

export interface LogsContainer {
  /** `<ns>/<pod>/<container>` */
  readonly name: string
  readonly files: number
  readonly lines: number
  readonly unreadBytes: number
}

/** A collector that was not wanted. */
export const LOGS_OFF: LogsStatus = {
  running: false,
  notes: [],
  collectAll: false,
  folder: '',
  lines: 0,
  bytes: 0,
  truncated: 0,
  unreadBytes: 0,
  openFiles: 0,
  lastSentAt: 0,
  foreignFolders: 0,
  containers: [],
}
