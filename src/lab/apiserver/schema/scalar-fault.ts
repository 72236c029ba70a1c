import type { Scalar } from './schema.ts'

const QUANTITY = /^[+-]?(\d+(\.\d*)?|\.\d+)(([KMGTPE]i)|[numkMGTPE]|[eE][+-]?\d+)?$/
const QUANTITY_FAULT =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/
const INT32 = 2 ** 31

const isInteger = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value)

const expect = (ok: boolean): string | undefined => (ok ? undefined : 'type')

const timeFault =
  (layout: string) =>
  (value: unknown): string | undefined => {
    if (typeof value !== 'string') return 'type'
    if (TIME.test(value) || value === '') return undefined
    const text = JSON.stringify(value)
    return `parsing time ${text} as ${JSON.stringify(layout)}: cannot parse ${text} as "2006"`
  }

function base64Fault(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'type'
  const plain = value.replace(/[\r\n]/g, '')
  const at = /[^A-Za-z0-9+/=]|=[^=]/.exec(plain)?.index
  if (at !== undefined) return `illegal base64 data at input byte ${at}`
  const rest = plain.length % 4
  return rest === 0 ? undefined : `illegal base64 data at input byte ${plain.length - rest}`
}

const isQuantity = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && QUANTITY.test(value.trim()))

const FAULTS: Readonly<Record<Scalar, (value: unknown) => string | undefined>> = {
  string: (value) => expect(typeof value === 'string'),
  bool: (value) => expect(typeof value === 'boolean'),
  int32: (value) => expect(isInteger(value) && value >= -INT32 && value < INT32),
  int64: (value) => expect(isInteger(value)),
  double: (value) => expect(typeof value === 'number'),
  intstr: (value) => expect(typeof value === 'string' || isInteger(value)),
  bytes: base64Fault,
  quantity: (value) => (isQuantity(value) ? undefined : QUANTITY_FAULT),
  time: timeFault('2006-01-02T15:04:05Z07:00'),
  microtime: timeFault('2006-01-02T15:04:05.000000Z07:00'),
}

/** What is wrong with a value: `type` for a wrong JSON type, else a sentence of Go's; undefined when nothing is. */
export const scalarFault = (value: unknown, scalar: Scalar): string | undefined =>
  FAULTS[scalar](value)
