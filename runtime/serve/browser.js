// The script of a server's page: shows the fields of the chosen head, sends them, and shows the answer. It runs in a browser,
// and only contacts the server that it came from.
(() => {
  const form = document.querySelector("#ask");
  if (form === null) return;
  const [head, images, texts] = ["#head", "#images", "#texts"].map((name) => form.querySelector(name));
  const [about, seen, button] = ["#about", "#seen", "button"].map((name) => form.querySelector(name));
  const [answers, said, took] = ["#answers", "#said", "#took"].map((name) => document.querySelector(name));
  // Fields that the chosen head does not read are hidden, and not sent.
  const fields = [...form.querySelectorAll("[data-for]")];

  /** The server's description of the chosen head. */
  const chosen = () => JSON.parse(head.selectedOptions[0].dataset.head);

  const showFields = () => {
    const { images: count, text, chooses, about: reads, kind, note } = chosen();
    const isRanked = chooses || ["classify", "compare", "masked_tokens"].includes(kind);
    const shown = { images: count > 0, texts: text || chooses, classes: chooses, top: isRanked };
    for (const field of fields) {
      field.hidden = !shown[field.dataset.for];
      for (const control of field.querySelectorAll("input, textarea")) control.disabled = field.hidden;
    }
    form.querySelector("label[for=images]").textContent = count === 2 ? "Two images" : "Images";
    form.querySelector("label[for=texts]").textContent = chooses ? "Texts to choose from" : "Texts";
    const blanks = kind === "masked_tokens" ? ", with [MASK] where a word is wanted" : "";
    about.textContent = [`It is asked about ${reads}${blanks}.`, note ?? ""].join(" ").trim();
  };

  const showImages = () => {
    for (const image of seen.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    const pictures = [...images.files].map((file) => {
      const image = made("img", "");
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      return image;
    });
    seen.replaceChildren(...pictures);
  };

  /** Text is inserted as text, never as markup. */
  const made = (tag, text, name = "") => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (name !== "") element.className = name;
    return element;
  };

  const listOf = (top, colourOf = () => null) => {
    const list = made("ol", "");
    for (const { label, probability } of top) {
      const bar = made("progress", "");
      bar.max = 1;
      bar.value = probability;
      bar.setAttribute("aria-hidden", "true");
      const name = made("span", label);
      const colour = colourOf(label);
      if (colour !== null) {
        const patch = made("i", "");
        patch.style.background = colour;
        name.prepend(patch);
      }
      const item = made("li", "");
      item.append(name, made("b", `${(100 * probability).toFixed(1)} %`), bar);
      list.append(item);
    }
    return list;
  };

  /** True and false with their probabilities, the likelier first. */
  const sides = (probability) => {
    const both = [
      { label: "true", probability },
      { label: "false", probability: 1 - probability },
    ];
    return probability > 0.5 ? both : both.reverse();
  };

  const forms = {
    choice: ({ top }) => [listOf(top)],
    truth: ({ probability }) => [listOf(sides(probability))],
    words: ({ answer, blanks }) => [made("p", answer, "plain"), ...blanks.map((top) => listOf(top))],
    caption: ({ answer }) => [made("p", answer, "plain")],
    regions: ({ shares, overlay }) => {
      const image = made("img", "");
      image.src = `data:image/png;base64,${overlay}`;
      image.alt = "the image under the colours of its classes";
      const { classes, colours } = chosen();
      const said = shares.filter(({ probability }) => probability > 0);
      return [image, listOf(said, (label) => colours[classes.indexOf(label)] ?? null)];
    },
  };

  const card = (name, ...parts) => {
    const element = made("div", "", name);
    element.append(...parts);
    return element;
  };

  const show = ({ predictions = [], errors = [] }) => {
    said.replaceChildren(
      ...predictions.map((prediction) => {
        const { name, text = name } = prediction;
        const asked = name.endsWith(text) ? name : `${name}: ${text}`;
        return card("prediction", made("p", asked, "asked"), ...forms[prediction.form](prediction));
      }),
      ...errors.map(({ message, help }) => card("prediction mistake", made("p", message), made("p", help, "help"))),
    );
    answers.hidden = false;
  };

  const asked = () => {
    const data = new FormData(form);
    data.delete("texts");
    if (!texts.disabled) {
      for (const line of texts.value.split("\n").map((each) => each.trim()))
        if (line !== "") data.append("texts", line);
    }
    if (chosen().colours.length > 0) data.append("overlay", "true");
    return data;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    answers.setAttribute("aria-busy", "true");
    const began = performance.now();
    try {
      const response = await fetch("/predict", {
        method: "POST",
        body: asked(),
        headers: { Accept: "application/json" },
      });
      show(await response.json());
    } catch {
      show({ errors: [{ message: "The server does not answer.", help: "Is it still running? Then try again." }] });
    }
    took.textContent = `after ${Math.round(performance.now() - began)} ms`;
    answers.setAttribute("aria-busy", "false");
    button.disabled = false;
    button.focus();
  });
  head.addEventListener("change", showFields);
  images.addEventListener("change", showImages);
  showFields();
  showImages();
})();
