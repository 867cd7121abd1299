import { RequestMethod } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { ACCESS, type RequiredRole, roleSuffices } from './access.js';
import { contractOf, type RouteContract } from './zod-decorators.js';

/** One route of the application. */
export interface Route {
  method: string;
  /** As the router knows it: `/v1/items/:id`. */
  path: string;
  role: RequiredRole;
  contract: RouteContract;
  handler: object;
  controller: string;
  /** Pages and their files: no part of the API's document (`@ApiExcludeController`). */
  hidden: boolean;
  name: string;
}

const listed = (path: unknown): string[] => (Array.isArray(path) ? path : [path ?? '']).map(String);
const joined = (...parts: string[]): string =>
  `/${parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')}`.replace(/\*\w*$/, '*');
const patternOf = (path: string): RegExp =>
  new RegExp(
    `^${path
      .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replace(/\*$/, '.*')
      .replace(/:[A-Za-z0-9_]+/g, '[^/]+')}/?$`,
  );

/** All routes with their roles, read from the decorators; a route that states no role stops the start. */
export class RouteTable {
  readonly routes: readonly Route[];
  private readonly byKey = new Map<string, Route>();
  private readonly patterns: { pattern: RegExp; route: Route }[];

  constructor(modules: ModulesContainer) {
    const routes: Route[] = [];
    for (const module of modules.values()) {
      for (const { metatype } of module.controllers.values()) {
        if (typeof metatype !== 'function') continue;
        const hidden = Reflect.hasMetadata('swagger/apiExcludeController', metatype);
        const prototype = metatype.prototype as Record<string, unknown>;
        const bases = listed(Reflect.getMetadata('path', metatype));
        for (const name of Object.getOwnPropertyNames(prototype)) {
          const handler = Object.getOwnPropertyDescriptor(prototype, name)?.value as object | undefined;
          if (typeof handler !== 'function' || !Reflect.hasMetadata('method', handler)) continue;
          const role = (Reflect.getMetadata(ACCESS, handler) ?? Reflect.getMetadata(ACCESS, metatype)) as
            | RequiredRole
            | undefined;
          if (role === undefined)
            throw new Error(
              `${metatype.name}.${name} states no role: add @Access('none' | 'publishable' | 'server' | 'admin').`,
            );
          const method = RequestMethod[Reflect.getMetadata('method', handler) as RequestMethod] as string;
          for (const base of bases)
            for (const path of listed(Reflect.getMetadata('path', handler)))
              routes.push({
                method,
                path: joined(base, path),
                role,
                contract: contractOf(handler),
                handler,
                controller: metatype.name,
                name,
                hidden,
              });
        }
      }
    }
    this.routes = routes;
    for (const route of routes) this.byKey.set(`${route.method} ${route.path}`, route);
    this.patterns = routes.map((route) => ({ pattern: patternOf(route.path), route }));
  }

  /** Lets a route be called without a key. */
  open(method: string, path: string): void {
    const route = this.byKey.get(`${method} ${path}`);
    if (route) route.role = 'none';
  }

  /** The route that the router matched. */
  find(method: string, path: string): Route | undefined {
    return (
      this.byKey.get(`${method} ${path}`) ??
      this.byKey.get(`ALL ${path}`) ??
      (method === 'HEAD' ? this.byKey.get(`GET ${path}`) : undefined)
    );
  }

  /** Methods that some route answers at this address; empty when there is no such address. */
  methodsAt(pathname: string): string[] {
    return [...new Set(this.patterns.filter(({ pattern }) => pattern.test(pathname)).map(({ route }) => route.method))];
  }

  /** What a caller needs to be told that an address, or a method at it, is not there. */
  roleAt(pathname: string): RequiredRole {
    const roles = this.patterns.filter(({ pattern }) => pattern.test(pathname)).map(({ route }) => route.role);
    if (roles.length > 0) return roles.reduce((least, role) => (roleSuffices(least, role) ? role : least));
    if (pathname.startsWith('/v1/admin/')) return 'admin';
    return pathname.startsWith('/v1/') ? 'publishable' : 'none';
  }
}
