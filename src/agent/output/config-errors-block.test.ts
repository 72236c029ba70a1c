import { expect, test } from 'vitest'
import { configErrorsBlock } from './config-errors-block.ts'

test('each check with its faults, as the Agent shows them; nothing without', () => {
  const faults = ['conf.yaml:1: timeout: must be more than 0 seconds', 'conf.yaml:2: tags: no']
  const errors = faults.map((fault) => ({ check: 'kubelet', fault }))
  expect(configErrorsBlock(errors)).toBe(
    [
      '',
      '  Config Errors',
      '  ==============',
      '    kubelet',
      '    -------',
      `      ${faults[0]}`,
      `      ${faults[1]}`,
      '',
      '',
    ].join('\n'),
  )
  expect(configErrorsBlock([])).toBe('')
})
