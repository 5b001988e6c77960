/** OTLP attribute values that sonde emits. Integers are exported as int64, other numbers as double. */
export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Readonly<Record<string, AttributeValue>>;
