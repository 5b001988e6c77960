import type { Attributes, AttributeValue } from '../../model/attributes.ts';
import { WIRE_VARINT, type WireWriter } from './wire.ts';

const KEY_VALUE_KEY = 1;
const KEY_VALUE_VALUE = 2;
const ANY_STRING = 1;
const ANY_BOOL = 2;
const ANY_INT = 3;
const ANY_DOUBLE = 4;
const ANY_ARRAY = 5;
const ARRAY_VALUES = 1;
const INT64_LIMIT = 2 ** 63;

/** Writes each attribute as a KeyValue in the given repeated field. */
export function writeAttributes(writer: WireWriter, field: number, attributes: Attributes): void {
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value === undefined) continue;
    const pair = writer.open(field);
    writer.string(KEY_VALUE_KEY, key);
    const any = writer.open(KEY_VALUE_VALUE);
    writeAny(writer, value);
    writer.close(any);
    writer.close(pair);
  }
}

function writeAny(writer: WireWriter, value: AttributeValue): void {
  if (typeof value === 'string') writer.string(ANY_STRING, value);
  else if (typeof value === 'boolean') {
    writer.tag(ANY_BOOL, WIRE_VARINT);
    writer.varint(value ? 1 : 0);
  } else if (typeof value === 'number') {
    if (Number.isInteger(value) && Math.abs(value) < INT64_LIMIT) {
      writer.tag(ANY_INT, WIRE_VARINT);
      writer.int64(value);
    } else writer.double(ANY_DOUBLE, value);
  } else {
    const array = writer.open(ANY_ARRAY);
    for (const item of value) {
      const any = writer.open(ARRAY_VALUES);
      writer.string(ANY_STRING, item);
      writer.close(any);
    }
    writer.close(array);
  }
}
