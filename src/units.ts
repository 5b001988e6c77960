/** Conversions between units that appear in names. Nothing else belongs here. */
export const NS_PER_S = 1e9;
export const NS_PER_MS = 1e6;
export const US_PER_S = 1e6;
export const MS_PER_S = 1e3;
export const MIB = 1048576;
/** 2^32, for joining two 32-bit halves into a double (exact below 2^53). */
export const TWO_POW_32 = 4294967296;
