import { readdirSync, readFileSync } from 'node:fs'
import { parse, parseAllDocuments, stringify } from 'yaml'

type Values = Record<string, unknown>

/**
 * Renders a chart's templates as Helm would, for the part of Helm's language that they keep to: `if`/`else`/`end` on a
 * value, values, `quote`, `toYaml | nindent N` and `.Release.Namespace`. Anything else is an error.
 */
export function renderChart(dir: URL, overrides: Values = {}): unknown[] {
  const values = {
    ...(parse(readFileSync(new URL('values.yaml', dir), 'utf8')) as Values),
    ...overrides,
  }
  const templates = new URL('templates/', dir)
  return readdirSync(templates).flatMap((name) => {
    const text = render(readFileSync(new URL(name, templates), 'utf8'), values)
    return parseAllDocuments(text).flatMap((document) => {
      if (document.errors.length > 0)
        throw new Error(`${name}: ${document.errors[0]?.message ?? ''}`)
      const object: unknown = document.toJS()
      return object === null || object === undefined ? [] : [object]
    })
  })
}

function render(template: string, values: Values): string {
  const parts = template.split(/(\s*\{\{-[^}]*\}\}|\{\{[^}]*\}\})/)
  const shown = [true]
  let text = ''
  for (const part of parts) {
    const [, action] = /\{\{-?\s*(.*?)\s*-?\}\}$/.exec(part) ?? []
    if (action === undefined) text += shown.every(Boolean) ? part : ''
    else if (action.startsWith('if ')) shown.push(Boolean(valueOf(action.slice(3), values)))
    else if (action === 'else') shown.push(!(shown.pop() ?? true))
    else if (action === 'end') shown.pop()
    else if (shown.every(Boolean)) text += evaluate(action, values)
  }
  return text
}

function evaluate(action: string, values: Values): string {
  const [path = '', ...pipes] = action.split(/\s*\|\s*/)
  let value = valueOf(path, values)
  for (const pipe of pipes) {
    const [, indent] = /^nindent (\d+)$/.exec(pipe) ?? []
    if (pipe === 'quote') value = JSON.stringify(value)
    else if (pipe === 'toYaml') value = stringify(value).trimEnd()
    else if (indent !== undefined)
      value = String(value)
        .replace(/^/gm, ' '.repeat(Number(indent)))
        .replace(/^/, '\n')
    else throw new Error(`${pipe} is not known here`)
  }
  return String(value)
}

function valueOf(path: string, values: Values): unknown {
  if (path === '.Release.Namespace') return 'sublet-system'
  if (!path.startsWith('.Values.')) throw new Error(`${path} is not known here`)
  let value: unknown = values
  for (const key of path.slice('.Values.'.length).split('.')) {
    value = (value as Values | undefined)?.[key]
    if (value === undefined) throw new Error(`there is no value ${path}`)
  }
  return value
}
