import { expect, test } from 'vitest'
import { readRequestInfo } from './request-info.ts'

const brief = (method: string, url: string): string => {
  const info = readRequestInfo({ method, url })
  if (!info.isResource) return `${info.verb} ${info.path}`
  const { verb, group, namespace, resource, name, subresource } = info
  return [verb, group || '-', namespace ?? '-', resource, name || '-', subresource || '-'].join(' ')
}

test.each([
  ['GET', '/api/v1/pods', 'list - - pods - -'],
  ['GET', '/api/v1/pods?watch=true', 'watch - - pods - -'],
  ['GET', '/api/v1/pods?watch=0', 'list - - pods - -'],
  ['GET', '/api/v1/namespaces/a/pods/b', 'get - a pods b -'],
  ['GET', '/api/v1/namespaces/a/pods/b/log?follow=1', 'get - a pods b log'],
  ['PUT', '/api/v1/namespaces/a/pods/b/status', 'update - a pods b status'],
  ['POST', '/api/v1/namespaces/a/serviceaccounts/b/token', 'create - a serviceaccounts b token'],
  ['GET', '/api/v1/namespaces', 'list - - namespaces - -'],
  ['GET', '/api/v1/namespaces/a', 'get - a namespaces a -'],
  ['PUT', '/api/v1/namespaces/a/finalize', 'update - a namespaces a finalize'],
  ['GET', '/api/v1/nodes/n/proxy/metrics', 'get - - nodes n proxy'],
  ['DELETE', '/apis/apps/v1/namespaces/a/daemonsets', 'deletecollection apps a daemonsets - -'],
  ['PATCH', '/apis/apps/v1/namespaces/a/daemonsets/b', 'patch apps a daemonsets b -'],
  ['GET', '/api/v1/secrets?fieldSelector=metadata.name%3Dx', 'list - - secrets x -'],
  ['POST', '/api/v1/secrets?fieldSelector=metadata.name%3Dx', 'create - - secrets - -'],
  ['GET', '/api/v1/namespaces/a/pods/b?watch=1', 'get - a pods b -'],
  ['GET', '/api/v1/watch/pods', 'watch - - pods - -'],
  ['GET', '/api/v1/watch/namespaces/a/pods', 'watch - a pods - -'],
  ['GET', '/apis/apps/v1/watch/namespaces/a/daemonsets/b', 'watch apps a daemonsets b -'],
  ['GET', '/api/v1', 'get /api/v1'],
  ['GET', '/apis/apps/v1', 'get /apis/apps/v1'],
  ['GET', '/healthz?verbose', 'get /healthz'],
  ['POST', '/openid/v1/jwks', 'post /openid/v1/jwks'],
])('%s %s is %s', (method, url, expected) => {
  expect(brief(method, url)).toBe(expected)
})

test.each(['pods', '/api/v1/namespaces/%zz/pods', 'http://elsewhere/api'])(
  'the target %s is refused',
  (url) => {
    expect(() => readRequestInfo({ method: 'GET', url })).toThrow(/request target/)
  },
)
