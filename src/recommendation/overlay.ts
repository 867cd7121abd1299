/**
 * `base` with some of its members replaced, without touching it: everything else, private state included, stays the base's own. For asking
 * "what if" of a pipeline that is serving meanwhile.
 */
export const overlay = <T extends object>(base: T, instead: { readonly [K in keyof T]?: T[K] }): T =>
  new Proxy(base, {
    get(target, name) {
      if (Object.hasOwn(instead, name)) return instead[name as keyof T];
      // Private fields belong to the target, not to this view of it.
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

/**
 * A copy of a service that works with other parts: wherever it, or one of the services in `through` below it, holds a key of `parts`, the
 * copy holds that part's replacement. The services that serve are not touched.
 */
export const rewired = <T extends object>(
  service: T,
  parts: ReadonlyMap<unknown, object>,
  through: ReadonlySet<unknown>,
): T => {
  const copy = Object.create(Object.getPrototypeOf(service) as object) as Record<string, unknown>;
  for (const [name, value] of Object.entries(service))
    copy[name] = parts.get(value) ?? (through.has(value) ? rewired(value as object, parts, through) : value);
  return copy as T;
};
