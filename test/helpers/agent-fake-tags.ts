/** The tags that upstream's provider tests hand out, by pod uid and container id. */
const fluentd = (name: string): string[] => [
  `kube_container_name:${name}`,
  'kube_deployment:fluentd-gcp-v2.0.10',
]
const inDefault = (tags: string[]): string[] => [...tags, 'kube_namespace:default']
const web = [
  'kube_namespace:default',
  'kube_service:nginx',
  'kube_stateful_set:web',
  'namespace:default',
  'persistentvolumeclaim:www-web-2',
  'pod_phase:running',
]

export const FAKE_TAGS: Readonly<Record<string, readonly string[]>> = {
  'c2319815-10d0-11e8-bd5a-42010af00137': ['pod_name:datadog-agent-jbm2k'],
  '2edfd4d9-10ce-11e8-bd5a-42010af00137': ['pod_name:fluentd-gcp-v2.0.10-9q9t4'],
  '2fdfd4d9-10ce-11e8-bd5a-42010af00137': ['pod_name:fluentd-gcp-v2.0.10-p13r3'],
  '5741ed2471c0e458b6b95db40ba05d1a5ee168256638a0264f08703e48d76561': inDefault(
    fluentd('fluentd-gcp'),
  ),
  '1d1f139dc1c9d49010512744df34740abcfaadf9930d3afd85afbf5fccfadbd6': inDefault(fluentd('init')),
  '580cb469826a10317fd63cc780441920f49913ae63918d4c7b19a72347645b05': inDefault(
    fluentd('prometheus-to-sd-exporter'),
  ),
  '6941ed2471c0e458b6b95db40ba05d1a5ee168256638a0264f08703e48d76561': inDefault(
    fluentd('fluentd-gcp'),
  ),
  '690cb469826a10317fd63cc780441920f49913ae63918d4c7b19a72347645b05': inDefault(
    fluentd('prometheus-to-sd-exporter'),
  ),
  '5f93d91c7aee0230f77fbe9ec642dd60958f5098e76de270a933285c24dfdc6f': inDefault([
    'pod_name:demo-app-success-c485bc67b-klj45',
  ]),
  '580cb469826a10317fd63cc780441920f49913ae63918d4c7b19a72347645b06': fluentd(
    'prometheus-to-sd-exporter-no-namespace',
  ),
  '6941ed2471c0e458b6b95db40ba05d1a5ee168256638a0264f08703e48d76562': fluentd(
    'fluentd-gcp-no-namespace',
  ),
  '690cb469826a10317fd63cc780441920f49913ae63918d4c7b19a72347645b06': fluentd(
    'prometheus-to-sd-exporter-no-namespace',
  ),
  '5f93d91c7aee0230f77fbe9ec642dd60958f5098e76de270a933285c24dfdc6g': [
    'pod_name:demo-app-success-c485bc67b-klj45-no-namespace',
  ],
  'd2e71e36-10d0-11e8-bd5a-42010af00137': ['pod_name:dd-agent-q6hpw'],
  '260c2b1d43b094af6d6b4ccba082c2db': [
    'pod_name:kube-proxy-gke-haissam-default-pool-be5066f1-wnvn',
  ],
  '24d6daa3-10d8-11e8-bd5a-42010af00137': ['pod_name:demo-app-success-c485bc67b-klj45'],
  f69aa93ce78ee11e78e7c75dc71f535567961740a308422dafebdb4030b04903: ['pod_name:pi-kff76'],
  '12ceeaa9-33ca-11e6-ac8f-42010af00003': ['pod_name:dd-agent-ntepl'],
  '32fc50ecfe24df055f6d56037acb966337eef7282ad5c203a1be58f2dd2fe743': inDefault([
    'pod_name:dd-agent-ntepl',
  ]),
  a335589109ce5506aa69ba7481fc3e6c943abd23c5277016c92dac15d0f40479: inDefault([
    'kube_container_name:datadog-agent',
  ]),
  '80bd9ebe296615341c68d571e843d800fb4a75bef696d858065572ab4e49920b': inDefault([
    'kube_container_name:running-init',
  ]),
  '326b384481ca95204018e3e837c61e522b64a3b86c3804142a22b2d1db9dbd7b': inDefault([
    'kube_container_name:datadog-agent',
  ]),
  '6d8c6a05731b52195998c438fdca271b967b171f6c894f11ba59aa2f4deff10c': inDefault([
    'pod_name:cassandra-0',
  ]),
  '639980e5-2e6c-11ea-8bb1-42010a800074': web,
  '639980e5-2e6c-11ea-8bb1-42010a800075': [...web, 'persistentvolumeclaim:www2-web-3'],
}
