import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bearerToken } from './bearer.ts'
import { route } from './route.ts'

const of = (url: string, method = 'GET', rawHeaders: string[] = []): number | string => {
  const result = route({ url, method, rawHeaders }, 'node-7.example')
  return result.ok ? result.path : result.status
}

describe('served targets', () => {
  test.each([
    ['/healthz', '/healthz'],
    ['/healthz?verbose', '/healthz'],
    ['/pods', '/pods'],
    ['/pods/', '/pods'],
    ['/stats/summary', '/stats/summary'],
    ['/stats/summary?only_cpu_and_memory=true', '/stats/summary'],
    ['/metrics/cadvisor', '/metrics/cadvisor'],
    ['/metrics/resource', '/metrics/resource'],
    ['/metrics/probes', '/metrics/probes'],
    ['/metrics', '/metrics'],
    ['/runningpods/', '/runningpods'],
    ['/api/v1/nodes/node-7.example/proxy/healthz', '/healthz'],
    ['/api/v1/nodes/node-7.example/proxy/pods', '/pods'],
    ['/api/v1/nodes/node-7.example/proxy/stats/summary', '/stats/summary'],
    ['/api/v1/nodes/node-7.example/proxy/stats/summary?only_cpu_and_memory=true', '/stats/summary'],
    ['/api/v1/nodes/node-7.example/proxy/metrics/resource', '/metrics/resource'],
  ])('%s', (target, path) => {
    expect(of(target)).toBe(path)
    expect(of(target, 'HEAD')).toBe(path)
  })
})

describe('path confusion', () => {
  test.each([
    ['//pods', 400],
    ['/pods//', 400],
    ['/pods/../exec', 400],
    ['/metrics/cadvisor/../../run', 400],
    ['/pods/..', 400],
    ['/%2e%2e/exec', 400],
    ['/pods%2f', 400],
    ['/%70ods', 400],
    ['/pods%00', 400],
    ['/pods\\', 400],
    ['/pods;x', 400],
    ['/pods#', 400],
    ['/pods#/../exec', 400],
    ['https://victim/pods', 400],
    ['http://127.0.0.1:10250/pods', 400],
    ['pods', 400],
    ['*', 400],
    ['', 400],
    ['/pods\u00a0', 400],
    ['/' + 'a'.repeat(600), 400],
    ['/./pods', 404],
    ['/pods/.', 404],
    ['/PODS', 404],
    ['/Pods', 404],
    ['/healthz/', 404],
    ['/', 404],
  ])('%s', (target, status) => {
    expect(of(target)).toBe(status)
  })
})

describe('suffix and contains routing', () => {
  test.each([
    '/x/metrics/cadvisor',
    '/metrics/cadvisorx',
    '/metrics/cadvisor/x',
    '/api/v1/nodes/n/proxy/stats/summary',
    '/containerLogs/ns/pod/c',
    '/containerLogs/metrics/cadvisor',
    '/exec/ns/pod/pods',
    '/run/ns/pod/stats/summary',
  ])('%s is not served', (target) => {
    expect(of(target)).toBe(404)
  })
})

describe('what a kubelet serves and the gateway does not', () => {
  test.each(
    'exec run attach portForward checkpoint debug/pprof logs/ configz flagz statusz cri containerLogs metrics/slis allocatedPods'.split(
      ' ',
    ),
  )('/%s', (path) => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT']) expect(of(`/${path}`, method)).toBe(404)
  })
})

describe('query injection', () => {
  test.each([
    '/pods?a=b',
    '/pods?',
    '/stats/summary?only_cpu_and_memory=1',
    '/stats/summary?only_cpu_and_memory=true&x=y',
    '/stats/summary?x=/pods',
    '/metrics/cadvisor?verbose',
    '/healthz?verbose&exclude=log',
  ])('%s', (target) => {
    expect(of(target)).toBe(404)
  })
})

describe('methods and smuggled requests', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'get', 'PRI'])(
    '%s is not allowed',
    (method) => {
      expect(of('/stats/summary', method)).toBe(405)
    },
  )

  test.each([
    [['Upgrade', 'websocket']],
    [['upgrade', 'SPDY/3.1']],
    [['Connection', 'keep-alive, Upgrade']],
    [['CONNECTION', 'upgrade']],
    [['Transfer-Encoding', 'chunked']],
    [['Transfer-Encoding', 'identity']],
    [['Content-Length', '5']],
    [['Content-Length', '00']],
    [['Expect', '100-continue']],
  ])('%j is a bad request', (rawHeaders) => {
    expect(of('/pods', 'GET', rawHeaders)).toBe(400)
  })

  test('too many headers', () => {
    expect(
      of(
        '/pods',
        'GET',
        Array.from({ length: 202 }, () => 'x'),
      ),
    ).toBe(431)
  })
})

