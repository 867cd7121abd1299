const KEY = 'vitrine-admin-key';

/** The key lives in this tab alone and ends with it. */
export const adminKey = (): string | null => sessionStorage.getItem(KEY);
export const signOut = (): void => {
  sessionStorage.removeItem(KEY);
  location.reload();
};

/** A call with the admin key. Rejects with the problem's own words. */
export const call = async <T>(method: string, path: string, body?: unknown, key = adminKey()): Promise<T> => {
  const response = await fetch(path, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const answer = text ? JSON.parse(text) : null;
  if (!response.ok) throw new Error(answer?.detail ?? `HTTP ${response.status}`);
  return answer as T;
};

/** Signs in when the key is an admin's. */
export const signIn = async (key: string): Promise<void> => {
  await call('GET', '/v1/admin/status', undefined, key);
  sessionStorage.setItem(KEY, key);
};
