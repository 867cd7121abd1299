import { type INestApplication, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import { ACCESS, type RequiredRole } from './access.js';

/** Name of a route as Fastify tells it in `request.routeOptions`: `GET /v1/items/:id`. */
const named = (method: string, ...parts: string[]): string =>
  `${method} /${parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')}`;

/**
 * The role every route asks for, read once from the decorators, so that a request can be judged before its body is read.
 * @throws Error for a route that states none: forgetting it must not open it.
 */
export const routeRoles = (app: INestApplication): Map<string, RequiredRole> => {
  const roles = new Map<string, RequiredRole>();
  for (const module of app.get(ModulesContainer).values())
    for (const { metatype } of module.controllers.values()) {
      if (!metatype || typeof metatype !== 'function') continue;
      const bases = [Reflect.getMetadata(PATH_METADATA, metatype) as string | string[] | undefined].flat().map((path) => path ?? '');
      for (const name of Object.getOwnPropertyNames(metatype.prototype)) {
        const handler = Object.getOwnPropertyDescriptor(metatype.prototype, name)?.value as object | undefined;
        if (typeof handler !== 'function') continue;
        const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
        if (method === undefined) continue;
        const role = (Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, metatype)) as RequiredRole | undefined;
        if (role === undefined) throw new Error(`${metatype.name}.${name} states no role: add @Access(…)`);
        const paths = [Reflect.getMetadata(PATH_METADATA, handler) as string | string[] | undefined].flat().map((path) => path ?? '');
        for (const base of bases)
          for (const path of paths) {
            roles.set(named(RequestMethod[method], base, path), role);
            if (method === RequestMethod.GET) roles.set(named('HEAD', base, path), role);
          }
      }
    }
  return roles;
};

/** What an address asks for that no route answers: nobody without a key learns what exists. */
export const roleOfUnknown = (path: string): RequiredRole => (path.startsWith('/v1/admin') ? 'admin' : path.startsWith('/v1') ? 'publishable' : 'none');
