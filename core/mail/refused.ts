/** What runs, loads a page of its own, takes readers elsewhere, asks them for something or swallows what follows it. */
export const refusedTags = new Set(
  `script iframe object embed applet form input button base frame frameset noframes math svg link plaintext xmp listing
  noembed textarea select option datalist output keygen dialog template slot portal fencedframe canvas bgsound`.split(
    /\s+/,
  ),
);

/** Attributes that hold one address; `srcset` holds some. */
export const addressAttributes = new Set(
  "href src background action formaction poster cite data xlink:href ping longdesc lowsrc dynsrc manifest codebase classid archive profile icon".split(
    " ",
  ),
);
