import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type JsonLimits, jsonValues } from './json-values.js';

const lists = new Set(['@graph']);
const partsOf = async (text: string, limits: Partial<JsonLimits> = {}, chunk = 3) => {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, at) =>
    bytes.subarray(at * chunk, (at + 1) * chunk),
  );
  const parts = [];
  const source = Readable.from(pieces, { objectMode: false });
  for await (const part of jsonValues(source, { whole: 10_000, entry: 100, lists, ...limits })) parts.push(part);
  return parts;
};

describe('JSON is cut into values while it streams', () => {
  const product = { name: 'Stühle, "} ] [\\', parts: [[1, { a: [] }], 'x'], n: -1.5e3, t: true };
  const written = JSON.stringify(product, null, 1);

  it('whole documents, one after the other', async () => {
    const parts = await partsOf(`${written}\n,${written} 17 "a\\"b"\n[1]`);
    expect(parts.map(({ json }) => JSON.parse(json!))).toEqual([product, product, 17, 'a"b', [1]]);
    const length = written.split('\n').length;
    expect(parts.map(({ line }) => line)).toEqual([1, length + 1, 2 * length, 2 * length, 2 * length + 1]);
  });

  it('entries of a list that is too large, however it is cut', async () => {
    for (const chunk of [1, 2, 7]) {
      const parts = await partsOf(`[${written}, 5,\n ${written}]`, { whole: 10, entry: 1_000 }, chunk);
      expect(parts.map(({ json }) => JSON.parse(json!))).toEqual([product, 5, product]);
      const graph = `{"@context":{"a":[1]},"@graph":[${written},${written}],"b":["{"],"@id":"]"} {"c":1}`;
      const entries = await partsOf(graph, { whole: 60, entry: 1_000 }, chunk);
      expect(entries.map(({ json }) => JSON.parse(json!))).toEqual([product, product, { c: 1 }]);
    }
  });

  it('says which entry is too long, and where a document breaks off', async () => {
    const long = JSON.stringify({ text: 'x'.repeat(200) });
    expect(await partsOf(`[1,\n${long},\n2]`, { whole: 0 })).toEqual([
      { line: 1, json: '1' },
      { line: 2, json: null, message: 'is longer than 100 characters' },
      { line: 3, json: '2' },
    ]);
    expect(await partsOf('[1,\n{"a":', { whole: 0 })).toMatchObject([
      { json: '1' },
      { line: 2, json: null, brokenOff: true },
    ]);
    expect(await partsOf('{"a": [1, 2')).toMatchObject([{ line: 1, json: null, brokenOff: true }]);
  });
});
