/** Rights that nothing in the suite has a use for, and why they are granted all the same. */
export type Justified = {
  holder: string;
  actions: readonly string[];
  /** As the report names them; every action on every one of them is meant. */
  resources: readonly string[];
  because: string;
};

export const justified: readonly Justified[] = [];
