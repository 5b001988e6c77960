/** Integers are bigint, so that 5 and 5.0 are told apart. */
export type SinkValue = string | number | bigint | boolean | readonly SinkValue[] | undefined;

export interface WireAny {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string;
  doubleValue?: number;
  arrayValue?: { values?: WireAny[] };
}
export interface WirePair {
  key?: string;
  value?: WireAny;
}

export function attributesOf(pairs: readonly WirePair[] = []): Record<string, SinkValue> {
  const attributes: Record<string, SinkValue> = Object.create(null);
  for (const { key = '', value } of pairs) {
    if (key in attributes) throw new Error(`attribute ${key} twice`);
    attributes[key] = plainValue(value);
  }
  return attributes;
}

function plainValue(value: WireAny = {}): SinkValue {
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(plainValue);
  if (value.intValue !== undefined) return BigInt(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue;
}
