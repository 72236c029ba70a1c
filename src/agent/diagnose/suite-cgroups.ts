import { createSystemCollector } from '../cgroups/collector.ts'
import { messageOf } from '../go-errors.ts'
import { pass, skipped, trouble, type Diagnosis, type Suite } from './diagnosis.ts'

/** The node's control groups and processes, as far as they can be seen from here. */
export const CGROUPS_SUITE: Suite = {
  name: 'cgroups',
  about: "the node's control groups and processes",
  diagnose: ({ loaded: { config }, now }) => {
    const { cgroupRoot, procRoot } = config.system
    const at = config.containerized ? '/host' : ''
    if (cgroupRoot === undefined) {
      const text = `${at}/sys/fs/cgroup is not there: numbers come from Docker or the kubelet`
      return Promise.resolve([skipped('Control groups', text)])
    }
    const processes =
      procRoot === undefined
        ? skipped('Processes', `${at}/proc is not there: no network and no open files from it`)
        : pass('Processes', `${procRoot} can be read`)
    return Promise.resolve([controlGroups(cgroupRoot, procRoot, now), processes])
  },
}

function controlGroups(
  cgroupRoot: string,
  procRoot: string | undefined,
  now: () => number,
): Diagnosis {
  const name = 'Control groups'
  const remediation = 'Mount /sys/fs/cgroup of the node at /host/sys/fs/cgroup, read-only.'
  try {
    const collector = createSystemCollector({ cgroupRoot, procRoot, now })
    if (!collector) {
      const text = `${cgroupRoot} holds no control groups that can be read`
      return trouble('WARNING', name, text, { remediation })
    }
    return pass(name, `${cgroupRoot} shows ${collector.list().length} containers`)
  } catch (error) {
    const rawError = messageOf(error)
    return trouble('WARNING', name, `${cgroupRoot} cannot be read`, { remediation, rawError })
  }
}
