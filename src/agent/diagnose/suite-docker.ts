import { createDockerClient } from '../docker/client.ts'
import { messageOf } from '../go-errors.ts'
import { pass, skipped, trouble, type Suite } from './diagnosis.ts'

const NAME = 'Docker'

/** Docker's socket, when there is one. It is the node's: it shows every tenant's containers. */
export const DOCKER_SUITE: Suite = {
  name: 'connectivity-container-runtime',
  about: "the node's Docker, if it is mounted",
  async diagnose({ loaded: { config }, signal }) {
    const { docker } = config
    if (!docker) return [skipped(NAME, 'No socket is mounted and DOCKER_HOST is not set')]
    const where = docker.kind === 'unix' ? docker.path : docker.url
    const client = createDockerClient(docker)
    try {
      const { Name: host } = await client.info(signal)
      const { length } = await client.containers(signal)
      return [
        pass(
          NAME,
          `${where} answers for ${host ?? 'a host without a name'}: ${length} running containers`,
        ),
      ]
    } catch (error) {
      signal.throwIfAborted()
      const remediation = docker.configured
        ? 'Correct DOCKER_HOST, or take it away: the kubelet is then asked for containers.'
        : 'Mount /var/run of the node at /host/var/run, or leave it out altogether.'
      const text = `${where} cannot be asked`
      return [trouble('FAIL', NAME, text, { remediation, rawError: messageOf(error) })]
    } finally {
      client[Symbol.dispose]()
    }
  },
}
