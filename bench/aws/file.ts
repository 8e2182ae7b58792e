import { customerAt } from "../world.ts";

/** A file of so many customers, as a till or a shop exports it. */
export function customersCsv(rows: number): Buffer {
  const lines = ["email,phone,name,birthday,tags,favourite"];
  for (let n = 0; n < rows; n++) {
    const { email, phone, name, birthday, tags, attributes } = customerAt(n);
    lines.push(`${email},${phone},${name},${birthday},${tags.join(";")},${attributes.favourite}`);
  }
  return Buffer.from(`${lines.join("\n")}\n`);
}
