import { expect, test } from "vitest";
import { expectLinear, repeated } from "./effort.ts";

const make = (size: number) => repeated("a", size);

/** Keeps the processor busy for so many milliseconds. */
function work(milliseconds: number): void {
  const before = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  while (spent() < milliseconds * 1000);
}

test("a reader that takes four times as long for twice the text is told", async () => {
  const read = (text: string) => work((text.length / 100) ** 2 / 3);
  await expect(expectLinear({ make, read }, 1000)).rejects.toThrow("in milliseconds");
});

test("a reader that takes twice as long for twice the text is not", async () => {
  await expectLinear({ make, read: (text: string) => work(text.length / 10) }, 1000);
});

test("a reader that is linear and slow is told as well", async () => {
  const read = (text: string) => work(text.length / 10);
  await expect(expectLinear({ make, read, most: 100 }, 1000)).rejects.toThrow("in milliseconds");
});
