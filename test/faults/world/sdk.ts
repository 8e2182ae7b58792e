import type { World } from "./world.ts";

/** What the world sees of a client of the SDK. */
export type Client = { config?: { maxAttempts?: () => Promise<number> } };

/** The errors by which AWS says that it is asked too often, and after which the SDK asks again by itself. */
const throttling = ["TooManyRequestsException", "ThrottlingException", "RequestThrottled"];

/**
 * Makes a call as the SDK does in its standard mode: what AWS throttles is asked again after a while, as often as the
 * client allows. The waits are those of a throttled call: up to a second, doubled each time, at most 20 seconds.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export async function withRetries<T>(world: World, client: Client, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Error) || !throttling.includes(error.name)) throw error;
      if (tries >= ((await client.config?.maxAttempts?.()) ?? 3)) throw error;
      const wait = world.random() * Math.min(20_000, 1_000 * 2 ** (tries - 1));
      await new Promise<void>((resolve) => world.timeline.after(wait, () => resolve()));
    }
  }
}
