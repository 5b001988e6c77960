export const DECODE_ERRORS = {
  SND_DEC_FILE: {
    what: 'the capture cannot be read',
    remedy: 'Give a file that exists and can be read, or /dev/stdin.',
  },
  SND_DEC_FORMAT: {
    what: 'the file is no capture',
    remedy: 'Give a pcap or pcapng file, as `tcpdump -w` and Wireshark write them.',
  },
  SND_DEC_LINK: {
    what: 'the link type is not known',
    remedy: 'Capture on Ethernet, Linux cooked (`-i any`), loopback or a raw IP interface.',
  },
} as const;
