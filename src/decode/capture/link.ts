/** Finds the IP packet in a frame, whatever the link. */
const ETHERNET = 1;
const NULL_LOOPBACK = 0;
const OPENBSD_LOOPBACK = 108;
const LINUX_COOKED = 113;
const LINUX_COOKED_2 = 276;
const RAW: ReadonlySet<number> = new Set([12, 14, 101, 228, 229]);
const VLAN: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);
const VLAN_LIMIT = 4;
const IPV4 = 0x0800;
const IPV6 = 0x86dd;

export function isKnownLink(linkType: number): boolean {
  return (
    [ETHERNET, NULL_LOOPBACK, OPENBSD_LOOPBACK, LINUX_COOKED, LINUX_COOKED_2].includes(linkType) || RAW.has(linkType)
  );
}

/** The frame from its IP header on; undefined when it carries none (ARP, IPX, …). */
export function ipPacketOf(linkType: number, frame: Buffer): Buffer | undefined {
  switch (linkType) {
    case ETHERNET:
      return afterTags(frame, 12);
    case LINUX_COOKED:
      return afterTags(frame, 14);
    case LINUX_COOKED_2:
      return frame.length >= 20 ? afterType(frame, frame.readUInt16BE(0), 20) : undefined;
    case NULL_LOOPBACK:
    case OPENBSD_LOOPBACK:
      // The family's number differs by system and its byte order by host; the IP version does not.
      return frame.length > 4 ? frame.subarray(4) : undefined;
    default:
      return RAW.has(linkType) ? frame : undefined;
  }
}

function afterTags(frame: Buffer, typeAt: number): Buffer | undefined {
  if (frame.length < typeAt + 2) return undefined;
  return afterType(frame, frame.readUInt16BE(typeAt), typeAt + 2);
}

function afterType(frame: Buffer, type: number, from: number): Buffer | undefined {
  let etherType = type;
  let at = from;
  for (let tags = 0; VLAN.has(etherType); tags++) {
    if (tags === VLAN_LIMIT || frame.length < at + 4) return undefined;
    etherType = frame.readUInt16BE(at + 2);
    at += 4;
  }
  return etherType === IPV4 || etherType === IPV6 ? frame.subarray(at) : undefined;
}
