import { applyDecorators, type ArgumentMetadata, Body, HttpCode, Injectable, Param, type PipeTransform, Query } from '@nestjs/common';
import { ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { invalidBody } from './field-errors.js';

type JsonSchema = { properties?: Record<string, Record<string, unknown>>; required?: string[] };

const documented = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', target: 'openapi-3.0' }) as Record<string, unknown>;
  return rest;
};

/** Parses whatever carries a schema; the one place where a request meets Zod. */
@Injectable()
export class ZodPipe implements PipeTransform {
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const schema = (metadata as { schema?: unknown }).schema;
    if (!(schema instanceof z.ZodType)) return value;
    const parsed = schema.safeParse(value === undefined && metadata.type === 'body' ? {} : value);
    if (parsed.success) return parsed.data;
    throw invalidBody(metadata.type === 'param' ? under(parsed.error, metadata.data) : parsed.error, metadata.type === 'param' ? { [metadata.data ?? 'id']: value } : value);
  }
}

/** Paths of a parameter's issues begin with its name. */
const under = (error: z.ZodError, name = 'id'): z.ZodError => new z.ZodError(error.issues.map((issue) => ({ ...issue, path: [name, ...issue.path] }) as typeof issue));

/** The JSON body, validated and documented by `schema`. */
export const ZodBody = (schema: z.ZodType): ParameterDecorator => Body({ schema });

/** The whole query string as one object, validated by `schema`, each property documented as a parameter of its own. */
export const ZodQuery = (schema: z.ZodObject): ParameterDecorator => (target, key, index) => {
  Query({ schema })(target, key, index);
  const { properties = {}, required = [] } = documented(schema) as JsonSchema;
  const descriptor = Object.getOwnPropertyDescriptor(target, key!)!;
  for (const [name, property] of Object.entries(properties))
    ApiQuery({ name, required: required.includes(name), schema: property, description: property.description as string | undefined } as Parameters<typeof ApiQuery>[0])(target, key!, descriptor);
};

/** One parameter of the path, validated and documented. */
export const ZodParam = (name: string, schema: z.ZodType): ParameterDecorator => (target, key, index) => {
  Param(name, { schema })(target, key, index);
  ApiParam({ name, schema: documented(schema) } as Parameters<typeof ApiParam>[0])(target, key!, Object.getOwnPropertyDescriptor(target, key!)!);
};

/** What a route answers, with its status. */
export const ZodResponse = (schema: z.ZodType | null, status = 200, description = ''): MethodDecorator =>
  applyDecorators(HttpCode(status), ApiResponse({ status, description, ...(schema ? { standardSchema: schema } : {}) } as Parameters<typeof ApiResponse>[0]));
