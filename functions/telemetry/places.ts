import { BusinessId, type CampaignId, RunId } from "../../core/ids.ts";

/** Where in Sapa something happened, for a log line: ids alone, nothing personal. */
export type Place = { business?: BusinessId; campaign?: CampaignId; run?: RunId; batch?: string };

/** What the message of a queue is about; nothing of one that can't be read. */
export function placeOf(body: string): Place {
  try {
    return placeIn(JSON.parse(body));
  } catch {
    return {};
  }
}

/**
 * What a message or an event is about: a batch, a shard, a click that is still to be judged, an event of SES or of
 * Sapa's own bus. Whatever it holds besides, or in place of an id, is left out.
 */
export function placeIn(given: unknown): Place {
  const { judge, detail, ...own } = Object(given);
  const { mail, ...raised } = Object(detail);
  const { business, run } = Object(mail?.tags);
  const message = { ...own, ...raised, ...Object(judge) };
  return place({
    business: message.business ?? business?.[0],
    run: message.run ?? run?.[0],
    batch: message.id ?? message.shard,
  });
}

/** A run's id holds its campaign's. */
export function place(of: { business?: unknown; run?: unknown; batch?: unknown }): Place {
  const business = BusinessId.safeParse(of.business).data;
  const run = RunId.safeParse(of.run).data;
  const [, campaign] = /^run_([a-z0-9]+)_/.exec(run ?? "") ?? [];
  const batch = /^\d\d(#\d{6,}#\d{3})?$/.exec(String(of.batch))?.[0];
  return {
    ...(business && { business }),
    ...(campaign && { campaign: `cam_${campaign}` as const }),
    ...(run && { run }),
    ...(batch && { batch }),
  };
}
