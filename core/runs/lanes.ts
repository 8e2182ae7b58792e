import * as backlog from "../backlog.ts";
import type { BusinessId, RunId } from "../ids.ts";
import type { Instant } from "../time.ts";

/** The batches of one run that are due, in order, read as far as they are needed. */
export type Lane = {
  business: BusinessId;
  run: RunId;
  isDue: boolean;
  /** When its first batch is due, if it has one. */
  dueAt?: Instant;
  /** The next batch that is due, which stays the next until it is taken. */
  peek(): Promise<backlog.WaitingBatch | undefined>;
  take(): void;
  /** How many mails are due, counted up to a little more than `enough`. */
  count(enough: number): Promise<number>;
  taken: number;
};

/** The lanes of runs that are under way. */
export async function lanesOf(active: readonly backlog.ActiveRun[], at: Instant): Promise<Lane[]> {
  return Promise.all(
    active.map(async ({ business, run }) => {
      const [first] = await firstOf(business, run);
      return {
        business,
        run,
        isDue: first !== undefined && first.dueAt <= at,
        ...(first && { dueAt: first.dueAt }),
        taken: 0,
        ...cursorOf(backlog.waiting(business, run, { until: at })),
      };
    }),
  );
}

async function firstOf(business: BusinessId, run: RunId): Promise<backlog.WaitingBatch[]> {
  for await (const page of backlog.waiting(business, run, { limit: 1 })) return page;
  return [];
}

function cursorOf(pages: AsyncGenerator<backlog.WaitingBatch[]>): Pick<Lane, "peek" | "take" | "count"> {
  const ahead: backlog.WaitingBatch[] = [];
  let index = 0;
  const read = async (): Promise<boolean> => {
    const next = await pages.next();
    if (!next.done) ahead.push(...next.value);
    return !next.done;
  };
  return {
    async peek() {
      while (index >= ahead.length) if (!(await read())) return undefined;
      return ahead[index];
    },
    take() {
      index += 1;
    },
    async count(enough) {
      const mails = () => ahead.reduce((total, { customers }) => total + customers.length, 0);
      while (mails() <= enough && (await read()));
      return mails();
    },
  };
}

/** How many mails are due in some lanes, counted up to a little more than `enough`. */
export async function dueIn(lanes: readonly Lane[], enough: number): Promise<number> {
  let mails = 0;
  for (const lane of lanes) {
    if (mails > enough) break;
    mails += await lane.count(enough - mails);
  }
  return mails;
}
