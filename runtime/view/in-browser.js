// The script of `vlmo view`'s pages: follows the server, and patches the page with the current contents. Unchanged parts keep
// their elements, so that scroll position, open sections and focus are kept.
(() => {
  const [parts, messages, state] = ["#parts", "#messages", "#state"].map((name) => document.querySelector(name));
  let shown = parts.dataset.shown;
  let stream = null;

  const markup = (text) => {
    const template = document.createElement("template");
    template.innerHTML = text;
    return template.content;
  };

  /** The key of an element among its siblings; null for those identified by position. */
  const keyOf = (node) => (node.id ? node.id : null);

  const isAlike = (old, now) => old.nodeName === now.nodeName && keyOf(old) === keyOf(now);

  /** State set by the reader. */
  const isKept = (element, name) => element.nodeName === "DETAILS" && name === "open";

  const becomeAttributes = (old, now) => {
    for (const { name } of [...old.attributes])
      if (!now.hasAttribute(name) && !isKept(old, name)) old.removeAttribute(name);
    for (const { name, value } of now.attributes)
      if (old.getAttribute(name) !== value && !isKept(old, name)) old.setAttribute(name, value);
  };

  const becomeChildren = (old, now) => {
    let next = old.firstChild;
    for (const child of [...now.childNodes]) {
      const key = keyOf(child);
      const found = key === null ? next : [...old.children].find((each) => keyOf(each) === key);
      if (found && isAlike(found, child)) {
        if (found === next) next = next.nextSibling;
        else old.insertBefore(found, next);
        become(found, child);
      } else old.insertBefore(child, next);
    }
    while (next !== null) {
      const gone = next;
      next = next.nextSibling;
      gone.remove();
    }
  };

  const become = (old, now) => {
    if (old.nodeType === Node.ELEMENT_NODE) becomeAttributes(old, now);
    else if (old.nodeValue !== now.nodeValue) old.nodeValue = now.nodeValue;
    becomeChildren(old, now);
  };

  const show = (event) => {
    const content = JSON.parse(event.data);
    document.title = document.title.replace(/^.*(?= · )/, () => content.title);
    becomeChildren(messages, markup(content.messages));
    while (parts.children.length > content.parts.length) parts.lastElementChild.remove();
    content.parts.forEach((text, i) => {
      const part = parts.children[i] ?? parts.appendChild(document.createElement("div"));
      if (text !== null) becomeChildren(part, markup(text));
    });
    shown = event.lastEventId;
    parts.dataset.shown = shown;
  };

  const say = (text, isLost) => {
    state.textContent = text;
    state.classList.toggle("lost", isLost);
  };

  const follow = () => {
    stream = new EventSource(`events?have=${shown}`);
    stream.addEventListener("page", show);
    stream.addEventListener("open", () => say("live", false));
    stream.addEventListener("error", () =>
      say("This page is no longer updated: vlmo view has ended. Start it again to continue.", true),
    );
  };

  // Browsers limit connections per server: hidden pages release theirs.
  document.addEventListener("visibilitychange", () => {
    stream?.close();
    if (!document.hidden) follow();
  });
  if (!document.hidden) follow();
})();
