/** Docker's Engine API over the lab's runtime: reading only. */
export { startDockerApi, type DockerApi, type DockerApiOptions } from './start-docker-api.ts'
