import { Problem } from '../platform/http/problem.js';

/**
 * The vector at unit length (itself, if it already is within 10⁻⁴).
 * @throws `Problem` `VIT_INDEX_VECTOR` for another length than `dimension`, a number that is not finite, or a vector of length zero.
 */
export const unitVector = (vector: Float32Array, dimension: number, whose: string): Float32Array => {
  if (vector.length !== dimension)
    throw refused(`${whose} has ${vector.length} numbers; this index holds vectors of ${dimension}`);
  let squares = 0;
  for (let i = 0; i < dimension; i++) squares += vector[i]! * vector[i]!;
  if (!Number.isFinite(squares)) throw refused(`${whose} holds a number that is not finite`);
  if (squares < 1e-24) throw refused(`${whose} has length zero and so no direction`);
  if (Math.abs(squares - 1) < 1e-4) return vector;
  const factor = 1 / Math.sqrt(squares);
  return vector.map((value) => value * factor);
};

const refused = (detail: string): Problem =>
  new Problem({ code: 'VIT_INDEX_VECTOR', status: 500, title: 'A vector that no index can hold', detail });
