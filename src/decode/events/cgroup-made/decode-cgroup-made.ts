import { EV_CGROUP_MADE } from '../../../generated/layout.ts';
import type { CgroupMade } from '../../../model/facts.ts';
import { type Cursor, text, u32, u64Text } from '../../cursor.ts';
import { bootNsOf } from '../../header.ts';

export const decodeCgroupMade = (cursor: Cursor): CgroupMade => ({
  kind: 'cgroup-made',
  bootNs: bootNsOf(cursor),
  hierarchyId: u32(cursor, EV_CGROUP_MADE.hierarchyId),
  cgroupId: u64Text(cursor, EV_CGROUP_MADE.cgroupId),
  path: text(
    cursor,
    EV_CGROUP_MADE.path,
    Math.min(u32(cursor, EV_CGROUP_MADE.pathBytes), EV_CGROUP_MADE.pathCapacityBytes),
  ),
});
