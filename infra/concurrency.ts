/** How many instances of each function may run at once. */
export type Concurrency = {
  prepareRuns: number;
  deliverSends: number;
  recordFeedback: number;
  /** Kept for the links in mails, whatever else runs; nothing where the account has too few to keep any. */
  publicLinks: number | undefined;
};

/** Lambda lets no reservation leave fewer than so many for all functions that reserve none. */
const unreserved = 100;
/** SQS's event source mappings can't be limited to fewer. */
const fewest = 2;
/** Links in mails are opened by the second, in tens of milliseconds each. */
const forPublicLinks = 20;

/**
 * Divides an account's limit of concurrent executions, all functions together. Queues never take more than seven tenths
 * of it: what remains answers links and the API. An account that is new has ten, of which Lambda reserves none; the
 * three queues take six of them then.
 *
 * Four functions that deliver send 400 mails a second, 50 mails each in about half a second. At a lower rate each of
 * them waits for its permits and is billed for it: more would only cost more.
 */
export function concurrencyOf(limit: number): Concurrency {
  const part = (share: number, most: number) => Math.max(fewest, Math.min(most, Math.floor(limit * share)));
  return {
    prepareRuns: part(0.2, 4),
    deliverSends: part(0.3, 8),
    recordFeedback: part(0.2, 5),
    publicLinks: limit >= unreserved + forPublicLinks ? forPublicLinks : undefined,
  };
}
