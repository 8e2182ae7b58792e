const dayLength = 86_400_000;

/** The calendar day so many days before another, `2026-11-24`. */
export const daysBefore = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - days * dayLength).toISOString().slice(0, 10);
