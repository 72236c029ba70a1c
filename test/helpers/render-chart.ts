import { readdirSync, readFileSync } from 'node:fs'
import { parse, parseAllDocuments, stringify } from 'yaml'

type Values = Record<string, unknown>

/**
 * Renders a chart's templates as Helm would, for the part of Helm's language that they keep to: values, `if` (also `or` of
 * values), `else`, `end`, `quote`, `toJson`, `toYaml`, `nindent N` and `.Release.Namespace`. Anything else is an error.
 * Overrides are merged into the chart's values as Helm does: objects by key, lists and the rest as a whole.
 */
export function renderChart(dir: URL, overrides: Values = {}): unknown[] {
  return parseRendered(renderChartTexts(dir, overrides))
}

/** As `renderChart`: the text of each template. */
export function renderChartTexts(dir: URL, overrides: Values = {}): Map<string, string> {
  const values = merge(
    parse(readFileSync(new URL('values.yaml', dir), 'utf8')) as Values,
    overrides,
  )
  const templates = new URL('templates/', dir)
  return new Map(
    readdirSync(templates).map((name) => [
      name,
      render(readFileSync(new URL(name, templates), 'utf8'), values),
    ]),
  )
}

function parseRendered(texts: ReadonlyMap<string, string>): unknown[] {
  return [...texts].flatMap(([name, text]) =>
    parseAllDocuments(text).flatMap((document) => {
      if (document.errors.length > 0)
        throw new Error(`${name}: ${document.errors[0]?.message ?? ''}`)
      const object: unknown = document.toJS()
      return object === null || object === undefined ? [] : [object]
    }),
  )
}

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function merge(values: Values, overrides: Values): Values {
  const merged = { ...values }
  for (const [key, value] of Object.entries(overrides)) {
    const before = merged[key]
    merged[key] = isObject(before) && isObject(value) ? merge(before, value) : value
  }
  return merged
}

/** Writes out `range` over a list of texts; nothing else with an end may be in it. */
function unroll(template: string, values: Values): string {
  return template.replace(
    /\s*\{\{- range (\S+) \}\}([\s\S]*?)\n\{\{- end \}\}/g,
    (_, path: string, body: string) =>
      (lookUp(path, values) as string[])
        .map((each) => body.replaceAll('{{ . }}', each).replaceAll('{{ $.', '{{ .'))
        .join(''),
  )
}

function render(given: string, values: Values): string {
  const template = unroll(given, values)
  // `{{-` takes the white space before it away, `-}}` that after it.
  const parts = template.split(
    /(\s*\{\{-[^}]*?-\}\}\s*|\s*\{\{-[^}]*?\}\}|\{\{[^}]*?-\}\}\s*|\{\{[^}]*?\}\})/,
  )
  const shown = [true]
  let text = ''
  for (const part of parts) {
    const [, action] = /\{\{-?\s*(.*?)\s*-?\}\}\s*$/.exec(part) ?? []
    if (action === undefined) text += shown.every(Boolean) ? part : ''
    else if (action.startsWith('if ')) shown.push(isTrue(action.slice(3), values))
    else if (action === 'else') shown.push(!(shown.pop() ?? true))
    else if (action === 'end') shown.pop()
    else if (shown.every(Boolean)) text += evaluate(action, values)
  }
  if (shown.length !== 1) throw new Error('an if without its end')
  return text
}

/** As Go's templates have it: empty lists and objects are false too, and so is what is not there. */
function isTrue(condition: string, values: Values): boolean {
  const [first = '', ...rest] = condition.split(/\s+/)
  const paths = first === 'or' ? rest : [first, ...rest]
  if (first !== 'or' && rest.length > 0) throw new Error(`${condition} is not known here`)
  return paths.some((path) => {
    const value = lookUp(path, values)
    return typeof value === 'object' && value !== null
      ? Object.keys(value).length > 0
      : Boolean(value)
  })
}

function evaluate(action: string, values: Values): string {
  const [path = '', ...pipes] = action.split(/\s*\|\s*/)
  let value = lookUp(path, values)
  if (value === undefined) throw new Error(`there is no value ${path}`)
  for (const pipe of pipes) {
    const [, indent] = /^nindent (\d+)$/.exec(pipe) ?? []
    if (pipe === 'quote' || pipe === 'toJson') value = JSON.stringify(value)
    else if (pipe === 'toYaml') value = stringify(value).trimEnd()
    else if (indent !== undefined)
      value = String(value)
        .replace(/^/gm, ' '.repeat(Number(indent)))
        .replace(/^/, '\n')
    else throw new Error(`${pipe} is not known here`)
  }
  return String(value)
}

function lookUp(path: string, values: Values): unknown {
  if (path === '.Release.Namespace') return 'sublet-system'
  if (!path.startsWith('.Values.')) throw new Error(`${path} is not known here`)
  let value: unknown = values
  for (const key of path.slice('.Values.'.length).split('.')) {
    value = (value as Values | undefined)?.[key]
  }
  return value
}
