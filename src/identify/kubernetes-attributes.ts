import type { Attributes } from '../model/attributes.ts';

/** Labels that kubelet puts on containers, and those that workloads commonly carry. */
const BY_LABEL: readonly (readonly [attribute: string, label: string])[] = [
  ['k8s.namespace.name', 'io.kubernetes.pod.namespace'],
  ['k8s.pod.name', 'io.kubernetes.pod.name'],
  ['k8s.pod.uid', 'io.kubernetes.pod.uid'],
  ['k8s.container.name', 'io.kubernetes.container.name'],
  ['k8s.deployment.name', 'io.kubernetes.deployment.name'],
  ['k8s.statefulset.name', 'io.kubernetes.statefulset.name'],
  ['k8s.daemonset.name', 'io.kubernetes.daemonset.name'],
  ['k8s.job.name', 'batch.kubernetes.io/job-name'],
];

/** `k8s.*` from labels; the pod's uid is in the cgroup path where there are none. */
export function kubernetesAttributes(labels: Readonly<Record<string, string>>, podUid: string | undefined): Attributes {
  const attributes: Record<string, string> = podUid === undefined ? {} : { 'k8s.pod.uid': podUid };
  for (const [attribute, label] of BY_LABEL) {
    const value = labels[label];
    if (value !== undefined && value !== '') attributes[attribute] = value;
  }
  return attributes;
}
