import { expect, test } from 'vitest'
import { routeOf } from './routes.ts'

test.each([
  '/',
  '/podsx',
  '/spec/',
  '/metrics/',
  '/metrics/foo',
  '/healthz/',
  '/healthz/foo',
  '/metricsx',
  '/configz/x',
  '/debug/pprof/',
  '/cri',
])('%s is not served, whoever asks', (path) => {
  expect(routeOf(path)).toEqual({ kind: 'unserved' })
})

test.each([
  ['/runningpods', '/runningpods/'],
  ['/stats', '/stats/'],
  ['/logs', '/logs/'],
  ['//pods', '/pods'],
  ['/stats/../pods', '/pods'],
  ['/stats/./summary', '/stats/summary'],
])('%s is sent on to %s', (path, location) => {
  expect(routeOf(path)).toEqual({ kind: 'redirect', location })
})

test.each([
  ['/pods', 'pods', ['pods', 'proxy']],
  ['/pods/', 'pods', ['pods', 'proxy']],
  ['/pods/x', 'not-routed', ['pods', 'proxy']],
  ['/stats/summary', 'stats-summary', ['stats']],
  ['/stats/container', 'not-routed', ['stats']],
  ['/containerLogs/a/b/c', 'container-logs', ['proxy']],
  ['/exec/a/b/c', 'exec', ['proxy']],
  ['/run/a/b/c', 'run', ['proxy']],
  ['/checkpoint/a/b/c', 'not-routed', ['checkpoint']],
])('%s is endpoint %s and asks for %j', (path, endpoint, subresources) => {
  expect(routeOf(path)).toEqual({ kind: 'served', endpoint, subresources })
})
