#!/usr/bin/env node
// Old syntax on purpose: an old Node must be able to read this file and say what is wrong.
'use strict'
var wanted = [20, 19]
var have = process.versions.node.split('.').map(Number)
if (have[0] < wanted[0] || (have[0] === wanted[0] && have[1] < wanted[1])) {
  console.error(
    'sublet: this is Node ' +
      process.versions.node +
      ', and Sublet needs ' +
      wanted.join('.') +
      ' or newer.',
  )
  console.error('Next: install a current Node.js, then run the same command again.')
  process.exit(2)
}
import('../dist/sublet.js').then(
  function (cli) {
    return cli.main(process.argv)
  },
  function (error) {
    if (
      error &&
      error.code === 'ERR_MODULE_NOT_FOUND' &&
      String(error.message).indexOf('dist/sublet.js') > 0
    ) {
      console.error('sublet: the program is not built yet (dist/ is missing).')
      console.error('Next: run `npm ci`, which builds it, or `npm run build`.')
      process.exit(2)
    }
    throw error
  },
)