test('a target is served only if it is in the table, whatever it is made of', () => {
  const parts = fc.constantFrom(
    '/',
    'pods',
    'stats',
    'summary',
    '..',
    '%2e',
    '?',
    '#',
    ';',
    '\\',
    'exec',
  )
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 8 }), (pieces) => {
      const target = pieces.join('')
      const result = of(target)
      if (typeof result === 'string') {
        expect(['/pods', '/pods/', '/stats/summary', '/stats/summary/']).toContain(target)
      }
    }),
  )
})

describe('header smuggling: the bearer token', () => {
  test.each<[string, string[], string | undefined]>([
    ['one header', ['Authorization', 'Bearer a.b.c'], 'a.b.c'],
    ['any case', ['AUTHORIZATION', 'bearer a.b.c'], 'a.b.c'],
    ['none', ['X-Authorization', 'Bearer a.b.c'], undefined],
    ['two', ['Authorization', 'Bearer a', 'authorization', 'Bearer a'], undefined],
    ['two tokens in one', ['Authorization', 'Bearer a, Bearer b'], undefined],
    ['another scheme', ['Authorization', 'Basic YTpi'], undefined],
    ['no token', ['Authorization', 'Bearer '], undefined],
    ['two spaces', ['Authorization', 'Bearer  a'], undefined],
    ['a line break', ['Authorization', 'Bearer a\r\nX: b'], undefined],
    ['a huge one', ['Authorization', `Bearer ${'a'.repeat(20_000)}`], undefined],
    ['underscores', ['Proxy_Authorization', 'Bearer a'], undefined],
  ])('%s', (_, rawHeaders, token) => {
    expect(bearerToken(rawHeaders)?.reveal()).toBe(token)
  })
})

describe('the API server’s node-proxy form', () => {
  const proxy = '/api/v1/nodes/node-7.example/proxy'
  test.each([
    ['another node', '/api/v1/nodes/node-8.example/proxy/pods', 404],
    ['no node', '/api/v1/nodes//proxy/pods', 400],
    ['a name that only begins so', '/api/v1/nodes/node-7.example2/proxy/pods', 404],
    ['a name in upper case', '/api/v1/nodes/NODE-7.example/proxy/pods', 404],
    ['an escaped name', '/api/v1/nodes/node-7%2eexample/proxy/pods', 400],
    ['a port in the name', '/api/v1/nodes/node-7.example:10250/proxy/pods', 404],
    ['a scheme in the name', '/api/v1/nodes/https:node-7.example:10250/proxy/pods', 404],
    ['nothing after it', proxy, 404],
    ['its root', `${proxy}/`, 404],
    ['itself again', `${proxy}${proxy}/pods`, 404],
    ['a way out', `${proxy}/../../../pods`, 400],
    ['a path that is not served', `${proxy}/exec/a/b/c`, 404],
    ['a look-alike tail', `${proxy}/podsx`, 404],
    ['two slashes', `${proxy}//pods`, 400],
    ['no slash', `${proxy}pods`, 404],
    ['the node itself', '/api/v1/nodes/node-7.example', 404],
    ['another resource', '/api/v1/pods/node-7.example/proxy/pods', 404],
  ])('%s is refused', (_, target, status) => {
    expect(of(target)).toBe(status)
    expect(of(target, 'HEAD')).toBe(status)
  })

  test.each(['stats/summary', 'metrics/cadvisor', 'metrics/resource', 'metrics/probes'])(
    'as generated clients write %s: one segment, in that spelling only',
    (path) => {
      const segment = path.replace('/', '%2F')
      expect(of(`${proxy}/${segment}`)).toEqual(of(`/${path}`))
      for (const other of [
        `/${segment}`,
        `${proxy}/${path.replace('/', '%2f')}`,
        `${proxy}/${path.replace('/', '%252F')}`,
        `${proxy}/%2F${segment}`,
        `${proxy}/${segment}%2F`,
        `${proxy}/${segment}/`,
        `${proxy}/${segment}?a=b`,
        `${proxy}/${segment}%2F..%2F..%2Fexec`,
        `${proxy}/exec%2Fa%2Fb%2Fc`,
      ]) {
        expect([other, of(other)]).toEqual([other, 400])
      }
    },
  )

  test('is not served where the node has no name', () => {
    for (const name of ['', undefined]) {
      const request = { url: `/api/v1/nodes/${name}/proxy/pods`, method: 'GET', rawHeaders: [] }
      expect(route(request, name)).not.toHaveProperty('ok', true)
    }
  })
})
