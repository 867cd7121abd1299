import { Problem } from '../http/problem.js';

/**
 * A vector as pgvector reads it: `[1,2.5,3]`. Shortest text that gives the same float32 back.
 *
 * @throws Problem `VIT_VECTOR_NUMBER` when a component is not finite.
 */
export const toVectorText = (vector: Float32Array): string => {
  let text = '[';
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i] as number;
    if (!Number.isFinite(value)) {
      throw new Problem({
        code: 'VIT_VECTOR_NUMBER',
        status: 400,
        title: 'Not a vector',
        detail: `Component ${i} of the vector is ${value}; every component must be a finite number.`,
      });
    }
    // Nine significant digits bring every float32 back exactly, at half the length of a double.
    text += (i === 0 ? '' : ',') + Number(value.toPrecision(9));
  }
  return `${text}]`;
};

/** The inverse of `toVectorText`; shape `(dimension,)`. */
export const fromVectorText = (text: string): Float32Array => {
  const inner = text.slice(1, -1);
  return inner === '' ? new Float32Array(0) : Float32Array.from(inner.split(','), Number);
};
