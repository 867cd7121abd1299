/** Writes ONNX graphs by hand: just enough of the protobuf format for the small networks that tests load. */

const concat = (parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

const varint = (value: number | bigint): Uint8Array => {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
};

const number = (field: number, value: number | bigint): Uint8Array => concat([varint(field << 3), varint(value)]);
const block = (field: number, bytes: Uint8Array): Uint8Array =>
  concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
const text = (field: number, value: string): Uint8Array => block(field, Buffer.from(value));
const float = (field: number, value: number): Uint8Array => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return concat([varint((field << 3) | 5), bytes]);
};

export const FLOAT = 1;
export const INT64 = 7;

/** A constant of the graph. */
export interface Constant {
  name: string;
  dims: readonly number[];
  data: Float32Array | BigInt64Array;
}

export type Attribute = number | { float: number } | readonly number[];

/** One operation. Whole numbers and lists of them are int attributes; `{ float }` is a float one. */
export interface Operation {
  type: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, Attribute>>;
}

/** An input or output; a dimension given by name is free. */
export interface Port {
  name: string;
  type: typeof FLOAT | typeof INT64;
  dims: readonly (number | string)[];
}

export interface Graph {
  inputs: readonly Port[];
  outputs: readonly Port[];
  constants: readonly Constant[];
  operations: readonly Operation[];
}

const attribute = (name: string, value: Attribute): Uint8Array => {
  if (typeof value === 'number') return concat([text(1, name), number(3, value), number(20, 2)]);
  if ('float' in value) return concat([text(1, name), float(2, value.float), number(20, 1)]);
  return concat([text(1, name), ...value.map((each) => number(8, each)), number(20, 7)]);
};

const operation = ({ type, inputs, outputs, attributes = {} }: Operation): Uint8Array =>
  concat([
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, type),
    ...Object.entries(attributes).map(([name, value]) => block(5, attribute(name, value))),
  ]);

const constant = ({ name, dims, data }: Constant): Uint8Array =>
  concat([
    ...dims.map((dim) => number(1, dim)),
    number(2, data instanceof BigInt64Array ? INT64 : FLOAT),
    text(8, name),
    block(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);

const port = ({ name, type, dims }: Port): Uint8Array => {
  const shape = concat(dims.map((dim) => block(1, typeof dim === 'number' ? number(1, dim) : text(2, dim))));
  return concat([text(1, name), block(2, block(1, concat([number(1, type), block(2, shape)])))]);
};

/** The bytes of a `.onnx` file: opset 17, IR version 8. */
export const writeOnnx = ({ inputs, outputs, constants, operations }: Graph): Buffer => {
  const graph = concat([
    ...operations.map((each) => block(1, operation(each))),
    text(2, 'tiny'),
    ...constants.map((each) => block(5, constant(each))),
    ...inputs.map((each) => block(11, port(each))),
    ...outputs.map((each) => block(12, port(each))),
  ]);
  const opset = concat([text(1, ''), number(2, 17)]);
  return Buffer.from(concat([number(1, 8), text(2, 'vitrine-tests'), block(7, graph), block(8, opset)]));
};
