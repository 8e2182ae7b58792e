import type { Erasure, Removed } from "../erasures.ts";
import type { SignUp } from "../sign-ups.ts";
import { type Item, queryPages, tableName, type Write } from "../store.ts";
import { hashOf } from "../suppressions.ts";

/** What is kept of customers in one table beside their record. */
type Trace = {
  items: (of: Erasure) => AsyncIterable<Item[]>;
  /** The write that takes out of an item what is about the person; it fails where that was done before. */
  remove: (item: Item, of: Erasure) => Write | undefined;
};

/**
 * Every place but the record that a customer's id, or the hash of their address, leads to. What tells of the person
 * is removed. Three things stay, without it: orders, as sales that belong to nobody, since were they deleted the next
 * import of the same file would bring the person back; of consents what was agreed to and when, which the owner has
 * to be able to prove for the mails already sent (GDPR, articles 7 and 17.3e); and of sends that there was one, since
 * a message that is delivered again would else be taken for the first.
 */
export const traces: { readonly [kind in Exclude<keyof Removed, "identities">]: Trace } = {
  orders: {
    items: (of) => queryPages("orders", { IndexName: "byCustomer", ...ofCustomer(of) }),
    remove: ({ order, customer }) => ({
      Update: {
        TableName: tableName("orders"),
        Key: { order },
        UpdateExpression: "REMOVE customer",
        ConditionExpression: "customer = :customer",
        ExpressionAttributeValues: { ":customer": customer },
      },
    }),
  },
  consents: {
    items: (of) => queryPages("consents", { ...ofCustomer(of), ConsistentRead: true }),
    remove({ customer, at, ...entry }) {
      const fields = ["ip", "userAgent", "file", "fileName", "row", "fileValue"].filter(
        (field) => field in entry,
      );
      if (fields.length === 0) return undefined;
      return {
        Update: {
          TableName: tableName("consents"),
          Key: { customer, at },
          UpdateExpression: `REMOVE ${fields.map((field) => `#${field}`).join(", ")}`,
          ConditionExpression: fields.map((field) => `attribute_exists(#${field})`).join(" AND "),
          ExpressionAttributeNames: Object.fromEntries(fields.map((field) => [`#${field}`, field])),
        },
      };
    },
  },
  sends: {
    items: (of) => queryPages("sends", { ...ofCustomer(of), ConsistentRead: true }),
    remove: ({ customer, run }, { requestedAt }) => ({
      Update: {
        TableName: tableName("sends"),
        Key: { customer, run },
        // The mark keeps events that are late from setting them again.
        UpdateExpression:
          "SET erasedAt = :at REMOVE openedAt, openedByPersonAt, clickedAt, clickedByPersonAt",
        ConditionExpression: "attribute_exists(customer) AND attribute_not_exists(erasedAt)",
        ExpressionAttributeValues: { ":at": requestedAt },
      },
    }),
  },
  clicks: {
    items: (of) => queryPages("clicks", { ...ofCustomer(of), ConsistentRead: true }),
    remove: ({ customer, click }) => ({
      Delete: {
        TableName: tableName("clicks"),
        Key: { customer, click },
        ConditionExpression: "attribute_exists(customer)",
      },
    }),
  },
  responses: {
    items: ({ business, customer }) =>
      queryPages("responses", {
        KeyConditionExpression: "business = :business AND begins_with(id, :customer)",
        ExpressionAttributeValues: { ":business": business, ":customer": `rsp_${customer.slice(4)}_` },
        ConsistentRead: true,
      }),
    remove: ({ business, id }) => ({
      Delete: {
        TableName: tableName("responses"),
        Key: { business, id },
        ConditionExpression: "attribute_exists(id)",
      },
    }),
  },
  signUps: {
    // Nobody's id leads to them: all that wait are looked through, which are a week's at most.
    items: ({ business }) =>
      queryPages("signUps", {
        KeyConditionExpression: "business = :business",
        ExpressionAttributeValues: { ":business": business },
        ConsistentRead: true,
      }),
    remove(item, of) {
      const { business, id, at, request } = item as SignUp;
      const theirs = request && hashOf(of.business, request.email) === of.addressHash;
      // Who signs up again after their erasure wants to come back.
      if (!theirs || at > of.requestedAt) return undefined;
      return {
        Delete: {
          TableName: tableName("signUps"),
          Key: { business, id },
          ConditionExpression: "attribute_exists(id)",
        },
      };
    },
  },
};

const ofCustomer = ({ business, customer }: Erasure) => ({
  KeyConditionExpression: "customer = :customer",
  ExpressionAttributeValues: { ":customer": `${business}#${customer}` },
});
