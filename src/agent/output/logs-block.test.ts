import { expect, test } from 'vitest'
import { logsBlock } from './logs-block.ts'

const OFF = {
  running: false,
  notes: [],
  collectAll: true,
  folder: '/var/log/pods',
  lines: 0,
  bytes: 0,
  truncated: 0,
  unreadBytes: 0,
  openFiles: 0,
  lastSentAt: 0,
  foreignFolders: 0,
  containers: [],
}

test('says why there are no logs', () => {
  expect(logsBlock(undefined)).toBe('  Logs Agent is not running\n')
  expect(logsBlock({ ...OFF, notes: ['no sink'] })).toBe(
    '  Logs Agent is not running\n  Warning: no sink\n',
  )
})

test('shows what is collected, and what is left alone', () => {
  const containers = [{ name: 'shop/web-0/app', files: 2, lines: 1234, unreadBytes: 0 }]
  const text = logsBlock({ ...OFF, running: true, lines: 1234, foreignFolders: 7, containers })
  expect(text).toContain('  LogsSent: 1,234\n')
  expect(text).toContain('  Folders of others: 7, not read\n')
  expect(text).toContain('  Last Sent: Never\n')
  expect(text).toContain('    shop/web-0/app: Files: 2, Lines: 1,234, Unread bytes: 0\n')
})
