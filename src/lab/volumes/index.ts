/** Volumes of the lab: binds claims to volumes, makes volumes as minikube's provisioner does, protects those in use. */
export { volumeController, type VolumeOptions } from './controller.ts'
export { standardClass } from './provision.ts'
