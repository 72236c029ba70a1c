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

test.each(['192.0.2.1', '127.300.0.1', '127.0.1', '127.0.0.x', '127.0.0.1.1', '::1', ''])(
  '%j is no loopback address of IPv4, and wrong usage',
  async (address) => {
    await expect(chooseNetwork('x', address)).rejects.toMatchObject({ code: 'E_USAGE' })
  },
)

test('pods get addresses of their own, never the node’s', async () => {
  const network = await chooseNetwork('pods')
  const addresses = Array.from({ length: 600 }, () => network.takePodAddress())
  expect(new Set(addresses).size).toBe(600)
  expect(addresses).not.toContain(network.nodeAddress)
  const prefix = network.nodeAddress.split('.').slice(0, 2).join('.')
  expect(addresses.every((address) => address.startsWith(`${prefix}.`))).toBe(true)
})

test('every node of a lab has an address and rows of pod addresses of its own', async () => {
  const network = await chooseNetwork('nodes', undefined, 3)
  const prefix = network.nodeAddress.split('.').slice(0, 2).join('.')
  expect(network.nodeAddresses).toEqual([1, 2, 3].map((host) => `${prefix}.0.${host}`))
  expect([0, 1, 2, 0].map((node) => network.takePodAddress(node))).toEqual(
    ['1.1', '2.1', '3.1', '1.2'].map((rest) => `${prefix}.${rest}`),
  )
  const many = [0, 1, 2].flatMap((node) =>
    Array.from({ length: 600 }, () => network.takePodAddress(node)),
  )
  expect(new Set(many).size).toBe(1800)
})

test('pods never get the address of a node, wherever the nodes are; nodes have to fit', async () => {
  const network = await chooseNetwork('x', '127.211.1.1', 2)
  expect(network.nodeAddresses).toEqual(['127.211.1.1', '127.211.1.2'])
  expect(network.takePodAddress(0)).toBe('127.211.2.1')
  await expect(chooseNetwork('x', '127.211.0.250', 10)).rejects.toMatchObject({ code: 'E_USAGE' })
})
