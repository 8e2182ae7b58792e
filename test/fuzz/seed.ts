/** What all that is drawn by chance follows from. */
export const seed = Number(process.env.SAPA_FUZZ_SEED ?? 1);

/** So many times what an ordinary run tries. */
export const times = Number(process.env.SAPA_FUZZ_TIMES ?? 1);

/** Has a failure tell how to see it again. */
export async function seeded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    console.error(`To see this again: SAPA_FUZZ_SEED=${seed} SAPA_FUZZ_TIMES=${times} npm run fuzz`);
    throw error;
  }
}
