// Small comforts of every page. Everything works without this file.

for (const box of document.querySelectorAll("[data-focus]")) box.focus();

for (const box of document.querySelectorAll("[data-password]")) {
  const input = box.querySelector("input");
  const button = box.querySelector("button");
  const [off, on] = [button.querySelector("[data-off]"), button.querySelector("[data-on]")];
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    off.hidden = shown;
    on.hidden = !shown;
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  // Password managers and the browser's history look at the type when the form leaves.
  input.form?.addEventListener("submit", () => show(false));
}

for (const box of document.querySelectorAll("[data-copy]")) {
  const button = box.querySelector("button");
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(box.querySelector("code").textContent);
    const words = box.querySelector("[data-words]");
    words.textContent = "Copié";
    box.classList.add("is-copied");
    setTimeout(() => { words.textContent = ""; box.classList.remove("is-copied"); }, 2000);
  });
}

// One press of a button sends once. The server takes care of the rest: this only spares a doubt.
for (const form of document.querySelectorAll("form[method=post]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (sent) event.preventDefault();
    sent = true;
    setTimeout(() => { sent = false; }, 3000);
  });
}
