import { z } from 'zod';

/** A JSON schema as OpenAPI 3.1 carries it. */
export type JsonSchema = Record<string, unknown>;

const rewrite = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(rewrite);
  if (node === null || typeof node !== 'object') return node;
  const result: JsonSchema = {};
  for (const [name, value] of Object.entries(node)) {
    if (name === '$schema' || name === '$defs' || name === '~standard' || name === 'id') {
      if (name !== 'id' || typeof value !== 'string') {
        if (name === 'id') result[name] = rewrite(value);
        continue;
      }
      continue;
    }
    result[name] =
      name === '$ref' && typeof value === 'string'
        ? value.replace('#/$defs/', '#/components/schemas/')
        : rewrite(value);
  }
  return result;
};

/**
 * The JSON schema of a zod schema. Schemas with `.meta({ id })` become components by that name and are referred to; `io` tells whether the
 * text before (`input`) or after transformations is meant.
 */
export const jsonSchemaOf = (
  schema: z.ZodType,
  io: 'input' | 'output',
  components: Record<string, JsonSchema>,
): JsonSchema => {
  const whole = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    cycles: 'ref',
    reused: 'inline',
  }) as JsonSchema & { $defs?: Record<string, JsonSchema>; id?: string };
  for (const [name, definition] of Object.entries(whole.$defs ?? {}))
    components[name] ??= rewrite(definition) as JsonSchema;
  const body = rewrite(whole) as JsonSchema;
  if (typeof whole.id !== 'string') return body;
  components[whole.id] ??= body;
  return { $ref: `#/components/schemas/${whole.id}` };
};
