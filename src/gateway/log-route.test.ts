import fc from 'fast-check'
import { expect, test } from 'vitest'
import { logRoute } from './log-route.ts'

test.each([
  '/containerLogs/ns/pod',
  '/containerLogs/ns/pod/c/',
  '/containerLogs//pod/c',
  '/containerLogs/ns/../c',
  '/containerLogs/ns/po..d/c',
  '/containerLogs/ns/%2e%2e/c',
  '/containerLogs/NS/pod/c',
  '/containerLogs/ns.x/pod/c',
  `/containerLogs/ns/${'a'.repeat(254)}/c`,
  `/containerLogs/${'a'.repeat(64)}/pod/c`,
  '/containerlogs/ns/pod/c',
  '/containerLogs/ns/pod/c#x',
])('%s is no log', (target) => {
  expect(logRoute(target)).toBeUndefined()
})

test.each([
  '?',
  '?follow',
  '?follow=TRUE',
  '?follow=true&follow=true',
  '?tailLines=1e3',
  '?tailLines=%31',
  '?limitBytes=0',
  '?sinceSeconds=0',
  '?sinceTime=2026-11-22',
  '?sinceTime=2026-13-22T00:00:00Z',
  '?sinceTime=2026-11-22T11:57:51+01:00',
  '?container=other',
  '?__proto__=1',
  '?a=b?follow=true',
])('%s is refused', (query) => {
  expect(logRoute(`/containerLogs/ns/pod/c${query}`)).toMatchObject({ kind: 'fault' })
})

test('whatever is read as a log has plain names and known options', () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom('ns', 'web-0', 'a.b', '..', '%2f', 'follow=true'),
  )
  fc.assert(
    fc.property(part, part, part, part, (namespace, pod, container, query) => {
      const read = logRoute(`/containerLogs/${namespace}/${pod}/${container}?${query}`)
      if (read?.kind !== 'log') return
      for (const name of [read.log.namespace, read.log.pod, read.log.container]) {
        expect(name).toMatch(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/)
        expect(name).not.toContain('..')
      }
    }),
  )
})
