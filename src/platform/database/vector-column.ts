import { Problem } from '../http/problem.js';

/**
 * A vector as pgvector reads it: `[1,2.5,3]`. The text of each number is that of a double, so it gives the same float32 back; rounding it to the
 * nine digits that would do takes seven times as long.
 *
 * @throws Problem `VIT_VECTOR_NUMBER` when a component is not finite.
 */
export const toVectorText = (vector: Float32Array): string => {
  const odd = vector.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) {
    throw new Problem({
      code: 'VIT_VECTOR_NUMBER',
      status: 400,
      title: 'Not a vector',
      detail: `Component ${odd} of the vector is ${vector[odd]}; every component must be a finite number.`,
    });
  }
  return `[${vector.join(',')}]`;
};

/** The inverse of `toVectorText`; shape `(dimension,)`. What pgvector writes is a JSON array of finite numbers. */
export const fromVectorText = (text: string): Float32Array => Float32Array.from(JSON.parse(text) as number[]);
