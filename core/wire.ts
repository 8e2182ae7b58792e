/** Where and how an operation is called: the path, and the headers besides those that the SDK adds. */
type Call = { path: string; headers: Record<string, string> };

// As far as this file needs them, the types of each client's middleware.
type Args = { input: object; request?: unknown };
type Next<Answer> = (args: Args) => Promise<Answer>;
type Context = { commandName?: string; endpointV2?: { url: URL } };
type Client = {
  middlewareStack: {
    add<Answer>(
      middleware: (next: Next<Answer>, context: Context) => Next<Answer>,
      options: { name: string; step: "serialize"; override: true },
    ): void;
    remove(name: string): boolean;
  };
};

/**
 * Has a client write its requests by `JSON.stringify`, for which `input` must be the very JSON that AWS wants: no
 * dates, no bytes. The SDK writes JSON in JavaScript, byte after byte, and keeps a copy of each request and answer
 * for a log that nobody reads; that took a quarter of the CPU of a mail (see docs/speed.md).
 */
export function writePlainly(client: Client, callOf: (operation: string) => Call): void {
  client.middlewareStack.remove("loggerMiddleware");
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { commandName = "", endpointV2 } = context;
      if (!endpointV2) throw new Error("The SDK has not said where to call");
      const { protocol, hostname, port, pathname } = endpointV2.url;
      const { path, headers } = callOf(commandName.replace(/Command$/, ""));
      const request = {
        method: "POST",
        protocol,
        hostname,
        ...(port && { port: Number(port) }),
        path: `${pathname.replace(/\/$/, "")}${path}`,
        query: {},
        headers,
        body: Buffer.from(JSON.stringify(args.input)),
      };
      return next({ ...args, request });
    },
    { name: "serializerMiddleware", step: "serialize", override: true },
  );
}
