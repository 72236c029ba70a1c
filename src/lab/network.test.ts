import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { KUBELET_PORT, chooseNetwork } from './network.ts'

test('two labs with the same seed get different node addresses', async () => {
  const first = await chooseNetwork('seed')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(KUBELET_PORT, first.nodeAddress, resolve))
  const second = await chooseNetwork('seed')
  expect(second.nodeAddress).not.toBe(first.nodeAddress)
  await new Promise((resolve) => server.close(resolve))
})

test('a wished-for address whose port is taken is an error that names the port', async () => {
  const { nodeAddress } = await chooseNetwork('another seed')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(KUBELET_PORT, nodeAddress, resolve))
  await expect(chooseNetwork('x', nodeAddress)).rejects.toMatchObject({
    code: 'E_PORT_IN_USE',
    message: `the lab cannot listen on ${nodeAddress}:${KUBELET_PORT}: it is in use`,
  })
  await new Promise((resolve) => server.close(resolve))
})

test('an address outside the loopback network is wrong usage', async () => {
  await expect(chooseNetwork('x', '192.0.2.1')).rejects.toMatchObject({ code: 'E_USAGE' })
})

test('pods get addresses of their own, never the node’s', async () => {
  const network = await chooseNetwork('pods')
  const addresses = Array.from({ length: 600 }, () => network.takePodAddress())
  expect(new Set(addresses).size).toBe(600)
  expect(addresses).not.toContain(network.nodeAddress)
  const prefix = network.nodeAddress.split('.').slice(0, 2).join('.')
  expect(addresses.every((address) => address.startsWith(`${prefix}.`))).toBe(true)
})
