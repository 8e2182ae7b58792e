/** The owner API as an owner's program uses it. */
export type Owner = {
  call(method: "GET" | "POST" | "PUT" | "PATCH", path: string, body?: unknown): Promise<Answer>;
};
export type Answer = Record<string, unknown>;

/** Speaks to the API at `url` with a key. An answer other than 2xx is an error that tells what the API said. */
export const ownerAt = (url: string, key: string): Owner => ({
  async call(method, path, body) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`);
    return text === "" ? {} : JSON.parse(text);
  },
});

/** Runs `action` for each, a few at a time. */
export async function forEach<T>(
  list: readonly T[],
  action: (item: T) => Promise<void>,
  atOnce = 4,
): Promise<void> {
  const left = list.values();
  const worker = async () => {
    for (const item of left) await action(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
