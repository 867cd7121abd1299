import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { packageVersion } from '../package-root.js';
import type { RequiredRole } from './access.js';

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    requestId: { type: 'string' },
    code: { type: 'string', description: 'VIT_AREA_WHAT' },
    errors: { type: 'array', items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' }, received: {} }, required: ['path', 'message'] } },
  },
};

type Operation = { security?: Record<string, string[]>[]; responses: Record<string, unknown>; description?: string };

/** The OpenAPI 3.1 document of every route, with the role each asks for and the problems it may answer. */
export const openApiDocument = (app: INestApplication, roles: ReadonlyMap<string, RequiredRole>): OpenAPIObject => {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Vitrine')
    .setDescription('Recommendations that look at photographs, words, reviews and behaviour.')
    .setVersion(packageVersion)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'Publishable, server or admin key' }, 'key')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  const components = (document.components ??= {});
  (components.schemas ??= {}).Problem = PROBLEM as never;
  const problem = (description: string) => ({ description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } });
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(item as Record<string, Operation>)) {
      if (typeof operation !== 'object' || !operation.responses) continue;
      const role = roles.get(`${method.toUpperCase()} ${path.replaceAll(/\{([^}]+)\}/g, ':$1')}`) ?? 'none';
      Object.assign(operation, { 'x-vitrine-role': role });
      if (role !== 'none') {
        operation.security = [{ key: [] }];
        operation.responses['401'] ??= problem('No key, or one that is not known');
        operation.responses['403'] ??= problem(`The key's role does not suffice: ${role} is needed`);
        operation.responses['429'] ??= problem('Too many requests');
      }
      operation.responses['400'] ??= problem('The request is not valid; `errors` names each wrong value');
      if (path.includes('{')) operation.responses['404'] ??= problem('Not found');
      if (['post', 'put', 'patch'].includes(method)) {
        operation.responses['413'] ??= problem('The body is too large');
        operation.responses['415'] ??= problem('The media type is not understood here');
      }
      operation.responses['503'] ??= problem('Not available now; Retry-After says when');
    }
  return document;
};
