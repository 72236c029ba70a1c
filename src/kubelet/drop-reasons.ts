/** Why a line of a kubelet's metrics went into no slice. */
export const DROP_REASONS = [
  /** Not a sample line of the text format: bad syntax, control characters, bytes that are not UTF-8. */
  'malformed',
  'duplicate-label',
  /** The last line, without a line end. */
  'truncated',
  /** A label that the rules do not know: it could say anything. */
  'unknown-label',
  /** A family that the rules do not know. */
  'unknown-family',
  /** A family whose lines do not stand together. */
  'scattered-family',
  /** No pod, or a pod that belongs to no slice. */
  'no-owner',
  /** The row's cgroup is another pod's than the owner's: the name was reused. */
  'stale',
  /** A container that only the host pod has. */
  'host-only',
  /** Tells about the node, and the slice's node view does not. */
  'node-fact',
] as const

export type DropReason = (typeof DROP_REASONS)[number]

export type DropCounts = Readonly<Record<DropReason, number>>
