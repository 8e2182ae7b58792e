import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach } from "vitest";
import type { AwsRequest, Host, Service } from "../../../local/contract.ts";
import { Journal } from "../../../local/journal.ts";

export const account = "000000000000";
export const region = "us-east-1";

/** What an SDK client needs besides its endpoint. */
export const client = {
  region,
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
};

export type FakeHost = Host & {
  invocations: { functionArn: string; event: unknown }[];
  deliveries: { targetArn: string; payload: string; messageGroupId?: string | undefined }[];
  emitted: { bus: string; event: Parameters<Host["emit"]>[1] }[];
  /** What the next invocations do; without it they answer nothing. */
  onInvoke: ((event: unknown, functionArn: string) => unknown) | undefined;
  onDeliver: ((targetArn: string, payload: string) => unknown) | undefined;
  idle(): Promise<void>;
  /** Moves the clock, running what falls due in order, idle before each. */
  advance(milliseconds: number): Promise<void>;
  /** Forgets what was to happen and what is under way, as when its process ends. */
  die(): void;
};

/** A host that only remembers what it was asked to do, and whose time stands still until it is moved. */
export function fakeHost(now = "2026-11-24T00:00:00Z"): FakeHost {
  let time = Date.parse(now);
  let order = 0;
  let pending: { due: number; order: number; action: () => void | Promise<void> }[] = [];
  const working = new Set<Promise<unknown>>();

  const host: FakeHost = {
    account,
    region,
    invocations: [],
    deliveries: [],
    emitted: [],
    onInvoke: undefined,
    onDeliver: undefined,
    clock: {
      now: () => time,
      at(due, action) {
        const entry = { due, order: order++, action };
        if (due <= time) void host.busy(Promise.resolve().then(action));
        else pending.push(entry);
        return () => {
          pending = pending.filter((other) => other !== entry);
        };
      },
    },
    async invoke(functionArn, event) {
      host.invocations.push({ functionArn, event: structuredClone(event) });
      return host.onInvoke?.(event, functionArn);
    },
    async deliver(targetArn, payload, options) {
      host.deliveries.push({ targetArn, payload, ...options });
      await host.onDeliver?.(targetArn, payload);
    },
    async emit(bus, event) {
      host.emitted.push({ bus, event });
    },
    allow() {},
    trusts: () => true,
    busy(work) {
      const settled = work.then(
        () => undefined,
        () => undefined,
      );
      working.add(settled);
      void settled.then(() => working.delete(settled));
      return work;
    },
    async idle() {
      await new Promise((resolve) => setImmediate(resolve));
      while (working.size > 0) await Promise.all(working);
    },
    async advance(milliseconds) {
      const until = time + milliseconds;
      for (;;) {
        await host.idle();
        const [next] = pending
          .filter(({ due }) => due <= until)
          .sort((a, b) => a.due - b.due || a.order - b.order);
        if (!next) break;
        pending = pending.filter((entry) => entry !== next);
        time = Math.max(time, next.due);
        await next.action();
      }
      time = until;
    },
    die() {
      pending = [];
      working.clear();
    },
  };
  return host;
}

/**
 * Gives the tests of a file journals on disk. `restart` ends the one that is open as a stop of the host does, or as a
 * `kill -9` does: then the next finds what the disk held at that moment, and nothing that came later.
 */
export function useJournal() {
  let folders: string[] = [];
  let open: Journal | undefined;
  afterEach(async () => {
    await open?.close();
    open = undefined;
    for (const folder of folders) rmSync(folder, { recursive: true });
    folders = [];
  });
  return {
    async restart(how: "stopped" | "killed" = "stopped"): Promise<Journal> {
      let folder = folders.at(-1);
      if (!folder || how === "killed") {
        const next = mkdtempSync(join(tmpdir(), "sapa-journal-"));
        if (folder) {
          await stillness(folder);
          cpSync(folder, next, { recursive: true });
        }
        folders.push(next);
        folder = next;
      }
      await open?.close();
      open = await Journal.open(folder);
      return open;
    },
  };
}

/** Waits until LevelDB has tidied up a folder: one that it moves files in can't be copied. */
async function stillness(folder: string): Promise<void> {
  const look = () =>
    readdirSync(folder)
      .map((name) => `${name} ${statSync(join(folder, name), { throwIfNoEntry: false })?.size}`)
      .join();
  for (let before = ""; before !== look(); ) {
    before = look();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Puts a service behind HTTP on a free port of the loopback, as the host does. `url` is known before the service is. */
export async function serve(
  make: (url: string) => Service,
): Promise<{ url: string; service: Service; close(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://localhost");
      const request: AwsRequest = {
        method: incoming.method ?? "GET",
        path: pathname.slice(PREFIX.length) || "/",
        query: searchParams,
        headers: Object.fromEntries(
          Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
        ),
        body: service.streams ? Buffer.alloc(0) : Buffer.concat(await incoming.toArray()),
        ...(service.streams ? { stream: incoming } : {}),
        caller: undefined,
      };
      const answer = await service.answer?.(request);
      outgoing.writeHead(answer?.status ?? 404, answer?.headers);
      if (answer?.body instanceof Readable) answer.body.pipe(outgoing);
      else outgoing.end(answer?.body);
    })().catch((error: unknown) => {
      outgoing.writeHead(500);
      outgoing.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${PREFIX}`;
  const service = make(url);
  return {
    url,
    service,
    async close() {
      await service.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const PREFIX = "/service";
