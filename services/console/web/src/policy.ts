/** The page's policy allows styles of ours under a nonce; some parts of the component library forget to say it. */
export function pageNonce(): string {
  return document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? "";
}

/** Every style element that a script of ours makes carries the nonce. Scripts of others do not run at all. */
export function signStyles(): void {
  const nonce = pageNonce();
  const make = document.createElement.bind(document);
  document.createElement = (name: string, options?: ElementCreationOptions): HTMLElement => {
    const made: HTMLElement = make(name, options);
    if (name.toLowerCase() === "style") made.nonce = nonce;
    return made;
  };
}
