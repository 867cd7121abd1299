import { Body, HttpCode, Param, type PipeTransform, Query } from '@nestjs/common';
import type { z } from 'zod';
import { fieldErrorsOf } from './field-errors.js';
import { Problem } from './problem.js';

/** What a route takes and gives, for validation of its media type and for the OpenAPI document. */
export interface RouteContract {
  body?: { schema: z.ZodType; mediaTypes: readonly string[] };
  query?: z.ZodType;
  params: Record<string, z.ZodType>;
  responses: { status: number; schema: z.ZodType | null; description: string }[];
}

const CONTRACT = Symbol('RouteContract');

/** Whether a body of this media type is one that the route reads. */
export const takesMediaType = ({ body }: RouteContract, contentType: string): boolean => {
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  return (
    body === undefined ||
    body.mediaTypes.some((taken) => (taken.endsWith('/*') ? type.startsWith(taken.slice(0, -1)) : type === taken))
  );
};

/** The contract noted on a handler; an empty one if none was. */
export const contractOf = (handler: object): RouteContract =>
  (Reflect.getMetadata(CONTRACT, handler) as RouteContract | undefined) ?? { params: {}, responses: [] };

const amend = (handler: unknown, change: (contract: RouteContract) => void): void => {
  const contract = contractOf(handler as object);
  change(contract);
  Reflect.defineMetadata(CONTRACT, contract, handler as object);
};

const handlerOf = (target: object, name: string | symbol | undefined): unknown =>
  (target as Record<string | symbol, unknown>)[name as string];

class ZodPipe implements PipeTransform {
  constructor(
    private readonly schema: z.ZodType,
    /** Where the value stands in the request; empty for the body. */
    private readonly place: string,
  ) {}

  transform(value: unknown): unknown {
    // A call without a body is a call with nothing said.
    const result = this.schema.safeParse(value ?? (this.place === '' ? {} : value));
    if (result.success) return result.data;
    const errors = fieldErrorsOf(result.error, value).map((error) => ({
      ...error,
      path: [this.place, error.path].filter((part) => part !== '').join('.'),
    }));
    const detail = errors.map(({ path, message }) => `${path || 'the body'}: ${message}`).join('; ');
    throw new Problem({
      code: 'VIT_REQUEST_INVALID',
      status: 400,
      title: 'The request is not valid',
      detail: detail.slice(0, 1_000),
      errors,
    });
  }
}

/** The JSON body, checked against `schema`; anything but JSON is refused with 415 before it is read. */
export const ZodBody =
  (schema: z.ZodType): ParameterDecorator =>
  (target, name, index) => {
    Body(new ZodPipe(schema, ''))(target, name, index);
    amend(handlerOf(target, name), (contract) => {
      contract.body = { schema, mediaTypes: ['application/json', 'application/merge-patch+json'] };
    });
  };

/** The query string, checked against an object schema (values arrive as text: use `z.coerce` or `z.stringbool`). */
export const ZodQuery =
  (schema: z.ZodObject): ParameterDecorator =>
  (target, name, index) => {
    Query(new ZodPipe(schema, ''))(target, name, index);
    amend(handlerOf(target, name), (contract) => {
      contract.query = schema;
    });
  };

/** One path parameter, percent-decoded, checked against `schema`. */
export const ZodParam =
  (parameter: string, schema: z.ZodType): ParameterDecorator =>
  (target, name, index) => {
    Param(parameter, new ZodPipe(schema, parameter))(target, name, index);
    amend(handlerOf(target, name), (contract) => {
      contract.params[parameter] = schema;
    });
  };

/** What the route answers when all is well; also sets the status (200 unless told). `null`: no content. */
export const ZodResponse =
  (schema: z.ZodType | null, status = 200, description = 'Done'): MethodDecorator =>
  (target, name, descriptor: PropertyDescriptor) => {
    amend(descriptor.value, (contract) => {
      if (contract.responses.length === 0) HttpCode(status)(target, name, descriptor);
      contract.responses.push({ status, schema, description });
    });
  };

/** A batch: `application/x-ndjson`, one value of `schema` a line. The handler reads it with `readNdjson(request)`. */
export const NdjsonBody =
  (schema: z.ZodType): MethodDecorator =>
  (_target, _name, descriptor: PropertyDescriptor) =>
    amend(descriptor.value, (contract) => {
      contract.body = { schema, mediaTypes: ['application/x-ndjson', 'application/ndjson', 'application/jsonl'] };
    });

/** A body that the handler reads by itself (pictures, archives); only these media types are let in. `image/*` stands for all of a kind. */
export const RawBody =
  (schema: z.ZodType, ...mediaTypes: string[]): MethodDecorator =>
  (_target, _name, descriptor: PropertyDescriptor) =>
    amend(descriptor.value, (contract) => {
      contract.body = { schema, mediaTypes };
    });
