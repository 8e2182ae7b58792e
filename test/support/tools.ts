import type { ImportInput } from "../../core/imports.ts";

/** How someone stands after an import: by their consent, or by why their address is suppressed. */
export type Standing = "subscribed" | "pending" | "unsubscribed" | "bounce" | "complaint" | "owner";

/** A file in the shape of a tool's export, and how each of the people in it must stand afterwards. */
export type ToolFile = {
  tool: string;
  input?: Partial<ImportInput>;
  text: string;
  people: Record<string, Standing>;
};

const lines = (...all: string[]) => `${all.join("\n")}\n`;

/** Written by hand after the tools' documentation and code; nobody in them is real. */
export const toolFiles: ToolFile[] = [
  {
    tool: "listmonk, its CSV with a global status and JSON attributes",
    text: lines(
      "uuid,email,name,attributes,status,created_at,updated_at",
      '1f0c,ani@example.com,Ani,"{""city"": ""Bandung""}",enabled,2024-01-02 03:04:05.123456 +0000 UTC,2024-05-06 07:08:09.5 +0000 UTC',
      "2f0c,budi@example.com,Budi,{},blocklisted,2024-01-02 03:04:05 +0000 UTC,2024-05-06 07:08:09 +0000 UTC",
      "3f0c,cici@example.com,Cici,{},disabled,2024-01-02 03:04:05 +0000 UTC,2024-05-06 07:08:09 +0000 UTC",
    ),
    people: { ani: "subscribed", budi: "unsubscribed", cici: "unsubscribed" },
  },
  {
    tool: "listmonk, its API with the status on each list",
    input: { format: "jsonl" },
    text: lines(
      '{"email":"ani@example.com","status":"enabled","attribs":{},"lists":[{"name":"Kabar","status":"active","optin":"double","subscription_status":"confirmed"}]}',
      '{"email":"budi@example.com","status":"enabled","lists":[{"name":"Kabar","status":"active","optin":"double","subscription_status":"confirmed"},{"name":"Promo","subscription_status":"unsubscribed"}]}',
      '{"email":"cici@example.com","status":"enabled","lists":[{"name":"Kabar","optin":"double","subscription_status":"unconfirmed"}]}',
      '{"email":"dodi@example.com","status":"blocklisted","lists":[{"name":"Kabar","subscription_status":"confirmed"}]}',
    ),
    people: { ani: "subscribed", budi: "unsubscribed", cici: "pending", dodi: "unsubscribed" },
  },
  {
    tool: "listmonk, with the lists and what attributes say in cells of JSON",
    text: lines(
      "email,name,attributes,status,lists",
      'ani@example.com,Ani,{},enabled,"[{""name"":""Kabar"",""subscription_status"":""confirmed""}]"',
      'budi@example.com,Budi,{},enabled,"[{""name"":""Kabar"",""subscription_status"":""unsubscribed""}]"',
      'cici@example.com,Cici,"{""subscribed"": false}",enabled,"[{""name"":""Kabar"",""subscription_status"":""confirmed""}]"',
    ),
    people: { ani: "subscribed", budi: "unsubscribed", cici: "unsubscribed" },
  },
  {
    tool: "Mailchimp, subscribed",
    input: { fileName: "subscribed_members_export_0a1b2c.csv" },
    text: lines(
      '"Email Address","First Name","Last Name",Birthday,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,TIMEZONE,LAST_CHANGED,LEID,EUID,NOTES,TAGS',
      'ani@example.com,Ani,Wijaya,11/24,3,"2023-04-05 06:07:08",203.0.113.5,"2023-04-05 06:09:10",203.0.113.5,Asia/Jakarta,"2023-04-05 06:09:10",12,0a1b,,"""vip"",""kopi"""',
    ),
    people: { ani: "subscribed" },
  },
  {
    tool: "Mailchimp, unsubscribed",
    input: { fileName: "unsubscribed_members_export_0a1b2c.csv" },
    text: lines(
      '"Email Address","First Name",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,LEID,EUID,NOTES,TAGS',
      'budi@example.com,Budi,2,"2023-04-05 06:07:08",203.0.113.5,"2024-02-03 04:05:06",Kabar Februari,9f,NORMAL,,13,0a1c,,',
    ),
    people: { budi: "unsubscribed" },
  },
  {
    tool: "Mailchimp, those who left under its older title",
    text: lines(
      '"Email Address","First Name",MEMBER_RATING,OPTIN_TIME,LEAVE_TIME',
      'budi@example.com,Budi,2,"2023-04-05 06:07:08","2024-02-03 04:05:06"',
    ),
    people: { budi: "unsubscribed" },
  },
  {
    tool: "Mailchimp, cleaned",
    input: { fileName: "cleaned_members_export_0a1b2c.csv" },
    text: lines(
      '"Email Address","First Name",MEMBER_RATING,OPTIN_TIME,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,LEID,EUID',
      'cici@example.com,Cici,1,"2023-04-05 06:07:08","2024-03-04 05:06:07",Kabar Maret,9e,14,0a1d',
    ),
    people: { cici: "bounce" },
  },
  {
    tool: "Mailchimp, non-subscribed, which only the file's name tells",
    input: { fileName: "nonsubscribed_members_export_0a1b2c.csv" },
    text: lines(
      '"Email Address","First Name",MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID',
      "dodi@example.com,Dodi,2,,,15,0a1e",
    ),
    people: { dodi: "pending" },
  },
  {
    tool: "Mailchimp, its API",
    input: { format: "jsonl" },
    text: lines(
      '{"email_address":"ani@example.com","status":"subscribed","merge_fields":{"FNAME":"Ani"}}',
      '{"email_address":"budi@example.com","status":"unsubscribed","unsubscribe_reason":"N/A (Unsubscribed by admin)"}',
      '{"email_address":"cici@example.com","status":"cleaned"}',
      '{"email_address":"dodi@example.com","status":"transactional"}',
      '{"email_address":"eka@example.com","status":"pending"}',
      '{"email_address":"fifi@example.com","status":"archived"}',
    ),
    people: {
      ani: "subscribed",
      budi: "unsubscribed",
      cici: "bounce",
      dodi: "pending",
      eka: "pending",
      fifi: "pending",
    },
  },
  {
    tool: "Klaviyo",
    text: lines(
      "Email,Klaviyo ID,First Name,Last Name,Phone Number,Email Marketing Consent,Email Marketing Consent Timestamp,SMS Marketing Consent,Email Suppressions,First Active,Date Added",
      'ani@example.com,01AA,Ani,Wijaya,+6281234567890,SUBSCRIBED,2024-01-02T03:04:05+00:00,UNSUBSCRIBED,[],"2023-01-01 10:00:00","2023-01-01 10:00:00"',
      'budi@example.com,01AB,Budi,,,UNSUBSCRIBED,2024-02-03T04:05:06+00:00,,[],"2023-01-01 10:00:00","2023-01-01 10:00:00"',
      'cici@example.com,01AC,Cici,,,NEVER_SUBSCRIBED,,SUBSCRIBED,[],"2023-01-01 10:00:00","2023-01-01 10:00:00"',
      'dodi@example.com,01AD,Dodi,,,SUBSCRIBED,2024-01-02T03:04:05+00:00,,"[""HARD_BOUNCE""]","2023-01-01 10:00:00","2023-01-01 10:00:00"',
      'eka@example.com,01AE,Eka,,,SUBSCRIBED,2024-01-02T03:04:05+00:00,,"[""SPAM_COMPLAINT"",""UNSUBSCRIBE""]","2023-01-01 10:00:00","2023-01-01 10:00:00"',
      "fifi@example.com,01AF,Fifi,,,SUPPRESSED,,,[USER_SUPPRESSED],,",
      "gita@example.com,01B0,Gita,,,,,,[],,",
    ),
    people: {
      ani: "subscribed",
      budi: "unsubscribed",
      cici: "pending",
      dodi: "bounce",
      eka: "complaint",
      fifi: "owner",
      gita: "pending",
    },
  },
  {
    tool: "Brevo",
    text: lines(
      "CONTACT ID;EMAIL;FIRSTNAME;LASTNAME;SMS;DOUBLE_OPT-IN;OPT_IN;ADDED_TIME;MODIFIED_TIME;EMAIL_BLACKLISTED;SMS_BLACKLISTED",
      "1;ani@example.com;Ani;Wijaya;6281234567890;1;true;02-01-2024;06-05-2024;false;true",
      "2;budi@example.com;Budi;;;1;true;02-01-2024;06-05-2024;true;false",
      "3;cici@example.com;Cici;;;2;true;02-01-2024;06-05-2024;false;false",
      "4;dodi@example.com;Dodi;;;2;false;02-01-2024;06-05-2024;false;false",
    ),
    people: { ani: "subscribed", budi: "unsubscribed", cici: "pending", dodi: "unsubscribed" },
  },
  {
    tool: "Brevo, its API",
    input: { format: "jsonl" },
    text: lines(
      '{"id":1,"email":"ani@example.com","emailBlacklisted":false,"smsBlacklisted":false,"attributes":{"FIRSTNAME":"Ani"}}',
      '{"id":2,"email":"budi@example.com","emailBlacklisted":true,"smsBlacklisted":false,"listUnsubscribed":null}',
    ),
    people: { ani: "subscribed", budi: "unsubscribed" },
  },
  {
    tool: "Keila",
    text: lines(
      "Email,First name,Last name,Data,Status,External ID",
      'ani@example.com,Ani,Wijaya,"{""visits"": 3}",active,K1',
      "budi@example.com,Budi,,{},unsubscribed,K2",
      "cici@example.com,Cici,,{},unreachable,K3",
    ),
    people: { ani: "subscribed", budi: "unsubscribed", cici: "bounce" },
  },
  {
    tool: "Mautic",
    text: lines(
      '"id","firstname","lastname","email","mobile","points","doNotEmail","date_identified"',
      '"1","Ani","Wijaya","ani@example.com","","10","0","2024-01-02 03:04:05"',
      '"2","Budi","","budi@example.com","","0","1","2024-01-02 03:04:05"',
    ),
    people: { ani: "subscribed", budi: "unsubscribed" },
  },
  {
    tool: "Mautic, its API with the reason as a number",
    input: { format: "jsonl" },
    text: lines(
      '{"id":1,"email":"ani@example.com","doNotContact":[]}',
      '{"id":2,"email":"budi@example.com","doNotContact":[{"reason":1,"channel":"email","comments":""}]}',
      '{"id":3,"email":"cici@example.com","doNotContact":[{"reason":2,"channel":"email","comments":""}]}',
      '{"id":4,"email":"dodi@example.com","doNotContact":[{"reason":3,"channel":"email","comments":""}]}',
    ),
    people: { ani: "subscribed", budi: "unsubscribed", cici: "bounce", dodi: "owner" },
  },
  {
    tool: "MailerLite",
    text: lines(
      "Subscriber,Name,Last name,Status,Sent,Opens,Clicks,Subscribed,Unsubscribed,Location",
      'ani@example.com,Ani,Wijaya,Active,10,4,1,"2023-04-05 06:07:08",,Bandung',
      'budi@example.com,Budi,,Unsubscribed,10,4,1,"2023-04-05 06:07:08","2024-02-03 04:05:06",Jakarta',
      'cici@example.com,Cici,,Unconfirmed,0,0,0,"2023-04-05 06:07:08",,',
      'dodi@example.com,Dodi,,Bounced,1,0,0,"2023-04-05 06:07:08",,',
      'eka@example.com,Eka,,Junk,1,0,0,"2023-04-05 06:07:08",,',
    ),
    people: { ani: "subscribed", budi: "unsubscribed", cici: "pending", dodi: "bounce", eka: "complaint" },
  },
  {
    tool: "Kit",
    text: lines(
      "first_name,email_address,state,created_at,tags",
      "Ani,ani@example.com,active,2024-01-02T03:04:05Z,vip",
      "Budi,budi@example.com,cancelled,2024-01-02T03:04:05Z,",
      "Cici,cici@example.com,bounced,2024-01-02T03:04:05Z,",
      "Dodi,dodi@example.com,complained,2024-01-02T03:04:05Z,",
      "Eka,eka@example.com,inactive,2024-01-02T03:04:05Z,",
    ),
    people: {
      ani: "subscribed",
      budi: "unsubscribed",
      cici: "bounce",
      dodi: "complaint",
      eka: "unsubscribed",
    },
  },
  {
    tool: "Shopify",
    text: lines(
      "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address City,Default Address Province Code,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags",
      "'7001,Ani,Wijaya,ani@example.com,yes,Bandung,JB,'+6281234567890,no,250000.00,3,,no,vip",
      "'7002,Budi,,budi@example.com,no,Jakarta,JK,,yes,0.00,0,,no,",
    ),
    people: { ani: "subscribed", budi: "unsubscribed" },
  },
  {
    tool: "Shopify, as its apps export it",
    text: lines(
      "ID,Email,First Name,Email Marketing: Status,Email Marketing: Level,Email Marketing: Updated At,SMS Marketing: Status,Tags",
      "7001,ani@example.com,Ani,subscribed,confirmed_opt_in,2024-01-02T03:04:05Z,not_subscribed,vip",
      "7002,budi@example.com,Budi,unsubscribed,single_opt_in,2024-02-03T04:05:06Z,,",
      "7003,cici@example.com,Cici,not_subscribed,,,subscribed,",
      "7004,dodi@example.com,Dodi,pending,confirmed_opt_in,2024-01-02T03:04:05Z,,",
    ),
    people: { ani: "subscribed", budi: "unsubscribed", cici: "pending", dodi: "pending" },
  },
  {
    tool: "WooCommerce, with the columns of its mail plugins",
    text: lines(
      "customer_id,user_login,user_email,first_name,last_name,user_status,roles,billing_state,mailchimp_woocommerce_is_subscribed",
      "1,ani,ani@example.com,Ani,Wijaya,0,customer,JB,1",
      "2,budi,budi@example.com,Budi,,0,customer,JK,0",
      "3,cici,cici@example.com,Cici,,0,subscriber,JK,",
    ),
    people: { ani: "subscribed", budi: "unsubscribed", cici: "pending" },
  },
  {
    tool: "Sendy, unsubscribed, which only the file's name tells",
    input: { fileName: "kabar-unsubscribed.csv" },
    text: lines("Name,Email", "Budi,budi@example.com"),
    people: { budi: "unsubscribed" },
  },
  {
    tool: "Sendy, bounced",
    input: { fileName: "kabar-bounced.csv" },
    text: lines("Name,Email", "Cici,cici@example.com"),
    people: { cici: "bounce" },
  },
  {
    tool: "Sendy, marked as spam",
    input: { fileName: "kabar-marked-as-spam.csv" },
    text: lines("Name,Email", "Dodi,dodi@example.com"),
    people: { dodi: "complaint" },
  },
  {
    tool: "Sendy, active",
    input: { fileName: "kabar-active.csv" },
    text: lines("Name,Email", "Ani,ani@example.com"),
    people: { ani: "subscribed" },
  },
  {
    tool: "Plunk",
    text: lines(
      "email,subscribed,createdAt,data",
      'ani@example.com,true,2024-01-02T03:04:05.000Z,"{""plan"":""pro""}"',
      "budi@example.com,false,2024-01-02T03:04:05.000Z,{}",
    ),
    people: { ani: "subscribed", budi: "unsubscribed" },
  },
  {
    tool: "Amazon SES, its suppression list",
    text: lines(
      "EmailAddress,Reason,LastUpdateTime",
      "budi@example.com,BOUNCE,2024-01-02T03:04:05Z",
      "cici@example.com,COMPLAINT,2024-01-02T03:04:05Z",
    ),
    people: { budi: "bounce", cici: "complaint" },
  },
];
