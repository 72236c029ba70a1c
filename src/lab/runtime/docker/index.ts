/** Docker's Engine API over the lab's runtime: what changes a container's life is refused. */
export { startDockerApi, type DockerApi, type DockerApiOptions } from './start-docker-api.ts'
